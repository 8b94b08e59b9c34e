"""The tenant's custom fields, lists of chosen properties, and Planhat's clock."""

from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from planhook.core.errors import PlanhatUnavailable
from planhook.http.clock import told_time
from planhook.planhat.client import PlanhatClient
from planhook.planhat.wire import item
from sandbox.server import SandboxServer

from .hostile_server import HostileServer, says

NEW = item("onb-1", None, {"companyId": "srcid-c1", "action": "x"})


def test_custom_fields_are_named_by_the_model_that_has_them(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    for parent, name in (("Task", "Tier"), ("task", "Region"), ("company", "Segment")):
        sandbox.add("customfields", {"parent": parent, "name": name})
    sandbox.add("customfields", {"name": "of nobody"})

    assert planhat.custom_fields() == {"task": {"Tier", "Region"}, "company": {"Segment"}}


def test_custom_fields_that_cannot_be_read_are_unavailable(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.add_fault(path="^/customfields", times=1, status=200, body={"message": "no list"})

    with pytest.raises(PlanhatUnavailable):
        planhat.custom_fields()


def test_a_list_has_the_properties_that_were_chosen_and_the_id(planhat: PlanhatClient) -> None:
    planhat.bulk_upsert([NEW])
    (task,) = planhat.recently_updated(select=("action", "sourceId"))

    assert task.keys() == {"_id", "action", "sourceId"}


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"Date: Fri, 02 Oct 2026 15:00:00 GMT\r\n", datetime(2026, 10, 2, 15, tzinfo=UTC)),
        (b"", None),
    ],
)
def test_a_bulk_write_tells_when_planhat_answered(header: bytes, told: datetime | None) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + header + b"Content-Length: 13\r\n\r\n" + b'{"created":1}'
    with HostileServer(says(answer)) as server, PlanhatClient(server.url, "token", bulk_s=5) as client:
        assert client.bulk_upsert([NEW]).at == told


@pytest.mark.parametrize("header", ["", "soon", "2026-10-02", "Fri, 99 Oct 2026 99:00:00 GMT", "9" * 5000])
def test_a_clock_that_cannot_be_read_tells_nothing(header: str) -> None:
    assert told_time(CaseInsensitiveDict({"Date": header})) is None
