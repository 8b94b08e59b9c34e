"""What kind of value each field of an event is, and which filters and task fields can do nothing with it."""

from collections.abc import Iterator, Mapping, Sequence

from planhook.core import properties
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Placeholder, Template, Value
from planhook.rulebook.findings import Findings
from planhook.rulebook.suggestion import closest
from planhook.rulebook.templates import placeholders

TEXT, NUMBER, TIME, FLAG, LIST, PEOPLE, MAP = (
    *("a text", "a number", "a time", "true or false", "a list", "a list of people"),
    "a whole object",
)
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("event.occurred_at", "event.received_at", "deal.closed_at", "meeting.start", "meeting.end"), TIME),
    **dict.fromkeys(("deal.amount", "meeting.repeat_days", "event.sequence"), NUMBER),
    **dict.fromkeys(("meeting.all_day", "meeting.relayed"), FLAG),
    **dict.fromkeys(("deal.contact_ids", "meeting.domains", "event.types"), LIST),
    **dict.fromkeys((f"deal.{name}" for name in ("name", "stage", "pipeline", "currency", "status")), TEXT),
    **dict.fromkeys(("deal.owner_email", "deal.company_name", "event.type"), TEXT),
    **dict.fromkeys(("meeting.title", "meeting.status", "meeting.location"), TEXT),
    "meeting.attendees": PEOPLE,
    "meeting.organizer": MAP,
    "deal.properties": MAP,
}
_STRUCTURES = (PEOPLE, MAP)
# filter: (kinds that it cannot work on, kind that it gives; None when that depends)
_TIME_FILTER = ((TEXT, NUMBER, FLAG, LIST, *_STRUCTURES), TIME)
_TEXT_FILTER = (_STRUCTURES, TEXT)
_FILTERS: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    **dict.fromkeys(("plus", "minus", "business_days", "at"), _TIME_FILTER),
    "date": (_TIME_FILTER[0], None),  # a layout may make a time again
    **dict.fromkeys(("lower", "upper", "title", "trim", "replace", "truncate", "slug"), _TEXT_FILTER),
    "round": ((TIME, FLAG, LIST, *_STRUCTURES), NUMBER),
    **dict.fromkeys(("first", "last"), ((TEXT, NUMBER, TIME, FLAG, MAP), None)),
    "join": ((TEXT, NUMBER, TIME, FLAG, *_STRUCTURES), TEXT),
    "domain": ((NUMBER, TIME, FLAG, *_STRUCTURES), TEXT),
    "lookup": (_STRUCTURES, None),
}
_UNFIT: Mapping[str, tuple[str, ...]] = {
    "time": (TEXT, NUMBER, FLAG, LIST, *_STRUCTURES),
    "bool": (NUMBER, TIME, LIST, *_STRUCTURES),
    "int": (TIME, FLAG, LIST, *_STRUCTURES),
    "objectId": (TEXT, NUMBER, TIME, FLAG, LIST, *_STRUCTURES),
    "prefixedId": (TEXT, NUMBER, TIME, FLAG, LIST, *_STRUCTURES),
    "enum": (NUMBER, TIME, FLAG, LIST, *_STRUCTURES),
}
_NEVER_NUMBERS = [path for path in KINDS if KINDS[path] == TEXT and path not in ("deal.stage", "deal.pipeline")]
_NO_ADDRESSES = [path for path in _NEVER_NUMBERS if path not in ("deal.name", "deal.owner_email", "meeting.location")]
_OF_PEOPLE = ("meeting.organizer", "meeting.attendees")
_PERSON = ("email", "name", "response")
_OF_PERSON = {"mail": "email", "address": "email", "displayname": "name", "status": "response"}
_TAKES = {"time": "a time", "bool": "true or false", "int": "a number", "enum": "one of its words"}
_WHOLE = {MAP: "name one of its fields, as in {path}.…", PEOPLE: "name one of them, as in {path}.0.email"}


def nothing_within(path: str, steps: Sequence[str]) -> str | None:
    """Why no event has anything at `steps` below the field `path`, in a sentence; None when one may."""
    kind = KINDS.get(path)
    if kind in (LIST, PEOPLE) and not steps[0].isdigit():
        return f"{path} is {kind}: write {path}.0{f'.{steps[0]}' if kind == PEOPLE else ''} for its first"
    name = steps[-1] if kind == PEOPLE else steps[0]
    if path in _OF_PEOPLE and len(steps) == (2 if kind == PEOPLE else 1) and name not in _PERSON:
        meant = _OF_PERSON.get(name.casefold()) or closest(name, _PERSON)
        hint = f"did you mean {meant}?" if meant else f"known are {', '.join(_PERSON)}"
        return f"{path} has no {name} ({hint})"
    if kind in (TEXT, NUMBER, TIME, FLAG):
        return f"{path} is {kind} with nothing below it"
    return None


def warn_of_kinds(rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each placeholder that can never be filled because its value is of another kind."""
    for rule in rules:
        for action in rule.then:
            for name, message in _of_action(action):
                findings.add_at(action.where(name), message, "warning")


def _of_action(action: ActionTemplate) -> Iterator[tuple[str, str]]:
    for name, value in action.fields.items():
        prop = properties.find(name)
        for template in templates_of(value):
            alone = len(template.parts) == 1 and not isinstance(value, list)
            for placeholder in placeholders(template):
                if prop and (message := _fault(placeholder, prop if alone else None)):
                    yield name, message


def templates_of(value: Value) -> Iterator[Template]:
    """The templates in a value of a field."""
    match value:
        case Template():
            yield value
        case list() | tuple():
            for item in value:
                yield from templates_of(item)
        case Mapping():
            for item in value.values():
                yield from templates_of(item)


def _fault(placeholder: Placeholder, prop: properties.Property | None) -> str | None:
    path = placeholder.path
    kind = KINDS.get(path)
    for used in placeholder.filters:
        if kind == PEOPLE and used.name in ("first", "last"):
            return f"{path} | {used.name} is a whole person; for the address of the first write {path}.0.email"
        if used.name == "domain" and used is placeholder.filters[0] and path in _NO_ADDRESSES:
            return f"domain takes a mail or web address, and {path} is none, so that such an event ends dead"
        unfit, given = _FILTERS.get(used.name, ((), None))
        if kind in unfit or (used.name == "round" and used is placeholder.filters[0] and path in _NEVER_NUMBERS):
            return f"{used.name} cannot work on {path}, which is {kind}"
        kind = given
    if kind in _STRUCTURES:
        return f"{path} is {kind}, which cannot be written as text; {_WHOLE[kind].format(path=path)}"
    if prop is None or (kind not in _UNFIT.get(prop.type, ()) and not (prop.type == "bool" and _is_words(kind, path))):
        return None
    if prop.type in ("objectId", "prefixedId"):
        advice = f"look it up, as in {{{{ {path} | lookup('table') }}}}"
        return f"{prop.name} takes an id of Planhat, and {path} is {kind}; {advice}"
    return f"{prop.name} takes {_TAKES[prop.type]}, and {path} is {kind}"


def _is_words(kind: str | None, path: str) -> bool:
    """Whether a value is still the words that its field holds, which nobody writes as true or false."""
    return kind == TEXT == KINDS.get(path)
