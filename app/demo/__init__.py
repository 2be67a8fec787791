"""For browsers: the client library, the demo, and the pages that links in mails lead to."""
