"""/api/v1/me: what everybody may do with their own account."""
