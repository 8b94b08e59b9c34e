"""Items of a bulk write and what became of them, as values."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planhook.planhat.wire import ItemOutcome, item, nest, read_bulk_answer, took_nothing
from tests.effort import computing_less_than

ID = "62c549dcfde99d59485c331{}".format
CREATE = {"companyId": ID(0), "mainType": "task", "action": "Call"}


def creation(key: str) -> dict[str, Any]:
    return item(key, None, CREATE)


def update(key: str) -> dict[str, Any]:
    return item(key, None, {"action": "Call"})


def kinds(status: int, body: object, *items: dict[str, Any]) -> list[str]:
    return [outcome.kind for outcome in read_bulk_answer(status, body, items)]


def only(status: int, body: object, one: dict[str, Any]) -> ItemOutcome:
    return read_bulk_answer(status, body, [one])[0]


def test_custom_fields_move_into_custom() -> None:
    properties = {"action": "Call", "custom.Deal value": 5, "custom.a.b": None, "customer": 1}
    assert nest(properties) == {"action": "Call", "customer": 1, "custom": {"Deal value": 5, "a.b": None}}
    assert nest({"action": "Call"}) == {"action": "Call"}


def test_an_item_holds_its_keys_and_needs_one() -> None:
    assert item("onb-1", ID(1), {"action": "x"}) == {"_id": ID(1), "sourceId": "onb-1", "action": "x"}
    assert item("onb-1", None, {}) == {"sourceId": "onb-1"}
    for nothing in (None, ""):
        with pytest.raises(ValueError):
            item(nothing, nothing, {"action": "x"})


def test_named_items_are_created_or_updated_under_the_ids_given() -> None:
    body = {
        "created": 1,
        "insertsKeys": [{"_id": ID(1), "sourceId": "b-1"}],
        "updated": 1,
        "updatesKeys": [{"_id": ID(2), "sourceId": "a-1"}],
    }
    assert read_bulk_answer(200, body, [creation("a-1"), creation("b-1")]) == (
        ItemOutcome("updated", ID(2)),
        ItemOutcome("created", ID(1)),
    )


def test_an_item_addressed_by_id_is_found_by_it() -> None:
    items = [item(None, ID(n), {"action": "x"}) for n in (1, 2, 3)]
    body = {"updatesKeys": [{"_id": ID(1)}], "modified": [ID(2)], "updatedErrors": [f"status is wrong in {ID(3)}"]}
    assert kinds(206, body, *items) == ["updated", "updated", "refused"]


def test_silence_is_success_only_when_the_counts_cover_everybody() -> None:
    items = [update("a-1"), update("b-1")]
    named = {"updated": 1, "updatesKeys": [{"_id": ID(1), "sourceId": "a-1"}]}
    assert kinds(200, {**named, "nonupdates": 1}, *items) == ["updated", "unchanged"]
    assert kinds(200, {"updated": 2}, *items) == ["updated", "updated"]
    assert kinds(200, named, *items) == ["updated", "unclear"]
    assert kinds(206, {**named, "nonupdates": 1}, *items) == ["updated", "unclear"]
    assert kinds(200, {**named, "nonupdates": 1, "createdErrors": ["odd"]}, *items) == ["updated", "unclear"]
    assert kinds(200, {**named, "nonupdates": True}, *items) == ["updated", "unclear"]
    empty: list[object] = [{}, [], None, "ok", {"ok": 1}]
    for body in empty:
        assert kinds(200, body, *items) == ["unclear", "unclear"]


def test_created_keys_without_source_ids_give_ids_to_a_single_item_only() -> None:
    assert only(200, {"insertsKeys": [{"_id": ID(1)}]}, creation("a-1")) == ItemOutcome("created", ID(1))
    assert only(200, {"updated": 1, "updatesKeys": [{"_id": ID(1)}]}, update("a-1")) == ItemOutcome("updated", ID(1))
    both = read_bulk_answer(200, {"insertsKeys": [{"_id": ID(1)}, {"_id": ID(2)}]}, [creation("a-1"), creation("b-1")])
    assert both == (ItemOutcome("created"), ItemOutcome("created"))


def test_a_key_of_somebody_else_proves_nothing() -> None:
    body = {"insertsKeys": [{"_id": ID(1), "sourceId": "other-1"}]}
    assert kinds(206, body, creation("a-1")) == ["unclear"]
    assert kinds(206, body, creation("a-1"), creation("b-1")) == ["unclear", "unclear"]


def test_one_key_with_two_ids_is_unclear() -> None:
    body = {"insertsKeys": [{"_id": ID(1), "sourceId": "a-1"}, {"_id": ID(2), "sourceId": "a-1"}]}
    assert kinds(200, body, creation("a-1"), creation("b-1"))[0] == "unclear"


@pytest.mark.parametrize(
    "errors",
    [
        ["ownerId is wrong (sourceId: onb-1)"],
        ["Task srcid-onb-1: ownerId is wrong"],
        ["'onb-1' ownerId is wrong."],
        [{"sourceId": "onb-1", "message": "ownerId is wrong"}],
        [{"item": {"sourceId": "onb-1"}, "error": {"message": "ownerId is wrong"}}],
        [["onb-1", "ownerId is wrong"]],
        {"onb-1": "ownerId is wrong"},
        {"sourceId": "onb-1", "message": "ownerId is wrong"},
        "ownerId of onb-1 is wrong",
    ],
)
@pytest.mark.parametrize("array", ["createdErrors", "updatedErrors", "permissionErrors"])
def test_an_error_of_any_shape_is_given_to_the_item_it_names(array: str, errors: object) -> None:
    named = {"insertsKeys": [{"_id": ID(2), "sourceId": "onb-12"}]}
    outcomes = read_bulk_answer(206, {**named, array: errors}, [creation("onb-12"), creation("onb-1")])
    assert [outcome.kind for outcome in outcomes] == ["created", "refused"]
    assert outcomes[1].permanent
    assert outcomes[1].message


def test_an_error_that_only_holds_a_key_deserves_another_try() -> None:
    outcome = read_bulk_answer(206, {"createdErrors": ["onb-1"]}, [creation("onb-1"), creation("onb-2")])[0]
    assert (outcome.kind, outcome.permanent) == ("refused", False)


@pytest.mark.parametrize("key", ["status", "7", "1000"])
def test_a_short_or_plain_word_in_an_error_is_only_a_hint(key: str) -> None:
    items = [creation(key), creation("onb-1")]
    assert kinds(206, {"createdErrors": ["wrong status in line 7 of 1000"]}, *items) == ["unclear", "unclear"]
    assert kinds(206, {"createdErrors": [{"sourceId": key, "message": "no"}]}, *items) == ["refused", "unclear"]


def test_an_error_that_names_two_items_condemns_neither() -> None:
    assert (
        kinds(206, {"createdErrors": ["a-11 collides with b-11"]}, creation("a-11"), creation("b-11"))
        == ["unclear"] * 2
    )


def test_success_and_error_at_once_is_unclear() -> None:
    body = {"insertsKeys": [{"_id": ID(1), "sourceId": "a-11"}], "createdErrors": ["a-11 is wrong"]}
    assert kinds(206, body, creation("a-11"), creation("b-11"))[0] == "unclear"
    assert kinds(206, body, creation("a-11")) == ["unclear"]


@pytest.mark.parametrize(
    "text",
    [
        "Required Field: companyId",
        "companyId is required",
        "missing companyId",
        "Task not found",
        "company is not valid: invalid companyId",
    ],
)
def test_an_item_that_cannot_create_is_absent_when_the_company_or_task_is_missing(text: str) -> None:
    body = {"createdErrors": [{"sourceId": "a-1", "message": text}]}
    assert kinds(206, body, update("a-1"), update("b-1"))[0] == "absent"
    assert kinds(206, body, creation("a-1"), update("b-1"))[0] == "refused"


@pytest.mark.parametrize(
    "text", ["ownerId not found", "User does not exist", "custom field not found", "status is wrong"]
)
def test_a_fault_in_what_an_update_says_is_not_absence(text: str) -> None:
    assert only(400, {"updatedErrors": [text]}, update("a-1")).kind == "refused"


def test_words_inside_the_key_mean_nothing() -> None:
    for key in ("duplicate-7", "timeout-7", "not found-7"):
        outcome = only(400, {"updatedErrors": [f"{key}: ownerId is wrong"]}, update(key))
        assert (outcome.kind, outcome.permanent) == ("refused", True)


@pytest.mark.parametrize("text", ["sourceId duplicated", "E11000 duplicate key error", "externalId,email duplicated"])
def test_a_taken_key_is_a_conflict(text: str) -> None:
    assert only(400, {"createdErrors": [text]}, creation("a-1")).kind == "conflict"


@pytest.mark.parametrize(
    "text",
    [
        "Failed to create/fetch/update tasks record",
        "Internal server error",
        "error",
        "timeout",
        "<html>Bad</html>",
        "{}",
    ],
)
def test_a_text_that_says_nothing_is_not_permanent(text: str) -> None:
    outcome = only(400, {"createdErrors": [text]}, creation("a-1"))
    assert outcome.kind == "refused"
    assert outcome.permanent is (text == "{}")


def test_a_single_item_owns_whatever_the_answer_says() -> None:
    assert only(400, {"message": "bad status"}, creation("a-1")) == ItemOutcome("refused", None, "bad status", True)
    assert only(400, "bad status", creation("a-1")) == ItemOutcome("refused", None, "bad status", True)
    assert only(400, ["odd"], creation("a-1")) == ItemOutcome("refused", None, "odd", False)
    assert only(400, None, creation("a-1")).kind == "refused"
    assert only(403, {"permissionErrors": ["You are not allowed"]}, creation("a-1")).permanent


def test_long_and_unprintable_words_become_one_short_line() -> None:
    outcome = only(400, {"createdErrors": ["bad\n\x1b[31m\ud800 value " + "x" * 9_000]}, creation("a-1"))
    assert len(outcome.message) <= 2_000
    assert outcome.message.startswith("bad [31m value xx")
    outcome.message.encode()


@pytest.mark.parametrize("body", [None, "no", [], {}, {"created": 0, "createdErrors": ["x"], "insertsKeys": []}])
def test_an_answer_without_any_success_took_nothing(body: object) -> None:
    assert took_nothing(body)


@pytest.mark.parametrize("body", [{"created": 1}, {"nonupdates": 2}, {"modified": ["x"]}])
def test_an_answer_with_a_success_took_something(body: object) -> None:
    assert not took_nothing(body)


def test_items_that_share_a_key_cannot_be_told_apart() -> None:
    for items in ([creation("a-1"), update("a-1")], [{"action": "x"}]):
        with pytest.raises(ValueError):
            read_bulk_answer(200, {}, items)


def test_five_thousand_errors_are_given_to_five_thousand_items_in_no_time() -> None:
    items = [creation(f"onboarding-task-of-deal-{n}") for n in range(5_000)]
    errors = [f"ownerId is wrong in the task (sourceId: {one['sourceId']})" for one in items]
    with computing_less_than(3):
        outcomes = read_bulk_answer(400, {"createdErrors": errors}, items)
    assert all(errors[n] == outcome.message for n, outcome in enumerate(outcomes))


KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda key: key == key.strip() != "")
ITEMS = st.lists(KEYS, min_size=1, max_size=6, unique=True).map(
    lambda keys: [creation(key) if n % 2 else update(key) for n, key in enumerate(keys)]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["a-1", ID(1)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
COUNTS = ("created", "updated", "nonupdates")
ARRAYS = ("insertsKeys", "updatesKeys", "modified", "upsertedIds", "createdErrors", "updatedErrors", "permissionErrors")
NAMES = st.sampled_from((*COUNTS, *ARRAYS, "message", "error"))
ODD_BODIES = JSON_VALUES | st.dictionaries(NAMES, JSON_VALUES)
STATUSES = st.sampled_from([200, 201, 206, 400, 403])


@given(ITEMS, STATUSES, ODD_BODIES)
def test_any_answer_gives_every_item_exactly_one_outcome(items: list[dict[str, Any]], status: int, body: Any) -> None:
    outcomes = read_bulk_answer(status, body, items)
    assert len(outcomes) == len(items)
    for outcome in outcomes:
        assert len(outcome.message) <= 2_000
        outcome.message.encode()


@given(ITEMS, STATUSES, ODD_BODIES, st.data())
@settings(max_examples=200)
def test_an_item_in_an_error_array_is_never_a_success(
    items: list[dict[str, Any]], status: int, odd: Any, data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(items) - 1))
    key = items[position]["sourceId"]
    entry = data.draw(
        st.sampled_from(
            [key, f"wrong: {key}", f"{key} is wrong", f"(sourceId: {key})", {"sourceId": key}, {"x": {"sourceId": key}}]
        )
    )
    names = [one["sourceId"] for one in items]
    body = {
        "insertsKeys": [{"_id": ID(n), "sourceId": name} for n, name in enumerate(names)],
        "created": len(items),
        **(odd if isinstance(odd, dict) else {}),
        data.draw(st.sampled_from(["createdErrors", "updatedErrors", "permissionErrors"])): [entry],
    }
    hidden = isinstance(entry, str) and any(other != key and key in other for other in names)
    assert hidden or not read_bulk_answer(status, body, items)[position].succeeded
