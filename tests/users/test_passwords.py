import re
from time import thread_time
from unittest.mock import Mock

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.users.passwords import (
    _prehash,
    hash_password,
    matches,
    matches_nobody,
    needs_rehash,
    normalised,
)

CHEAP = 4
COSTLY = 10
TIMES = 4  # the least of these is told, taken in turns: others use the machine, too
ANY_PASSWORD = st.text(st.characters(), max_size=140)


def stored(password: str, *, rounds: int = CHEAP) -> str:
    return hash_password(password, rounds=rounds)


def seconds(password: str, text: str) -> float:
    started = thread_time()
    matches(password, text)
    return thread_time() - started


def seconds_for_nobody(password: str, *, rounds: int) -> float:
    started = thread_time()
    matches_nobody(password, rounds=rounds)
    return thread_time() - started


def test_a_password_matches_what_was_stored_for_it() -> None:
    assert matches("correct horse", stored("correct horse"))


def test_another_password_does_not_match() -> None:
    assert not matches("correct house", stored("correct horse"))


def test_two_accounts_with_one_password_store_different_text() -> None:
    assert stored("correct horse") != stored("correct horse")


def test_what_is_stored_names_its_scheme_and_fits_its_column() -> None:
    text = stored("correct horse")

    assert re.fullmatch(r"hmac-sha256-bcrypt\$2b\$04\$.{53}", text)
    assert len(text) <= 128


@pytest.mark.parametrize(
    ("password", "other"),
    [
        ("a" * 127 + "b", "a" * 127 + "c"),
        ("a" * 72 + "b", "a" * 72 + "c"),
        ("a" * 72, "a" * 73),
        ("\N{OCTOPUS}" * 63 + "\N{FOX FACE}", "\N{OCTOPUS}" * 64),
        ("a\0b", "a\0c"),
        ("\0", ""),
        ("secret", "Secret"),
        ("secret", "secret "),
        ("\N{KELVIN SIGN}", "k"),
        ("\ufb01", "fi"),
        ("\ud83d\udc19", "\N{OCTOPUS}"),
        ("\ud800", "?"),
    ],
)
def test_every_character_counts(password: str, other: str) -> None:
    text = stored(password)

    assert matches(password, text)
    assert not matches(other, text)


def test_what_bcrypt_is_given_has_44_bytes_and_no_nul() -> None:
    given_to_bcrypt = [_prehash(f"password {number}") for number in range(300)]

    assert {len(text) for text in given_to_bcrypt} == {44}
    assert not any(b"\0" in text for text in given_to_bcrypt)


def test_a_keyboard_that_sends_letters_and_accents_apart_gets_in() -> None:
    assert matches("jose\u0301 was here", stored("jos\u00e9 was here"))


def test_a_lone_surrogate_matches_nobody_elses_password() -> None:
    assert not matches("\ud800", stored("correct horse"))


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "correct horse",
        "$2b$04$" + "." * 53,
        "bcrypt$2b$04$" + "." * 53,
        "hmac-sha256-bcrypt",
        "hmac-sha256-bcrypt$2b$04$" + "." * 52,
        "hmac-sha256-bcrypt$2b$04$" + "." * 54,
        "hmac-sha256-bcrypt$2b$04$" + "." * 53 + "\n",
        "hmac-sha256-bcrypt$2b$04$" + "." * 21 + "z" + "." * 31,
        "hmac-sha256-bcrypt$2b$99$" + "." * 53,
        "hmac-sha256-bcrypt$2b$03$" + "." * 53,
        "hmac-sha256-bcrypt$2y$04$" + "." * 53,
        "hmac-sha256-bcrypt$2b$04$" + "\u00fc" * 53,
        "hmac-sha256-bcrypt$2b$04$" + "\0" * 53,
    ],
)
def test_damaged_text_matches_nothing_and_wants_a_rehash(damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.users.passwords.ROUNDS_FOR_DAMAGE", CHEAP)

    assert not matches("correct horse", damage)
    assert needs_rehash(damage, rounds=CHEAP)


@given(
    st.integers(0, 77),
    st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0189./$! \0\n\ud800"),
)
@settings(max_examples=100, deadline=None)
def test_one_damaged_character_is_never_an_exception(position: int, character: str) -> None:
    text = "hmac-sha256-bcrypt$2b$04$" + "." * 53
    if position not in {22, 23}:
        text = text[:position] + character + text[position + 1 :]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.users.passwords.ROUNDS_FOR_DAMAGE", CHEAP)

        assert not matches("correct horse", text)


def test_damaged_text_costs_as_much_as_sound_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.users.passwords.ROUNDS_FOR_DAMAGE", COSTLY)
    sound = stored("correct horse", rounds=COSTLY)

    spent = [(seconds("wrong", "damaged"), seconds("wrong", sound)) for _ in range(TIMES)]

    damaged, usual = map(min, zip(*spent, strict=True))
    assert damaged > 0.6 * usual


def test_nobody_costs_as_much_as_somebody_from_the_first_call_on(monkeypatch: pytest.MonkeyPatch) -> None:
    text = stored("right", rounds=COSTLY)
    hashes = {name: Mock(wraps=getattr(bcrypt, name)) for name in ("checkpw", "hashpw", "kdf")}
    for name, each in hashes.items():
        monkeypatch.setattr(bcrypt, name, each)

    spent = [(seconds_for_nobody("wrong", rounds=COSTLY), seconds("wrong", text)) for _ in range(TIMES)]

    nobody, somebody = map(min, zip(*spent, strict=True))
    assert {name: each.call_count for name, each in hashes.items()} == {"checkpw": 2 * TIMES, "hashpw": 0, "kdf": 0}
    assert 0.6 * somebody < nobody < 1.6 * somebody


@pytest.mark.parametrize("rounds", [4, 5, 9])
def test_nobody_has_no_password(rounds: int) -> None:
    assert not matches_nobody("correct horse", rounds=rounds)


def test_a_change_of_cost_wants_a_rehash() -> None:
    text = stored("correct horse", rounds=5)

    assert not needs_rehash(text, rounds=5)
    assert needs_rehash(text, rounds=4)
    assert needs_rehash(text, rounds=6)


def test_64_kilobytes_of_accents_cost_no_more_than_any_password() -> None:
    flood = "\u0344\u0323" * 32_768

    assert seconds(flood, stored("correct horse")) < 2  # of CPU; to normalise it would take nine


def test_whatever_can_be_128_characters_long_is_normalised() -> None:
    longest = "\u03b1\u0313\u0300\u0345" * 128

    assert normalised(longest) == "\u1f82" * 128


@given(ANY_PASSWORD, ANY_PASSWORD)
@settings(max_examples=100, deadline=None)
def test_any_password_matches_itself_and_no_other(password: str, other: str) -> None:
    text = stored(password)

    assert matches(password, text)
    assert matches(other, text) == (normalised(other) == normalised(password))
