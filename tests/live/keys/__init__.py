"""Keys that change while real servers and real clients work."""
