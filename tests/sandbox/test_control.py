"""What tests see and switch: journal, numbers, settings, companies, quota."""

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sandbox.journal import busiest_window
from sandbox.server import SandboxServer, start
from tests.sandbox.conftest import COMPANY, Client, item


def test_the_journal_tells_who_changed_which_property_of_which_task(call: Client) -> None:
    call.bulk(item("a", custom={"Value": 1}))
    call.bulk({"sourceId": "a", "action": "Do a", "custom": {"Value": 2}}, {"sourceId": "none"})

    first, second = call("GET", "/_sandbox/calls").json()

    [created] = first["changes"]
    assert (created["kind"], created["sourceId"], created["changed"]["custom.Value"]) == ("create", "a", 1)
    assert second["changes"] == [
        {
            "kind": "update",
            "_id": created["_id"],
            "sourceId": "a",
            "sent": ["sourceId", "action", "custom"],
            "changed": {"custom.Value": 2},
        }
    ]
    assert (second["kind"], second["items"], second["status"]) == ("bulk", 2, 206)
    assert second["arrived"] <= second["applied"] <= second["answered"]
    assert [entry["number"] for entry in call("GET", "/_sandbox/calls?after=1").json()] == [2]


def test_the_numbers_count_calls_changes_and_tasks(call: Client) -> None:
    call.bulk(item("a"), item("b"))
    call.bulk({"sourceId": "a", "status": "Done"}, {"sourceId": "b"})
    call("GET", "/tasks/srcid-none")

    numbers = call("GET", "/_sandbox/stats").json()

    assert numbers["by_kind"] == {"bulk": 2, "get": 1}
    assert numbers["by_status"] == {"200": 2, "404": 1}
    assert numbers["changes"] == {"create": 2, "update": 1, "nonupdate": 1}
    assert (numbers["tasks"], numbers["archived"]) == (2, 1)
    assert (numbers["calls"], numbers["max_calls_60s"]) == (3, 3)
    assert (numbers["max_concurrent_bulk"], numbers["max_concurrent_calls"]) == (1, 1)


@given(st.lists(st.floats(0, 200), max_size=30))
def test_the_busiest_window_is_what_counting_from_each_call_finds(times: list[float]) -> None:
    from_each = [sum(start <= moment < start + 60 for moment in times) for start in times]

    # Rounding in start + 60 and moment - 60 differs; times that close to the edge are left out.
    if all(abs(abs(a - b) - 60) > 1e-6 for a in times for b in times):
        assert busiest_window(times, 60) == max(from_each, default=0)


def test_settings_are_changed_together_or_not_at_all(call: Client) -> None:
    assert call("PATCH", "/_sandbox/settings", {"delay_ms": 1}).json()["delay_ms"] == 1
    for wrong in ({"colour": 1}, {"delay_ms": "1"}, {"rate_headers": "x"}, {"done_archives": 1}, [1]):
        changes = {"delay_ms": 2, **wrong} if isinstance(wrong, dict) else wrong
        assert call("PATCH", "/_sandbox/settings", changes).status_code == 400
    assert call("GET", "/_sandbox/settings").json()["delay_ms"] == 1


def test_a_reset_forgets_everything_but_the_settings_of_the_start() -> None:
    with start(token="secret", rate_limit=3, accept_any_company=False) as server:
        server.add("companies", {"name": "Acme", "sourceId": "7"})
        server.change(rate_limit=0, delay_ms=1)
        server.add_fault(status=500)
        headers = {"Authorization": "Bearer secret"}
        requests.get(f"{server.url}/users", headers=headers, timeout=2)

        requests.post(f"{server.url}/_sandbox/reset", timeout=2)

        assert (server.tasks(), server.calls()) == ([], [])
        answers = [requests.get(f"{server.url}/companies/srcid-7", headers=headers, timeout=2) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [404, 404, 404, 429]


def test_unknown_control_paths_are_404(call: Client) -> None:
    for method, path in (("GET", ""), ("GET", "/nothing"), ("POST", "/nothing"), ("PUT", "/tasks")):
        assert call(method, f"/_sandbox{path}").status_code == 404


def test_with_strict_companies_only_added_ones_exist(call: Client, planhat: SandboxServer) -> None:
    planhat.change(accept_any_company=False)
    acme = {"_id": COMPANY, "name": "Acme", "sourceId": "crm-1", "externalId": "e 1", "status": "customer"}
    assert call("POST", "/_sandbox/companies", acme).json() == [acme]

    assert call("POST", "/tasks", {"companyId": "srcid-crm-1"}).json()["companyName"] == "Acme"
    assert call("POST", "/tasks", {"companyId": "extid-e 1"}).json()["companyId"] == COMPANY
    assert "does not exist" in call("POST", "/tasks", {"companyId": "srcid-other"}).json()["message"]
    assert call("GET", "/companies/extid-e%201").json()["name"] == "Acme"
    assert call("GET", "/companies/srcid-other").status_code == 404
    lean = [{name: acme[name] for name in ("_id", "externalId", "sourceId", "name")}]
    assert call("GET", "/leancompanies?sourceId=crm-1&name=ignored").json() == lean
    assert call("GET", "/leancompanies?status=lost").json() == []


def test_users_contacts_and_custom_fields_can_be_added_and_listed(call: Client) -> None:
    ann = call("POST", "/_sandbox/users", {"firstName": "Ann", "lastName": "Berg", "email": "ann@example.com"}).json()
    call("POST", "/_sandbox/endusers", [{"email": "bo@example.com"}, {"email": "cy@example.com"}])
    call("POST", "/_sandbox/customfields", {"parent": "task", "name": "Deal value", "type": "number"})

    assert len(call("GET", "/users?limit=1").json()) == 1
    assert ann[0] in call("GET", "/users?email=ignored").json()
    assert [hit["email"] for hit in call("GET", "/endusers?email=bo@example.com").json()] == ["bo@example.com"]
    assert call("GET", "/customfields").json()[0]["name"] == "Deal value"
    assert call("POST", "/tasks", item("a", ownerId=ann[0]["_id"])).json()["ownerName"] == "Ann Berg"
    assert call("GET", "/conversations").status_code == 404


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("x-rate-limit", {"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining"}),
        ("x-ratelimit", {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}),
        ("none", set()),
    ],
)
def test_over_the_quota_calls_get_429_with_the_chosen_headers(
    call: Client, planhat: SandboxServer, family: str, names: set[str]
) -> None:
    planhat.change(rate_limit=2, rate_headers=family)
    answers = [call("GET", "/users") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].text == "Too many requests"
    for answer in answers:
        assert {name for name in answer.headers if name.lower().startswith("x-rate")} == names
    assert "Retry-After" not in answers[2].headers
    planhat.change(retry_after_s=9)
    assert call("GET", "/users").headers["Retry-After"] == "9"


def test_the_quota_opens_again_when_the_window_has_passed(call: Client, planhat: SandboxServer) -> None:
    planhat.change(rate_limit=1, rate_window_s=1, rate_headers="x-ratelimit", rate_reset="epoch")
    answers = [call("GET", "/users")]
    while answers[-1].status_code == 429 or len(answers) == 1:
        assert len(answers) < 5000
        answers.append(call("GET", "/users"))

    assert {answer.status_code for answer in answers[1:-1]} == {429}
    assert int(answers[0].headers["x-ratelimit-reset"]) > 10_000_000


def test_a_chunked_body_is_refused(planhat: SandboxServer) -> None:
    answer = requests.put(f"{planhat.url}/tasks", data=iter([b"[]"]), timeout=2)

    assert answer.status_code == 411
