"""Sessions: what begins at login, lives through rotation, and ends for a reason."""
