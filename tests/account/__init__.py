"""What owners do to their own account."""
