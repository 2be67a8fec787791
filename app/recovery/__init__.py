"""Mailed one-time tokens and what they are good for: verify an address, change it, reset a password."""
