"""Tasks, the example resource: what a newcomer copies."""
