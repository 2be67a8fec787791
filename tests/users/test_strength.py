import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from itertools import islice
from time import thread_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.users.strength import TOO_EASY, TOO_LONG, TOO_OWN, weaknesses

ALICE = ("Alice.Smith@Corp-Mail.example", "Alice Smith")
AT_ONCE = 2  # seconds of CPU, where a quarter is needed; all l33t spellings take six, 64 KB of accents nine
L33T = "4@8({[<3691!|70$5+%2"
ANY_PASSWORD = st.one_of(
    st.text(st.characters(), max_size=140),
    st.text(st.sampled_from("a1@4\u0661\u0130\u01c5\u00b2/-."), max_size=140),
    st.text(st.characters(categories=["Nd", "Lt", "Cs"]), max_size=140),
    st.text(st.sampled_from("0129 \n\r\v\x85\u2028/-."), max_size=140),
)


def of(password: str, *, own_words: Iterable[str] = ALICE, min_length: int = 8) -> list[str]:
    return weaknesses(password, own_words=own_words, min_length=min_length)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "qwkzjvxmpbtnrfd",
        "839201749265310",
        "kT9#mQ2!",
        "\N{OCTOPUS}\N{FOX FACE}\N{ROCKET}\N{GUITAR}\N{CACTUS}\N{TEST TUBE}\N{WHALE}\N{HEDGEHOG}",
        "nul\0in\0the\0middle",
        "  leading and trailing space  ",
        "\u043a\u0440\u0430\u0441\u043d\u044b\u0439 \u0432\u0435\u0440\u0431\u043b\u044e\u0434",
        "\u6b63\u786e\u7684\u9a6c\u7535\u6c60\u8ba2\u4e66\u9489",
        "gr\u00fcne Schl\u00f6sser \u00fcber \u00d6tzi",
    ],
)
def test_a_strong_password_of_any_alphabet_is_welcome(password: str) -> None:
    assert of(password) == []


def test_the_3000_most_common_passwords_are_refused() -> None:
    ranked = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS["passwords"]
    common = list(islice((word for word in ranked if len(word) >= 8), 3000))

    assert len(common) == 3000
    assert [word for word in common if not of(word)] == []


@pytest.mark.parametrize(
    "password",
    [
        "Password1!",
        "P@ssw0rd",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "abcdefghijkl",
        "19841984",
        "drowssap1",
    ],
)
def test_a_common_password_in_disguise_is_refused(password: str) -> None:
    assert of(password) == [TOO_EASY]


@pytest.mark.parametrize(
    "password",
    [
        "alice.smith2024",
        "alice.smith@corp-mail.example",
        "AliceSmith1985!",
        "SmithAlice-2024",
        "asmith_alice!!",
        "4lice.sm1th2024",
        "htims.ecila2024",
        "alicealice2024",
        "corp-mail-2024",
        "corpmail123456",
        "alice.smith!2024!!",
        "Latchkey2024!",
        "latchkeylatchkey",
        "l4tchk3y-alice",
        "alice.smith-password",
        "smith12345678",
    ],
)
def test_a_password_made_of_own_words_is_refused(password: str) -> None:
    assert of(password) == [TOO_OWN]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse alice battery",
        "smith and wesson sleep outside",
        "a malice aforethought garden",
        "alice.smith-X9k#Q2vb7",
        "the latchkey child ate breakfast",
    ],
)
def test_an_own_word_in_a_strong_password_does_no_harm(password: str) -> None:
    assert of(password) == []


def test_an_address_of_letters_and_digits_lends_its_letters() -> None:
    assert of("marigold2024", own_words=["marigold84@example.com"]) == [TOO_OWN]


def test_short_names_without_their_dots_are_an_own_word() -> None:
    assert of("joannlee2024!", own_words=["jo.ann.lee@example.com"]) == [TOO_OWN]


def test_an_own_word_of_three_letters_is_guessed_but_not_counted_out() -> None:
    assert of("zqxmovement", own_words=["zqx@example.com"]) == [TOO_EASY]
    assert of("zqxmovement", own_words=["bob@example.com"]) == []
    assert of("kx9q3zqx", own_words=["zqx@example.com"]) == []


def test_own_words_may_hold_any_punctuation() -> None:
    assert of("a ^][-\\(|*face laughed", own_words=["^][-\\(|*face"]) == []
    assert of("^][-\\(|*face1", own_words=["^][-\\(|*face"]) == [TOO_OWN]


def test_a_line_break_after_digits_is_a_character_like_any_other() -> None:
    assert of("12345678\n") == [TOO_EASY]
    assert of("kT9#mQ2!2024\n") == []


def test_one_accounts_words_do_not_count_against_another() -> None:
    assert of("zebedee-orinoco", own_words=["zebedee.orinoco@example.com"]) == [TOO_OWN]
    assert of("zebedee-orinoco", own_words=["dougal@example.com"]) == []


def test_threads_do_not_borrow_each_others_words(request: pytest.FixtureRequest) -> None:
    names = ["zqx", "wvk"] * 150
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    sys.setswitchinterval(1e-6)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda name: of("zqxmovement", own_words=[name]), names))

    assert answers == [[TOO_EASY], []] * 150


def test_length_is_counted_in_characters_after_nfc() -> None:
    decomposed = "e\u0301" * 7

    assert of(decomposed) == ["This is too short: use at least 8 characters."]


def test_the_shortest_length_is_the_deployments_choice() -> None:
    assert of("kT9#mQ2!vB", min_length=12) == ["This is too short: use at least 12 characters."]


def test_128_characters_are_the_longest() -> None:
    longest = "correct horse " * 9 + "xy"

    assert len(longest) == 128
    assert of(longest) == []
    assert of(longest + "z") == [TOO_LONG]


def test_a_refusal_does_not_repeat_the_password() -> None:
    assert "alice" not in " ".join(of("alice.smith2024")).lower()


@pytest.mark.parametrize(
    "password",
    [
        (L33T * 7)[:128],
        ("7@223@8+2(6!!<!+%27o047@" * 6)[:128],
        ("alice" + "7@223@8+2(6!!<!+%27o047@" * 6)[:128],
        "ab" * 64,
        "1111119111" * 12,
        "theofandinisthatforwasasonwithbyheat" * 3,
    ],
)
def test_no_password_keeps_the_estimate_busy(password: str) -> None:
    of("warm up the import")
    started = thread_time()

    of(password)

    assert thread_time() - started < AT_ONCE


def test_64_kilobytes_of_accents_are_too_long_at_once() -> None:
    flood = "\u0344\u0323" * 32_768
    started = thread_time()

    assert of(flood, own_words=[flood]) == [TOO_LONG]
    assert of("correct horse battery", own_words=[flood]) == []
    assert thread_time() - started < AT_ONCE


def test_all_l33t_characters_together_are_a_strong_password() -> None:
    assert of(L33T * 4) == []


@given(ANY_PASSWORD, st.lists(st.text(st.characters(), max_size=30), max_size=3))
@example("\u0130" * 20, ["\u0130" * 20])
@example("a", [])
@settings(max_examples=200, deadline=None)
def test_any_password_gets_an_answer(password: str, own_words: list[str]) -> None:
    answer = of(password, own_words=own_words, min_length=1) if password else []

    assert all(isinstance(sentence, str) for sentence in answer)
