"""What a mailed token opens, once."""
