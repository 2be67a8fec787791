"""The JWKS as clients read it that nobody here wrote, across a rotation."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import jwt
import pytest

from tests.live.clients import Call
from tests.live.keys.operating import Operator, operated
from tests.live.people import Account, newcomer
from tests.live.server import Server
from tests.services import lacking

JWKS = "/.well-known/jwks.json"
PUBLISH_SECONDS = 20  # one is promised, and the machine may be busy
INSTALL_SECONDS = 120
PATIENT, EAGER = 30, 0  # seconds until a client asks again for a kid that it does not know; both have 30 by default
ACROSS = pytest.mark.parametrize("cooldown", [PATIENT, EAGER], ids=["published before", "published after"])
Deployment = tuple[Server, Operator]


@pytest.fixture(scope="module")
def deployment(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server that signs with ES256."""
    database = shutil.copy2(migrated, tmp_path_factory.mktemp("deployment"))
    with operated(f"sqlite:///{database}", workers=2, JWT_ALGORITHM="ES256") as deployment:
        yield deployment


@pytest.fixture
def account(deployment: Deployment) -> Account:
    """Somebody there."""
    return newcomer(deployment[0].base_url)


@pytest.fixture(scope="session")
def jose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `verify.mjs` and the library that it needs."""
    folder = tmp_path_factory.mktemp("jose")
    if not shutil.which("node") or not shutil.which("npm"):
        lacking("Node and npm are not installed; jose does not verify our tokens here")
    install = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), "jose@5.10.0"]
    try:
        done = subprocess.run(install, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        lacking(f"npm did not install jose within {INSTALL_SECONDS} s; is there a network?")
    if done.returncode != 0:
        lacking(f"npm could not install jose; is there a network? {done.stderr}")
    shutil.copy2(Path(__file__).with_name("verify.mjs"), folder)
    return folder


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


@contextmanager
def published(server: Server, operator: Operator, *, first: bool) -> Iterator[None]:
    """The next key is published on every worker: before the block or after it."""
    if not first:
        yield
    (upcoming,) = operator.keys("generate")
    await_shown(server, upcoming["kid"], shown=True)
    if first:
        yield


def await_shown(server: Server, kid: str, *, shown: bool) -> None:
    """Wait until every worker shows the key, or none does."""
    deadline = monotonic() + PUBLISH_SECONDS
    while {kid in str(answer.body) for answer in server.ask_each_worker(Call("GET", JWKS))} != {shown}:
        assert monotonic() < deadline, "a worker has not heard of it"


@contextmanager
def verifier(jose: Path, server: Server, cooldown: int) -> Iterator["Verifier"]:
    """Node with jose, until the block ends."""
    arguments = ["node", "verify.mjs", server.base_url + JWKS, str(cooldown * 1000)]
    process = subprocess.Popen(arguments, cwd=jose, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield Verifier(process)


class Verifier:
    """A process that is given tokens and says their kid."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __call__(self, token: str) -> str:
        """The kid that verified the token, or why it was refused."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(token + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@ACROSS
def test_pyjwt_verifies_across_a_rotation(deployment: Deployment, account: Account, cooldown: int) -> None:
    server, operator = deployment
    client = jwt.PyJWKClient(server.base_url + JWKS, cooldown_duration=cooldown)
    before = account.sign_in().access

    with published(server, operator, first=cooldown == PATIENT):
        claims = [decoded(client, before)]
    operator.keys("rotate")
    after = account.sign_in().access
    claims += [decoded(client, token) for token in (before, after)]

    assert [each["type"] for each in claims] == ["access"] * 3
    assert kid_of(before) != kid_of(after)


def decoded(client: jwt.PyJWKClient, token: str) -> dict[str, object]:
    """What a service elsewhere reads in the token."""
    key = client.get_signing_key_from_jwt(token)
    claims: dict[str, object] = jwt.decode(token, key, algorithms=["ES256"], issuer="latchkey", audience="latchkey-api")
    return claims


@ACROSS
def test_jose_verifies_across_a_rotation(deployment: Deployment, account: Account, jose: Path, cooldown: int) -> None:
    server, operator = deployment
    before = account.sign_in().access

    with verifier(jose, server, cooldown) as verify:
        with published(server, operator, first=cooldown == PATIENT):
            kids = [verify(before)]
        operator.keys("rotate")
        after = account.sign_in().access
        kids += [verify(before), verify(after)]

    assert kids == [kid_of(before), kid_of(before), kid_of(after)]
    assert kid_of(before) != kid_of(after)


def test_jose_refuses_what_a_revoked_key_signed(deployment: Deployment, account: Account, jose: Path) -> None:
    server, operator = deployment
    leaked = account.sign_in().access
    operator.keys("revoke", kid_of(leaked))
    await_shown(server, kid_of(leaked), shown=False)

    with verifier(jose, server, EAGER) as verify:
        said = verify(leaked)

    assert said == "refused: ERR_JWKS_NO_MATCHING_KEY"
