"""People who look after people: by the API and from the command line."""
