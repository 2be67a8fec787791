"""What only a browser shows: the client library, the demo, the documentation, in Chromium against real servers."""
