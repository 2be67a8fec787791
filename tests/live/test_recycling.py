"""A worker that has served its number of requests makes room for a new one, and nobody notices."""

from tests.counts import FIGURES, ONLY_PROVEN, Tally, count
from tests.live.load import load
from tests.live.people import newcomer
from tests.live.server import Server, serve
from tests.live.test_signals import await_workers

LIFE = count(20, 300, 300)
GENERATIONS = count(1, 3, 40)


@ONLY_PROVEN
def test_a_worker_that_is_replaced_fails_no_request(own_url: str, tally: Tally) -> None:
    recycled = f"--max-requests={LIFE} --max-requests-jitter={LIFE // 2}"
    with serve(own_url, workers=2, migrate=False, GUNICORN_CMD_ARGS=recycled) as server:
        tokens = newcomer(server.base_url).sign_in()
        calls = [tokens.call("GET", "/me"), tokens.call("POST", "/tasks", {"title": "Rest"})] * 2

        with load(server.base_url, calls) as answers:
            for _ in range(GENERATIONS):
                await_others(server)
        weights = [server.resident_kib(worker) for worker in server.workers]

    FIGURES.append(f"{tally.name}: workers weigh {weights} KiB in the end")
    tally.add(answer.outcome for answer in answers)
    assert {answer.outcome for answer in answers} == {"200", "201"}
    assert len(answers) > LIFE * GENERATIONS


def await_others(server: Server) -> None:
    """Wait until none of its workers is there any more."""
    await_workers(server, 2, other_than=server.workers)
