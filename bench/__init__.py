"""Latchkey measured beside its peers, on one machine: `python -m bench --help`."""
