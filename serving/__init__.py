"""What gunicorn needs around the application: its master's log and metrics, and threads that no slow client holds.

Nothing here imports `app`: the master must never load it, or HUP could not renew it.
"""
