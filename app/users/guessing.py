"""How passwords are kept from being guessed, and their owners from being locked out by whoever tries.

At the front door each attempt on an account is counted, known or unknown alike, before its password is hashed:

* From a network where the account signed in within 30 days: LOGIN_LIMIT for that account at that network. Nobody
  elsewhere can use it up.
* From anywhere else: all strangers together have LOGIN_LIMIT, and each window that they use up makes the next twice as
  long, up to an hour. In any 24 h they have `WINDOWS_A_DAY` times the amount of LOGIN_LIMIT (100 by default, as NIST
  SP 800-63B, 5.2.2, asks). Whoever proves the mailbox (a reset) makes his network known, and is no stranger.

Inside a session its attempts are counted for it alone: LOGIN_LIMIT, and as many in a day as strangers have, so that a
stolen session is no way round.

An attempt is one whether its password is right or wrong: else the answer 429 would tell.
"""

from uuid import UUID

from app.kit import limits
from app.kit.limits import Limit
from app.users import addresses

WINDOWS_A_DAY = 10


def count(email: str, *, network: str, at_home: bool) -> None:
    """Count an attempt to sign in as this account from this network, before the hash.

    Raises:
        RateLimited: this account was tried too often from there.
    """
    account = _account(email)
    if at_home:
        limits.count(Limit.LOGIN, account=account, network=network)
    else:
        limits.count_doubling(Limit.LOGIN, in_a_day=_budget(), account=account)


def count_proof(session_id: UUID) -> None:
    """Count an attempt to prove the password inside a session, before the hash.

    Raises:
        RateLimited: it was tried too often in this session.
    """
    limits.count_in_a_day(Limit.LOGIN, in_a_day=_budget(), session=str(session_id))


def _budget() -> int:
    return WINDOWS_A_DAY * limits.rate_of(Limit.LOGIN).amount


def _account(email: str) -> str:
    """One text for each mailbox, for whatever was sent."""
    try:
        return addresses.key(email)
    except addresses.BadAddress:
        return email
