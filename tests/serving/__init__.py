"""What gunicorn needs around the application."""
