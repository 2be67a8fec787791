"""The files that browsers are given, before any browser sees them."""
