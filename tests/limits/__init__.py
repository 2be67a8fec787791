"""Limits as clients meet them: at the doors, by address, by account, by session."""
