"""A mail server that comes and goes, and somebody whose mail waits for it."""

import pytest

from environment import mail_route
from tests.cast import Browser
from tests.conftest import MakeApp
from tests.post import Post, Sink, in_sink

EMAIL = "ada@example.com"


@pytest.fixture
def sink() -> Sink:
    """A mail server that is not there yet."""
    return Sink()


@pytest.fixture
def post(make_app: MakeApp, sink: Sink) -> Post:
    """An application that sends to it."""
    return Post(make_app(mail_url=mail_route(sink.url)), lambda: in_sink(sink))


@pytest.fixture
def ada(post: Post) -> Browser:
    """Somebody who has just registered, whose mail waits."""
    return Browser(post.app, EMAIL).register()
