"""Lists, positions and commands on jobs that wait."""

import pytest
from fastapi.testclient import TestClient

from tests.harness import Client


@pytest.fixture
def own_client(app: TestClient, make_client) -> Client:
    """The only tenant of an app with an empty queue."""
    return make_client(app)


def test_a_job_is_accepted_with_its_address(own_client: Client) -> None:
    """202, Location, state and place in the queue."""
    answer = own_client.submit(reference="run-1")
    job_id = answer.json()["job_id"]
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{job_id}"
    shown = answer.json()
    assert (shown["state"], shown["queue_position"]) == ("queued", 1)
    assert shown["expected_start"]
    assert shown["progress"]["status"] == "queued"


def test_priority_goes_first_within_a_tenant_and_tenants_take_turns(
    app: TestClient, own_client: Client, make_client
) -> None:
    """A tenant with many jobs does not hold another's up."""
    other = make_client(app, "other")
    client = own_client
    first, second = client.accept(), client.accept()
    urgent = client.accept(priority=5)
    theirs = other.accept()
    places = {
        name: who.status(job_id)["queue_position"]
        for name, who, job_id in [
            ("first", client, first),
            ("second", client, second),
            ("urgent", client, urgent),
            ("theirs", other, theirs),
        ]
    }
    assert places == {"urgent": 1, "theirs": 2, "first": 3, "second": 4}


def test_lists_have_pages_and_filters(client: Client) -> None:
    """Newest first; the pages together are the whole."""
    ids = [client.accept(reference=f"run-{n % 2}") for n in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        tail = f"&cursor={cursor}" if cursor else ""
        page = client.call("GET", f"/v1/jobs?limit=2{tail}").json()
        seen += [item["job_id"] for item in page["items"]]
        assert page["total"] == 5
        cursor = page["next"]
    assert seen == ids[::-1]
    client.call("DELETE", f"/v1/jobs/{ids[0]}")
    cancelled = client.call("GET", "/v1/jobs?state=cancelled").json()
    assert [item["job_id"] for item in cancelled["items"]] == [ids[0]]
    odd = client.call("GET", "/v1/jobs?reference=run-1&state=queued&state=paused")
    assert odd.json()["total"] == 2
    wrong = client.call("GET", "/v1/jobs?state=broken")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")
    assert client.call("GET", "/v1/jobs?cursor=x").json()["code"] == "unknown_cursor"


def test_a_waiting_job_can_be_paused_resumed_cancelled_retried(client: Client) -> None:
    """Each step by the contract's table; repeating one changes nothing."""
    job_id = client.accept()
    path = f"/v1/jobs/{job_id}"
    for step, state in [
        ("pause", "paused"),
        ("pause", "paused"),
        ("resume", "queued"),
        ("resume", "queued"),
    ]:
        assert client.call("POST", f"{path}/{step}").json()["state"] == state
    assert client.call("DELETE", path).json()["state"] == "cancelled"
    for step in ("pause", "resume"):
        refused = client.call("POST", f"{path}/{step}")
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    again = client.call("POST", f"{path}/retry").json()
    assert (again["state"], again["attempt"]) == ("queued", 2)


def test_no_result_before_the_end(client: Client) -> None:
    """409 that says what is going on."""
    path = f"/v1/jobs/{client.accept()}"
    for tail in ("result", "variants", "variants/A"):
        answer = client.call("GET", f"{path}/{tail}")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_result")
        assert "queued" in answer.json()["detail"]


def test_errors_of_the_frame_are_problem_details_too(client: Client) -> None:
    """Unknown addresses and methods."""
    for method, path, status in [("GET", "/nowhere", 404), ("PUT", "/v1/jobs", 405)]:
        answer = client.call(method, path)
        assert answer.status_code == status
        assert answer.json()["status"] == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_health_readiness_and_metrics(app: TestClient, own_client: Client) -> None:
    """Without a supervisor it is alive but not ready; metrics count the jobs."""
    own_client.accept()
    assert app.get("/healthz").json() == {"status": "ok"}
    ready = app.get("/readyz")
    assert ready.status_code == 503
    failed = [item["name"] for item in ready.json()["checks"] if not item["ok"]]
    assert failed == ["supervisor"]
    text = app.get("/metrics").text
    assert 'timetable_jobs{state="queued"} 1.0' in text
    assert 'route="/v1/jobs",status="202"' in text
    assert "timetable_jobs_accepted_total 1.0" in text
    assert "timetable_admissions_total 0.0" in text
    assert "demo" not in text
