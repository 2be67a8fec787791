"""The doors: register, log in, renew, log out; and the one place that knows tokens and cookies."""
