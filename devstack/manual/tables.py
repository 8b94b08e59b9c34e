"""The tables of docs/rules.md, in Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from marshmallow import ValidationError

from devstack.manual import examples
from planhook.core.properties import CUSTOM, PROPERTIES, Property
from planhook.rulebook import reference as words
from planhook.rulebook.actions import check_key
from planhook.rulebook.vocabulary import EVENT_TYPES

_TAKES: Mapping[str, str] = {
    "text": "a text",
    "html": "a text",
    "time": "a time",
    "bool": "`true`, `false`",
    "objectId": "an id of Planhat",
    "prefixedId": "an id",
    "int": "a whole number",
    "texts": "a list of texts",
    "checklist": "a list of texts",
    "people": "a list of ids",
    "any": "a text, a number, true or false, or a list of them",
}


def _types() -> str:
    rows = ((_code(first), words.TYPES[first], codes(others)) for first, *others in EVENT_TYPES)
    return table(("`on`", "happens when", "may also be"), rows)


def _fields(root: str) -> Callable[[], str]:
    def made() -> str:
        paths = [path for path in words.FIELDS if path.startswith(f"{root}.")]
        rows = ((_code(path), words.FIELDS[path], _code(examples.FIELDS[path])) for path in paths)
        return table(("path", "is", "for example"), rows)

    return made


def _operators() -> str:
    rows = (
        (_code(name), meaning, _code(tried.line), _code(tried.met), _code(tried.unmet))
        for name, meaning in words.OPERATORS.items()
        for tried in (examples.OPERATORS[name],)
    )
    return table(("operator", "the field …", "for example", "met by", "not met by"), rows)


def _filters() -> str:
    rows = (
        (_code(filtered.usage), words.FILTERS[name], _code(filtered.value) or "nothing", _code(filtered.result))
        for name, filtered in examples.FILTERS.items()
    )
    return table(("filter", "gives", "of this", "this, for example"), rows)


def _actions() -> str:
    rows = (
        (_code(name), meaning, _taken_by(name), _code(written.line), _code(written.done))
        for name, meaning in words.ACTIONS.items()
        for written in (examples.ACTIONS[name],)
    )
    return table(("action", "what it does", "takes", "for example", "does"), rows)


def _task() -> str:
    described = {name: prop for name, prop in PROPERTIES.items() if name in examples.TASK}
    described["custom"] = Property("custom", "any", words.ACTION_KEYS["custom"])
    rows = (
        (_code(name), prop.description, _takes(prop), _code(written.line), _code(written.done))
        for name, prop in described.items()
        for written in (examples.TASK[name],)
    )
    return table(("field", "is", "takes", "for example", "is sent as"), rows)


def _modes() -> str:
    rows = (
        (_code(chosen.mode), words.MODES[name], _code(chosen.live) or "none", _code(chosen.shadow) or "none")
        for name, chosen in examples.MODES.items()
    )
    return table(("`mode`", "the rule", "acts, for example, on", "and not on"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "types": _types,
    "event fields": _fields("event"),
    "deal fields": _fields("deal"),
    "meeting fields": _fields("meeting"),
    "operators": _operators,
    "filters": _filters,
    "actions": _actions,
    "task fields": _task,
    "modes": _modes,
}


def _taken_by(action: str) -> str:
    """Which fields an action may write: those that it may, or of many those that it may not."""
    names = [name for name in (*examples.TASK, "dateDone", "doneBy") if name != "sourceId"]
    refused = [name for name in names if not _writes(action, name if name != "custom" else f"{CUSTOM}x")]
    taken = [name for name in names if name not in refused]
    which = "" if action == "create" else "`sourceId` or `_id`, `if_absent`"
    if not taken:
        return which
    fields = f"all fields but {codes(refused)}" if len(taken) > len(refused) else codes(taken)
    return f"{which}, {fields}" if which else fields


def _writes(action: str, name: str) -> bool:
    try:
        check_key(action, name)
    except ValidationError:
        return False
    return True


def _takes(prop: Property) -> str:
    return codes(prop.allowed) or _TAKES[prop.type]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace("|  |", "| |")


def codes(names: Iterable[str]) -> str:
    """Names as code, with commas between them."""
    return ", ".join(_code(name) for name in names)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
