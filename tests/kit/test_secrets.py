"""The one door to randomness, derived keys and comparison."""

import hmac
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.secrets import derive, equal, random_id

SECRET = "a-secret-of-the-tests-0123456789-abcdefgh"
TEXT = st.text(st.characters(codec=None), max_size=50)


def test_random_names_are_192_bits_that_never_repeat() -> None:
    names = {random_id() for _ in range(10_000)}

    assert len(names) == 10_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", each) for each in names)


def test_a_key_is_always_the_same_for_the_same_secret_and_purpose() -> None:
    assert derive(SECRET, "csrf") == derive(SECRET, "csrf")


def test_keys_are_those_of_hkdf_sha256_since_what_is_stored_depends_on_them() -> None:
    extracted = hmac.digest(bytes(32), SECRET.encode(), "sha256")

    expanded = hmac.digest(extracted, b"latchkey/csrf\x01", "sha256")

    assert derive(SECRET, "csrf") == expanded


@pytest.mark.parametrize(
    ("secret", "purpose"),
    [
        (SECRET, "sign/HS256"),
        (SECRET, "csrf "),
        (SECRET, "CSRF"),
        (SECRET, ""),
        (SECRET + "x", "csrf"),
        (SECRET.upper(), "csrf"),
        (SECRET + "csrf", ""),
        (SECRET[:-1], SECRET[-1] + "csrf"),
    ],
)
def test_another_secret_or_purpose_is_another_key(secret: str, purpose: str) -> None:
    assert derive(secret, purpose) != derive(SECRET, "csrf")


@pytest.mark.parametrize("length", [1, 16, 32, 64, 255])
def test_a_key_is_as_long_as_asked(length: int) -> None:
    assert len(derive(SECRET, "csrf", length=length)) == length


def test_a_shorter_key_says_nothing_new() -> None:
    assert derive(SECRET, "csrf", length=64).startswith(derive(SECRET, "csrf", length=16))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("", "a"),
        ("a", "A"),
        ("a", "a "),
        ("a", "a\x00"),
        ("ü", "u"),
        ("ü", "u\N{COMBINING DIAERESIS}"),
        ("K", "\N{KELVIN SIGN}"),
        ("\ud800", "\udfff"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),
        ("1", "\N{FULLWIDTH DIGIT ONE}"),
    ],
)
def test_what_differs_is_not_equal(left: str, right: str) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


@pytest.mark.parametrize("text", ["", "a", "ü\N{ROWBOAT}", "\x00", "\ud800", "\udcff" * 100])
def test_what_is_the_same_is_equal_whatever_it_is(text: str) -> None:
    assert equal(text, str(text))


@settings(deadline=None)  # a busy machine is no error
@given(left=TEXT, right=TEXT)
def test_any_two_texts_are_compared_as_python_does(left: str, right: str) -> None:
    assert equal(left, right) == (left == right)
