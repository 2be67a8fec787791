"""How the house reads its own source."""
