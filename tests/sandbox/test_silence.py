"""What this Planhat takes and does not keep, without a word."""

import pytest

from sandbox.server import SandboxServer
from tests.sandbox.conftest import Client, item


def test_a_dropped_property_is_taken_and_not_stored(call: Client, planhat: SandboxServer) -> None:
    planhat.change(dropped_fields="activityTags,custom.Tier")
    task = call(
        "POST", "/tasks", item("ptw.a", activityTags=["vip"], custom={"Tier": "Gold", "Region": "North"})
    ).json()

    assert (task["activityTags"], task["custom"]) == ([], {"Region": "North"})
    answer = call("PUT", "/tasks", [item("ptw.a", activityTags=["vip"], action="Next")]).json()
    assert (answer["updated"], planhat.tasks()[0]["activityTags"], planhat.tasks()[0]["action"]) == (1, [], "Next")


def test_custom_fields_that_do_not_exist_are_stored_or_dropped(call: Client, planhat: SandboxServer) -> None:
    planhat.add("customfields", {"parent": "task", "name": "Tier", "type": "text"})
    planhat.add("customfields", {"parent": "company", "name": "Region", "type": "text"})
    given = {"Tier": "Gold", "Region": "North"}
    assert call("POST", "/tasks", item("ptw.a", custom=given)).json()["custom"] == given
    planhat.change(drop_unknown_custom=True)

    assert call("POST", "/tasks", item("ptw.b", custom=given)).json()["custom"] == {"Tier": "Gold"}


@pytest.mark.parametrize(("status", "stored"), [("To Do", "To Do"), ("Todo", "In-progress")])
def test_a_status_that_is_none_of_the_tenants_is_dropped(
    call: Client, planhat: SandboxServer, status: str, stored: str
) -> None:
    planhat.change(statuses="To Do,Done,Ignored")

    assert call("POST", "/tasks", item("ptw.a", status=status)).json()["status"] == stored
