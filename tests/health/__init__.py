"""Whether this instance lives and can serve."""
