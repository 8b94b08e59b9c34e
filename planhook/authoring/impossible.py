"""Examples that try what never comes: events of no source, of one that their rule leaves out, or that sends no such.

What expects nothing of a source that its rule leaves out tries just that, and nothing is told of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from planhook.authoring.given import DEFAULT_SOURCE, written_type
from planhook.authoring.told_record import GivenInvalid
from planhook.core.calendar import Calendar
from planhook.core.comparison import worded
from planhook.core.condition import Condition, Test, check
from planhook.core.plan import matches_any
from planhook.core.rule import Example, Rule
from planhook.rulebook import Rulebook
from planhook.rulebook.condition_doubts import tests_in
from planhook.rulebook.implication import parts_of, values_of
from planhook.rulebook.suggestion import closest
from planhook.rulebook.told import may_send_other, sends, why_silent
from planhook.rulebook.vocabulary import TYPES, kind_of, meant_sender, meant_type

_SLIP = 0.8  # what comes less near may be a name of the author's own
_CALENDAR = Calendar()


def refuse_impossible(example: Example, rule: Rule, book: Rulebook) -> None:
    """Raise GivenInvalid for an example whose type no source may send, or whose source never sends it to the rule."""
    name, sources = example.given.get("source"), book.written
    senders = [str(name)] if name in sources else _heard(rule, sources)
    if told := _of_no_type(example, senders, rule, sources):
        raise GivenInvalid(("type" if example.given.get("type") else "types",), told)
    if not isinstance(name, str):
        return
    tries_rule = not example.expect and not _hears(rule, name)
    told = _of_no_source(name, rule, sources, tries_rule=tries_rule)
    if not tries_rule:
        told = told or _of_left_out(name, rule, sources) or _of_unsent(name, example, rule, sources)
    if told:
        raise GivenInvalid(("source",), told)


def _of_no_type(example: Example, senders: list[str], rule: Rule, sources: Mapping[str, Any]) -> str | None:
    """A type that is none of ours and that of no sender."""
    said = written_type(example.given, ())
    if not said or said in TYPES or not _senders(rule, sources):
        return None
    root = said.partition(".")[0]
    if root in ("deal", "meeting"):
        is_possible = any(may_send_other(each, sources[each], said) for each in senders)
    else:
        is_possible = root in sources or closest(said, TYPES, cutoff=_SLIP) is None
    return None if is_possible else f"there is no type of event {said} ({meant_type(said)})"


def _of_no_source(name: str, rule: Rule, sources: Mapping[str, Any], *, tries_rule: bool) -> str | None:
    if name in sources or name == DEFAULT_SOURCE or not sources:
        return None
    if closest(name, sources, cutoff=_SLIP) is None:
        if not _senders(rule, sources):
            return None  # what the rule listens to is sent by sources that stand elsewhere
        if tries_rule and all(_hears(rule, each) for each in sources):
            return None  # there is no other to name
    return f"there is no source {name}, so this never comes ({meant_sender(name, sources)})"


def _of_left_out(name: str, rule: Rule, sources: Mapping[str, Any]) -> str | None:
    senders = _senders(rule, sources)
    if rule.sources and not matches_any(rule.sources, (name,)):
        remedy = _remedy(senders or _plain(rule.sources))
        return f"this rule hears {', '.join(rule.sources)} only, so nothing of {name} reaches it; {remedy}"
    if (part := next((each for each in _of_sources(rule.condition) if not _meets(each, name)), None)) is None:
        return None
    if isinstance(part, Test) and part.operator in ("is", "one_of"):
        remedy = _remedy(senders or [str(each) for each in values_of(part)])
        return f"event.source is {worded(part.expected)} under if, so nothing of {name} meets it; {remedy}"
    return f"if leaves out what {name} sends; {_remedy(senders)}"


def _of_unsent(name: str, example: Example, rule: Rule, sources: Mapping[str, Any]) -> str | None:
    said = written_type(example.given, rule.on)
    if name not in sources or not said or sends(name, sources[name], said) or _is_told(rule, sources):
        return None
    if not said.startswith(("deal.", "meeting.")) and sends(name, sources[name], f"{name}.{said}"):
        remedy = f"; write type: {name}.{said}"
    else:
        senders = [each for each in _heard(rule, sources) if sends(each, sources[each], said)]
        remedy = f"; write source: {' or '.join(senders)}" if senders else "; name the source that does"
    why = why_silent(sources[name], said) or f" (of kind {kind_of(sources[name])})"
    return f"{name}{why} never sends {said}{remedy}"


def _is_told(rule: Rule, sources: Mapping[str, Any]) -> bool:
    """Whether it is told of the rule itself that none of its sources sends what it listens to."""
    named = {event_type.partition(".")[0] for event_type in rule.on}
    if not rule.sources and len(sources) > 1 and not named <= sources.keys():
        return False
    heard = [each for each in sources if not rule.sources or matches_any(rule.sources, (each,))]
    return bool(heard) and not any(sends(each, sources[each], one) for each in heard for one in rule.on)


def _senders(rule: Rule, sources: Mapping[str, Any]) -> list[str]:
    """The sources that send what the rule listens to, as far as it hears them."""
    return [each for each in _heard(rule, sources) if any(sends(each, sources[each], one) for one in rule.on)]


def _heard(rule: Rule, sources: Mapping[str, Any]) -> list[str]:
    return [each for each in sorted(sources) if _hears(rule, each)]


def _hears(rule: Rule, source: str) -> bool:
    """Whether neither `from` nor a condition on `event.source` leaves the events of a source out."""
    if rule.sources and not matches_any(rule.sources, (source,)):
        return False
    return all(_meets(part, source) for part in _of_sources(rule.condition))


def _of_sources(condition: Condition | None) -> Iterator[Condition]:
    """The parts of a condition that ask for the source and nothing else."""
    for part in parts_of(condition):
        if all(test.path == "event.source" for test, _ in tests_in(part, is_excluded=False)):
            yield part


def _meets(part: Condition, source: str) -> bool:
    return check(part, {"event": {"source": source}}, _CALENDAR).holds


def _plain(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if not set(name) & set("*?[")]


def _remedy(names: list[str]) -> str:
    return f"write source: {' or '.join(names)}, or expect: nothing" if names else "write expect: nothing"
