"""How a change of the ring can be refused, on the command line."""


class RingRefusal(Exception):
    """The ring stays as it is; the sentence says why."""
