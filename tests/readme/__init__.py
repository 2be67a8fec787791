"""The README is true: every block of it is run."""
