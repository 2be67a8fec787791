"""A new version is rolled out, instance by instance, and nobody who works notices."""

import signal
from collections import Counter
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from tests.counts import FIGURES, Tally, count
from tests.deploy.conftest import WORKERS, Deployment, Instance
from tests.deploy.held import Held
from tests.deploy.working import at_work
from tests.live.load import load
from tests.live.people import newcomer
from tests.live.test_signals import await_workers

PEOPLE = 12
REQUESTS = count(0, 2_000, 20_000)


def reloaded(instance: Instance) -> None:
    """HUP, until other workers serve."""
    before = instance.server.workers
    instance.server.process.send_signal(signal.SIGHUP)
    await_workers(instance.server, WORKERS, other_than=before)


def restarted(instance: Instance) -> None:
    """TERM, and start."""
    instance.stop()
    instance.start()


@pytest.mark.prove
def test_a_rolling_restart_fails_no_request(deployment: Deployment) -> None:
    began, steps = monotonic(), Counter[str]()

    with at_work(deployment.proxy, PEOPLE) as people:
        while not steps or sum(each.counts.total() for each in people) < REQUESTS:
            for step in (reloaded, restarted):
                for instance in deployment.instances:
                    step(instance)
                    steps[step.__name__] += 1

    counts = sum((each.counts for each in people), Counter[str]())
    failures = [failure for each in people for failure in each.failures]
    FIGURES.append(
        f"rolling restart: {counts.total()} requests {dict(counts)}, instances {dict(steps)}, "
        f"{len(failures)} failures, {monotonic() - began:.0f} s"
    )
    assert failures == []


@pytest.mark.prove
def test_a_restart_under_a_port_that_systemd_holds_fails_no_request(tmp_path: Path, tally: Tally) -> None:
    with closing(Held(tmp_path, f"sqlite:///{tmp_path}/latchkey.db")) as service:
        service.start()
        tokens = newcomer(service.url).sign_in()
        calls = [tokens.call("GET", "/me"), tokens.call("POST", "/tasks", {"title": "Rest"})] * 2
        with load(service.url, calls) as answers:
            codes = []
            for _ in range(count(0, 2, 10)):
                codes.append(service.stop())
                service.start()
        codes.append(service.stop())

    tally.add(answer.outcome for answer in answers)
    assert set(codes) == {0}
    assert service.complaints.read_text() == ""
    assert {answer.outcome for answer in answers} == {"200", "201"}


@pytest.mark.prove
def test_a_stop_while_the_workers_are_still_starting_is_quiet(tmp_path: Path) -> None:
    with closing(Held(tmp_path, f"sqlite:///{tmp_path}/latchkey.db")) as service:
        service.start()  # the master is ready, they are not

        code = service.stop()

    assert (code, service.complaints.read_text()) == (0, "")
