"""The map under `if:` to a `Condition`. Every operator says which values it takes."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from marshmallow import ValidationError

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition, Group, Test
from planhook.core.place import NOWHERE, Place
from planhook.core.scalar import as_number, as_text, quoted
from planhook.rulebook.gather import read_each
from planhook.rulebook.located import ITS_TEXT, LocatedDict, LocatedList, Path
from planhook.rulebook.misplaced import too_deep
from planhook.rulebook.operator_remedies import cut_at_commas, meant_condition, meant_instead, merged, several_texts
from planhook.rulebook.operator_words import DAY, TIMES, meant_number
from planhook.rulebook.patterns import compile_pattern
from planhook.rulebook.strict import flag_meant
from planhook.rulebook.templates import ROOTS
from planhook.rulebook.vocabulary import meant_path

BLOCKS = ("all", "any", "none")
_BLOCK_SYNONYMS = {"and": "all", "or": "any", "not": "none", "nor": "none"}
_BRACED = re.compile(r"\s*\{\{\s*([^{}|]*?)\s*(?:\|[^{}]*)?\}\}\s*")
_FLAG_WORDS = ("true", "false", "yes", "no", "on", "off")
_BEGINS_WITH_LETTER = re.compile(r"\s*[^\W\d_]")
FIXED = "a condition compares with fixed values; {{ }} is not filled here"
_SPLIT_THOUSANDS = re.compile(r"\d{3}(\.\d+)?\Z")


def _scalar(value: Any, for_several: str = "one_of") -> Any:
    if _is_empty(value):
        raise ValidationError("an empty value is never met; write {present: false}")
    if isinstance(value, dict | list):
        raise ValidationError(f"this takes one value; for several write {for_several}")
    return value


def _other_than(value: Any) -> Any:
    if _is_empty(value):
        raise ValidationError("everything is other than an empty value; write {present: true}")
    return _scalar(value, "not_one_of")


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _scalars(value: Any, scalar: Callable[[Any], Any] = _scalar) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise ValidationError("this takes a list with at least one value, as in [new, open]")
    return tuple(scalar(item) for item in value)


def _number(operator: str, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        given = "nothing stands here" if value is None else f"{quoted(value)} is none"
        raise ValidationError(f"this compares numbers, and {given}; {_number_meant(operator, value)}")
    return value


def _number_meant(operator: str, value: Any) -> str:
    if not isinstance(value, str):
        return "write one number, as in 5000"
    if "{{" in value:
        return FIXED
    if DAY.match(value):
        return f"for a time write {{{TIMES[operator]}: {value}}}"
    plain = as_text(as_number(value))
    if plain is not None:
        return "write it without quotes" if plain == value.strip() else f"write {plain}"
    return meant_number(value) or "write digits only, as in 5000"


def _text(value: Any) -> str:
    if isinstance(value, bool | dict | list) or value in (None, ""):
        raise ValidationError("this takes a text")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValidationError(f"this takes true or false{flag_meant(value)}")
    return value


def _changed(value: Any) -> bool:
    if isinstance(value, str) and value.casefold() not in _FLAG_WORDS:
        raise ValidationError(f"this takes true or false; for a value write changed_to: {value}")
    return _flag(value)


def _scalar_or_list(value: Any) -> Any:
    return _scalars(value) if isinstance(value, list) else _scalar(value)


NUMBERS = ("at_least", "at_most", "more_than", "less_than")
TEXTS = ("contains", "starts_with", "ends_with", "matches")
_CHECKS: dict[str, Callable[[Any], Any]] = {
    "is": _scalar,
    "is_not": _other_than,
    "one_of": _scalars,
    "not_one_of": lambda value: _scalars(value, _other_than),
    **{operator: partial(_number, operator) for operator in NUMBERS},
    **dict.fromkeys(TEXTS, _text),
    "matches": lambda value: compile_pattern(_text(value)),
    "present": _flag,
    "changed": _changed,
    "changed_to": _scalar_or_list,
    "changed_from": _scalar_or_list,
}
MOMENTS = ("before", "after")
OPERATORS = (*_CHECKS, *MOMENTS)


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads conditions; dates without a time zone are dates of the calendar."""

    calendar: Calendar

    def read(self, data: Any) -> Condition:
        """The condition of a map. Raises ValidationError with messages by key."""
        return _as_one(self._parts(data))

    def _parts(self, data: Any) -> list[Condition]:
        if isinstance(data, list) and data:
            raise ValidationError("if takes fields, not a list: delete the hyphens, or put any: or all: above them")
        if isinstance(data, str) and (told := meant_condition(data)):
            raise ValidationError({ITS_TEXT: [f"write {told}"]})
        if not isinstance(data, Mapping) or not data:
            raise ValidationError("this takes a map of fields, as in deal.amount: {at_least: 5000}")
        parts = read_each(data.items(), lambda key, value: self._part(key, value, _place(data, key)))
        return [test for tests in parts for test in tests]

    def _part(self, key: str, value: Any, place: Place) -> list[Condition]:
        if key in BLOCKS:
            return [Group(key, tuple(self._block(key, value)), place)]
        check_path(key)
        return self._tests(key, value, place)

    def _block(self, kind: str, data: Any) -> list[Condition]:
        if isinstance(data, Mapping) and len(data) > 1 and kind != "all":
            raise ValidationError(f"{kind} takes a list: begin each of its lines with a hyphen")
        if isinstance(data, Mapping):
            return self._parts(data)
        if not isinstance(data, list) or not data:
            raise ValidationError("this takes a list of maps, as in [{deal.stage: won}, {deal.amount: {at_least: 9}}]")
        return read_each(enumerate(data), lambda _, item: self.read(item))

    def _tests(self, path: str, value: Any, place: Place) -> list[Condition]:
        if isinstance(value, list):
            if value and (told := merged(path, value)):
                raise ValidationError(f"a list holds values, no operators; {told}")
            return [Test(path, "one_of", _scalars(value), place)]
        if not isinstance(value, Mapping):
            return [Test(path, "is", _scalar(value), place)]
        if not value:
            raise ValidationError("no operator stands here, as in {at_least: 5000}")
        if plain := _number_cut_at_commas(value):
            raise ValidationError(f"write {plain} without a comma: a comma begins the next operator here")
        if told := cut_at_commas(value):
            raise ValidationError(f"an operator and its value stand here, as in {{is: new}}; {told}")

        def test(operator: str, expected: Any) -> Condition:
            return Test(path, operator, self._expected(path, operator, expected), _place(value, operator))

        return read_each(value.items(), test)

    def _expected(self, path: str, operator: str, value: Any) -> Any:
        if operator in MOMENTS:
            return self._moment(value)
        if operator not in _CHECKS:
            raise ValidationError(
                f"there is no operator {operator} ({meant_instead(path, operator, value, OPERATORS)})"
            )
        if operator in TEXTS and isinstance(value, list) and value:
            raise ValidationError(f"this takes one text; {several_texts(path, operator, value)}")
        return _CHECKS[operator](value)

    def _moment(self, value: Any) -> str:
        if not isinstance(value, str) or self.calendar.moment(value) is None:
            raise ValidationError(f"{value!r} is no date or time; {_moment_meant(value)}")
        return value


def paths_in(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every path that a condition looks at, and where; `data` stands at `path`."""
    if isinstance(data, LocatedList):
        for index, item in enumerate(data):
            yield from paths_in(item, (*path, index))
    elif isinstance(data, LocatedDict):
        for key, value in data.items():
            if key in BLOCKS:
                yield from paths_in(value, (*path, key))
            else:
                yield (*path, key), key


def check_path(path: str) -> None:
    """Raise ValidationError unless `path` names a part of an event, as `deal.amount` does."""
    root, *steps = path.split(".")
    if root not in ROOTS:
        if not steps and root in OPERATORS:
            raise ValidationError(f"{path} stands here without a field, as in deal.amount: {{{path}: …}}")
        if told := too_deep(path, "if"):
            raise ValidationError(told)
        if bare := _BRACED.fullmatch(path):
            raise ValidationError(f"write {bare[1]} here, without {{{{ }}}}")
        block = _BLOCK_SYNONYMS.get(path.casefold())
        hint = f"did you mean {block}?" if block else meant_path(path, BLOCKS)
        raise ValidationError(f"{path} is no part of an event ({hint})")
    if not all(steps) or not steps:
        raise ValidationError(f"{path} names no field; write them joined by a point, as in {root}.id")


def _moment_meant(value: Any) -> str:
    advice = "write 2026-12-31 or 2026-12-31T09:00:00Z"
    if isinstance(value, str) and "{{" in value:
        return FIXED
    worded = isinstance(value, str) and _BEGINS_WITH_LETTER.match(value)
    return f"a condition compares with fixed values: {advice}" if worded else advice


def _place(data: Mapping[str, Any], key: str) -> Place:
    return data.places[key] if isinstance(data, LocatedDict) else NOWHERE


def _number_cut_at_commas(tests: Mapping[str, Any]) -> str | None:
    """`20000` where the author wrote `{more_than: 20,000}`, which YAML cuts into two keys."""
    (_, first), *rest = tests.items()
    if not rest or isinstance(first, bool) or not isinstance(first, int):
        return None
    cut = all(value is None and _SPLIT_THOUSANDS.match(key) for key, value in rest)
    return "".join([str(first), *(key for key, _ in rest)]) if cut else None


def _as_one(parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else Group("all", tuple(parts))
