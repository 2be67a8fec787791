"""Addresses, passwords and what a good one is."""
