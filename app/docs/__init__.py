"""What the API says of itself: the OpenAPI document and the list of problems."""
