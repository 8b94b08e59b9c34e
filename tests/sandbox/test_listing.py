"""The list of tasks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.listing import list_tasks
from tests.sandbox.conftest import COMPANY, Client, item

OTHER = "5fd76c4daf9f4601dd313b05"
CONTACT = "60c10846108183032f05bd67"


@pytest.fixture
def listed(call: Client) -> Client:
    call.bulk(
        item("b", startTime="2024-01-02T00:00:00Z"),
        item("c", companyId=OTHER),
        item("a", startTime="2024-01-01T00:00:00Z", endusers=[{"_id": CONTACT}]),
        item("z"),
    )
    call.bulk({"sourceId": "z", "status": "Done"})
    return call


def source_ids(call: Client, query: str) -> list[str]:
    return [task["sourceId"] for task in call("GET", f"/tasks{query}").json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["b", "c", "a"]),
        ("/", ["b", "c", "a"]),
        ("?isArchived=false", ["b", "c", "a"]),
        ("?isArchived=true", ["z"]),
        (f"?companyId={COMPANY}", ["b", "a"]),
        (f"?companyId={COMPANY},{OTHER}", ["b", "c", "a"]),
        (f"?enduserIds={CONTACT}", ["a"]),
        ("?sort=sourceId", ["a", "b", "c"]),
        ("?sort=-sourceId", ["c", "b", "a"]),
        ("?sort=startTime", ["c", "a", "b"]),
        ("?sort=sourceId&limit=2", ["a", "b"]),
        ("?sort=sourceId&limit=2&offset=2", ["c"]),
        ("?sourceId=a&status=Done&mainType=event", ["b", "c", "a"]),
        ("?companyId=srcid-9", ["b", "c", "a"]),
    ],
)
def test_a_list_filters_sorts_and_pages_and_ignores_what_it_does_not_know(
    listed: Client, query: str, expected: list[str]
) -> None:
    assert source_ids(listed, query) == expected


def test_selected_properties_come_with_the_id(listed: Client) -> None:
    assert all(task.keys() == {"_id", "sourceId"} for task in listed("GET", "/tasks?select=sourceId").json())


def test_a_page_has_500_tasks_by_default_and_10_000_at_most() -> None:
    tasks = [{"_id": f"{number:024x}", "isArchived": False} for number in range(10_001)]

    assert len(list_tasks(tasks, {})) == 500
    assert len(list_tasks(tasks, {"limit": "20000"})) == 10_000


@given(st.integers(0, 30), st.integers(1, 8), st.booleans())
def test_pages_put_together_are_the_whole_list(count: int, limit: int, descending: bool) -> None:
    tasks: list[dict[str, Any]] = [{"_id": f"{n * 7 % 31:024x}", "isArchived": False} for n in range(count)]
    sort = "-_id" if descending else "_id"
    pages = [
        list_tasks(tasks, {"sort": sort, "limit": str(limit), "offset": str(offset)})
        for offset in range(0, count, limit)
    ]

    assert [task for page in pages for task in page] == sorted(
        tasks, key=lambda task: str(task["_id"]), reverse=descending
    )
