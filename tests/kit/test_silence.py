"""A PostgreSQL that has fallen silent is asked by one at a time, until somebody hears something."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest

from app.kit.postgres import Silence
from tests.patience import PATIENCE


@pytest.fixture
def silence() -> Silence:
    """It has begun."""
    silence = Silence()
    silence.begins()
    return silence


def test_while_one_asks_the_others_are_refused_at_once(silence: Silence) -> None:
    with silence.asked(), ThreadPoolExecutor(1) as another, pytest.raises(psycopg.OperationalError):
        another.submit(ask, silence).result()


def test_whoever_hears_nothing_lets_the_next_one_ask(silence: Silence) -> None:
    for _ in range(3):
        with pytest.raises(psycopg.OperationalError, match="nothing"), silence.asked():
            raise psycopg.OperationalError("nothing was heard")


def test_whoever_hears_something_ends_it_for_all(silence: Silence) -> None:
    ask(silence)

    assert asked_by_two_at_once(silence) == 2


def test_a_server_that_speaks_is_asked_by_everybody() -> None:
    assert asked_by_two_at_once(Silence()) == 2


def ask(silence: Silence) -> None:
    """Ask, and hear something."""
    with silence.asked():
        pass


def asked_by_two_at_once(silence: Silence) -> int:
    """How many of two who ask at the same time may."""
    first, over = Event(), Event()

    def hold() -> int:
        with silence.asked():
            first.set()
            over.wait(PATIENCE)
        return 1

    with ThreadPoolExecutor(1) as another:
        holding = another.submit(hold)
        first.wait(PATIENCE)
        ask(silence)
        over.set()
        return 1 + holding.result()
