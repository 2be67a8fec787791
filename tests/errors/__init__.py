"""Whatever a client does wrong is answered in one shape, names what is wrong, and repeats nothing of what was sent."""
