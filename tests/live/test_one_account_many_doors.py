"""Many at the doors of one account at once: one gets the address, everybody who knows the password gets in."""

import secrets

import pytest
import sqlalchemy as sa

from app.users.models import User
from tests.cast import API, PASSWORD
from tests.counts import Tally, count
from tests.live.clients import Call, admitted, at_once
from tests.live.people import Account, claims, tokens_of
from tests.live.server import Server

CALLERS = 50
SPELLINGS = (  # of one mailbox: the case of ASCII, NFC or NFD, IDNA
    "zo\N{LATIN SMALL LETTER E WITH DIAERESIS}@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example",
    "ZO\N{LATIN SMALL LETTER E WITH DIAERESIS}@xn--bcher-kva.example",
    "zoe\N{COMBINING DIAERESIS}@B\N{LATIN SMALL LETTER U WITH DIAERESIS}CHER.example",
    "Zoe\N{COMBINING DIAERESIS}@bu\N{COMBINING DIAERESIS}cher.EXAMPLE",
    "zO\N{LATIN SMALL LETTER E WITH DIAERESIS}@XN--BCHER-KVA.example",
)


@pytest.mark.prove
def test_one_mailbox_gets_one_account_however_it_is_spelt(server: Server, database: sa.Engine, tally: Tally) -> None:
    for _ in range(count(1, 4, 200)):
        prefix = secrets.token_hex(8)
        spelt = [prefix + SPELLINGS[number % len(SPELLINGS)] for number in range(CALLERS)]
        bodies = [{"email": email, "password": PASSWORD} for email in spelt]

        answers = admitted(server.base_url, [Call("POST", f"{API}/auth/register", json=body) for body in bodies])

        outcomes = [answer.outcome for answer in answers]
        tally.add(outcomes)
        assert sorted(outcomes) == ["201"] + ["409 email_taken"] * (CALLERS - 1)
        with database.connect() as connection:
            rows = connection.execute(sa.select(User.email).where(User.email.startswith(prefix))).all()
        assert [row.email for row in rows] == [spelt[outcomes.index("201")]]


@pytest.mark.prove
def test_twenty_sign_in_at_once_and_each_has_a_session(server: Server, account: Account, tally: Tally) -> None:
    for _ in range(count(1, 4, 200)):
        calls = [account.sign_in_call(by_cookie=number % 2 == 0) for number in range(20)]

        answers = admitted(server.base_url, calls)

        tally.add(answer.outcome for answer in answers)
        pairs = [tokens_of(answer) for answer in answers]
        assert len({claims(pair.access)["sid"] for pair in pairs}) == 20
        used = at_once(server.base_url, [pair.call("GET", "/me") for pair in pairs])
        assert {answer.outcome for answer in used} == {"200"}
