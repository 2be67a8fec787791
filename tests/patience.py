"""How long tests wait for what should happen at once."""

PATIENCE = 60  # seconds: a very busy machine needs some of them, and what has not happened by then never does
