"""What is shown to Prometheus."""
