"""Accounts: who they are, how they are reached, and what they prove themselves with."""
