"""Moments come in RFC 3339 with any offset, and go out in UTC."""

from tests.cast import Service, code

MOMENTS = {
    "2027-01-31T12:00:00Z": "2027-01-31T12:00:00.000000Z",
    "2027-01-31t12:00:00z": "2027-01-31T12:00:00.000000Z",
    "2027-01-31 12:00:00Z": "2027-01-31T12:00:00.000000Z",
    "2027-01-31T12:00:00.5Z": "2027-01-31T12:00:00.500000Z",
    "2027-01-31T12:00:00.123456Z": "2027-01-31T12:00:00.123456Z",
    "2027-01-31T12:00:00.123456789Z": "2027-01-31T12:00:00.123456Z",
    "2027-01-31T12:00:00+02:00": "2027-01-31T10:00:00.000000Z",
    "2027-01-31T12:00:00-05:30": "2027-01-31T17:30:00.000000Z",
    "2027-01-31T12:00:00-00:00": "2027-01-31T12:00:00.000000Z",
    "2027-01-31T00:30:00+23:59": "2027-01-30T00:31:00.000000Z",
    "2028-02-29T00:00:00Z": "2028-02-29T00:00:00.000000Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00.000000Z",
    "9999-12-31T23:59:59.999999Z": "9999-12-31T23:59:59.999999Z",
}


NO_MOMENTS = [
    "2027-01-31T12:00:00",
    "2027-01-31",
    "12:00:00Z",
    "2027-01-31T12:00Z",
    "20270131T120000Z",
    "2027-W05-7T12:00:00Z",
    "2027-031T12:00:00Z",
    "2027-02-29T12:00:00Z",
    "2027-13-01T12:00:00Z",
    "2027-01-31T24:00:00Z",
    "2027-01-31T12:60:00Z",
    "2027-01-31T12:00:00+24:00",
    "2027-01-31T12:00:00+0200",
    "2027-01-31T12:00:00.Z",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "-2027-01-31T12:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "tomorrow",
    "1801742400",
    "٢٠٢٧-01-31T12:00:00Z",
    "2027-01-31T12:00:00Z\n",
]


def test_a_moment_is_shown_in_utc(robot: Service) -> None:
    tasks = [robot.post("/tasks", json={"title": "Rest", "due_at": given}).get_json() for given in MOMENTS]

    kept = [robot.get(f"/tasks/{task['id']}").get_json() for task in tasks]
    assert dict(zip(MOMENTS, (task.get("due_at") for task in kept), strict=True)) == MOMENTS
    assert kept == tasks


def test_what_is_no_moment_is_refused(robot: Service) -> None:
    answers = {given: robot.post("/tasks", json={"title": "Rest", "due_at": given}) for given in NO_MOMENTS}

    refused = {given: code(answer) for given, answer in answers.items()}
    assert refused == dict.fromkeys(NO_MOMENTS, (422, "validation_failed"))
    assert {answer.get_json()["errors"][0]["pointer"] for answer in answers.values()} == {"/due_at"}
