"""The thread of the served application that empties the outbox."""

from threading import Event, Thread

import structlog
from flask import Flask

from app.mails.delivery import send_due

POLL_SECONDS = 1
LAST_MAIL_SECONDS = 25  # a server that stops waits so long for the mail that is on its way

log = structlog.get_logger()


class Sender:
    """Sends, once a second, what is due."""

    def __init__(self, app: Flask) -> None:
        """Begin with the next second."""
        self._app, self._stopping, self._failing = app, Event(), False
        self._thread = Thread(target=self._run, name="mail-sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the mail that is on its way, and end."""
        self._stopping.set()
        self._thread.join(LAST_MAIL_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            try:
                send_due(self._app, self._stopping)
                self._failing = False
            except Exception as error:  # noqa: BLE001  the thread must outlive whatever one round met
                if not self._failing:
                    log.warning("mails wait", why=type(error).__name__)
                self._failing = True
