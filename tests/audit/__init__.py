"""What happened: told if and only if it did, and never changed."""
