"""Metrics for Prometheus: what is counted of what is told, the state of the parts, and the thread that shows both."""
