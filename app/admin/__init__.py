"""People who look after people: /api/v1/admin and `flask users`."""
