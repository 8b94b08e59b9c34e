"""Planhat's dialect: tasks as bulk items, and what became of each item. No HTTP here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from planhook.http.words import words
from planhook.planhat.keys import Keys
from planhook.planhat.wording import (
    says_about_task,
    says_company_missing,
    says_duplicate,
    says_not_found,
    says_what_is_wrong,
    without,
)

Kind = Literal["created", "updated", "unchanged", "absent", "conflict", "refused", "unclear"]
MAX_ITEMS = 5_000

_CUSTOM = "custom."
_ERRORS = ("createdErrors", "updatedErrors", "permissionErrors")
_SUCCESSES: tuple[tuple[str, Kind], ...] = (
    ("insertsKeys", "created"),
    ("updatesKeys", "updated"),
    ("upsertedIds", "created"),
    ("modified", "updated"),
)
_COUNTS = ("created", "updated", "nonupdates")
_ENTRY_NAMES = {"message", "error", "sourceId", "_id"}
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What Planhat says of one item of a bulk write.

    created, updated, unchanged: Planhat has what the item says. absent: the item could not create, and there is
    no such task. conflict: the key is taken although nothing matched; treat the task by itself. refused: an error
    names this item; `permanent` when the text says what is wrong, else another try may pass (and an item without
    a company may just be absent). unclear: read the task back before deciding.
    `task_id` is the `_id` where it is certain; `message` holds Planhat's words, at most 2,000 characters.
    """

    kind: Kind
    task_id: str | None = None
    message: str = ""
    permanent: bool = False

    @property
    def succeeded(self) -> bool:
        return self.kind in ("created", "updated", "unchanged")


def nest(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Flat property names as Planhat's object: `custom.<display name>` moves into `custom`."""
    task = {name: value for name, value in properties.items() if not name.startswith(_CUSTOM)}
    custom = {name.removeprefix(_CUSTOM): value for name, value in properties.items() if name.startswith(_CUSTOM)}
    return task | {"custom": custom} if custom else task


def item(source_id: str | None, task_id: str | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    """One item of a bulk upsert. Raises ValueError without a key: such an item would create a task at random.

    Only properties that hold `companyId` can create; leave it (and `mainType`) out of every other item.
    """
    if not source_id and not task_id:
        raise ValueError("a bulk item needs a sourceId or an _id")
    keys = {"_id": task_id, "sourceId": source_id}
    return {name: key for name, key in keys.items() if key} | nest(properties)


def check_items(items: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValueError unless these are 1 to 5,000 items, each with a key that no other item has."""
    if not 1 <= len(items) <= MAX_ITEMS:
        raise ValueError(f"a bulk write takes 1 to {MAX_ITEMS} items, not {len(items)}")
    Keys(items)


def read_bulk_answer(status: int, body: object, items: Sequence[Mapping[str, Any]]) -> tuple[ItemOutcome, ...]:
    """The outcome of each item, in the order of `items`; never raises for anything `body` may be.

    `status` is never proof of an item's success or failure. An item that an error names is never a success, and one
    that nothing names is a success only when the answer's counts leave no room for doubt.
    Raises ValueError when two items share a key: their outcomes could not be told apart.
    """
    keys = Keys(items)
    evidence = [_Evidence() for _ in items]
    answer = body if isinstance(body, Mapping) else {}
    _note_successes(answer, keys, evidence)
    nameless = _note_errors(answer, keys, evidence)
    failed = bool(nameless) or any(found.failed for found in evidence)
    as_a_whole = status >= 400 and not failed
    if as_a_whole:
        nameless = [words(body) or f"HTTP {status}"]
    if len(items) == 1:
        _give_everything_to_the_only_item(answer, nameless, evidence[0])
    else:
        nameless = _give_alike_errors_to_the_rest(answer, nameless, evidence)
    clean = 200 <= status < 300 and status != 206 and not failed
    silent = _kind_of_silent(answer, evidence) if clean else None
    rest = "; ".join(nameless[:3])[:2_000]
    outcomes = (found.decide(item, silent, rest) for found, item in zip(evidence, items, strict=True))
    if as_a_whole:
        # A proxy or a Planhat in maintenance says such things too, of everything.
        outcomes = (replace(one, permanent=one.permanent and says_about_task(one.message)) for one in outcomes)
    return tuple(outcomes)


def is_bulk_answer(body: object) -> bool:
    """Whether `body` speaks of items at all, rather than of the request as a whole."""
    return isinstance(body, Mapping) and any(name in body for name in (*_ERRORS, *_COUNTS))


def took_nothing(body: object) -> bool:
    """Whether an answer claims no success of any item, named or counted."""
    if not isinstance(body, Mapping):
        return True
    return not any(_count(body.get(name)) for name in _COUNTS) and not any(body.get(name) for name, _ in _SUCCESSES)


@dataclass(slots=True)
class _Evidence:
    """What an answer holds about one item."""

    kind: Kind | None = None
    task_id: str | None = None
    errors: list[str] = field(default_factory=list)
    doubtful: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.errors) or self.doubtful

    def succeed(self, kind: Kind, task_id: str | None) -> None:
        if self.task_id and task_id and self.task_id != task_id:
            self.doubtful = True  # one key, two tasks: somebody has to look
        self.kind = self.kind or kind
        self.task_id = self.task_id or task_id

    def decide(self, item: Mapping[str, Any], silent: Kind | None, rest: str) -> ItemOutcome:
        task_id = self.task_id or item.get("_id")
        said = "; ".join(self.errors)[:2_000]
        if self.doubtful or (self.errors and self.kind):
            return ItemOutcome("unclear", task_id, said or rest)
        if self.errors:
            return _failure(item, said)
        kind = self.kind or silent
        return ItemOutcome(kind, task_id) if kind else ItemOutcome("unclear", item.get("_id"), rest)


def _failure(item: Mapping[str, Any], said: str) -> ItemOutcome:
    task_id = item.get("_id")
    meaning = without(said, task_id, item.get("sourceId"))
    if says_duplicate(meaning):
        return ItemOutcome("conflict", task_id, said)
    if "companyId" not in item and (says_company_missing(meaning) or says_not_found(meaning)):
        return ItemOutcome("absent", task_id, said)
    return ItemOutcome("refused", task_id, said, permanent=says_what_is_wrong(meaning))


def _note_successes(answer: Mapping[str, Any], keys: Keys, evidence: list[_Evidence]) -> None:
    for name, kind in _SUCCESSES:
        for entry in _entries(answer.get(name)):
            named = keys.addressed_by(entry if isinstance(entry, Mapping) else {"_id": entry})
            for position in named:
                evidence[position].succeed(kind, _task_id(entry))
                evidence[position].doubtful |= len(named) > 1


def _note_errors(answer: Mapping[str, Any], keys: Keys, evidence: list[_Evidence]) -> list[str]:
    """Give each error to the item it names; the texts of those that name none."""
    nameless = []
    for name in _ERRORS:
        for entry in _errors(answer.get(name)):
            said = words(entry) or name
            named, hinted = keys.named_in(entry)
            if len(named) == 1:
                evidence[named.pop()].errors.append(said)
                continue
            for position in named | hinted:
                evidence[position].doubtful = True
            nameless.append(said)
    return nameless


def _give_alike_errors_to_the_rest(
    answer: Mapping[str, Any], nameless: list[str], evidence: list[_Evidence]
) -> list[str]:
    """As many errors as items without a word, and all alike: each of these items has that one."""
    undecided = [found for found in evidence if found.kind is None and not found.errors]
    doubtful = any(found.doubtful for found in evidence) or _count(answer.get("nonupdates"))
    if doubtful or len(set(nameless)) != 1 or len(nameless) != len(undecided):
        return nameless
    for found in undecided:
        found.errors.append(nameless[0])
    return []


def _give_everything_to_the_only_item(answer: Mapping[str, Any], nameless: list[str], only: _Evidence) -> None:
    only.errors.extend(nameless)
    reported = [(entry, kind) for name, kind in _SUCCESSES[:2] for entry in _entries(answer.get(name))]
    if only.kind is None and len(reported) == 1:
        entry, kind = reported[0]
        if isinstance(entry, Mapping) and not entry.get("sourceId"):
            only.succeed(kind, _task_id(entry))


def _kind_of_silent(answer: Mapping[str, Any], evidence: list[_Evidence]) -> Kind | None:
    """What became of the items that a clean answer does not name; None when its counts do not cover them."""
    created = max(_count(answer.get("created")), len(_entries(answer.get("insertsKeys"))))
    updated = max(_count(answer.get("updated")), len(_entries(answer.get("updatesKeys"))))
    unchanged = _count(answer.get("nonupdates"))
    if created + updated + unchanged < len(evidence):
        return None
    if created >= len(evidence):
        return "created"
    return "unchanged" if sum(found.kind is None for found in evidence) <= unchanged else "updated"


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _errors(value: object) -> list[Any]:
    """The entries of an error array, whatever shape it has; a map of keys to texts counts as one entry per key."""
    if isinstance(value, list):
        return [entry for entry in value if entry]
    if isinstance(value, Mapping) and not _ENTRY_NAMES & value.keys():
        return [{"sourceId": name, "message": words(said)} for name, said in value.items()]
    return [value] if value else []


def _task_id(entry: object) -> str | None:
    found = entry.get("_id") if isinstance(entry, Mapping) else entry
    return found if isinstance(found, str) and _OBJECT_ID.fullmatch(found) else None
