"""An event that came as an example of a rule: cut down to what the rule reads, and masked."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from planhook.authoring.expectation import NOTHING, expectation
from planhook.authoring.given import event_of
from planhook.authoring.insertion import insert_example
from planhook.authoring.masking import Masks, texts_at
from planhook.authoring.needed import needed
from planhook.authoring.reads import Reads, cut_down
from planhook.authoring.told_record import GivenInvalid
from planhook.authoring.trial import try_examples
from planhook.core.errors import PlanhookError, RulesInvalid
from planhook.core.event import Event, iso
from planhook.core.plan import Decision, make_plan
from planhook.core.rule import Rule, RuleSet
from planhook.rulebook import Rulebook, load_snapshot
from planhook.rulebook.folder import Snapshot, take_snapshot
from planhook.rulebook.suggestion import suggestion
from planhook.rulebook.vocabulary import listens

_OF_EVENT = ("id", "received_at", "sender_id", "sequence")


class CaptureImpossible(PlanhookError):
    """No example can be made of this event and this rule; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Capture:
    """An example and the file it belongs to: `line` where it stands there, `content` the whole file with it.

    `masked` counts the texts that were replaced, `kept` has the paths of all personal texts that had to stay, because
    the rule would do something else without them; names in them are masked where that makes no difference. Not
    `is_new`: the rule has this very example already, and `content` is what is there. A rule that
    `is_switched_off` sees no event, but its examples are run.
    """

    file: Path
    line: int
    content: str
    example: Mapping[str, Any]
    masked: int
    kept: tuple[str, ...]
    is_new: bool
    is_switched_off: bool


def capture(event: Event, rule_name: str, folder: Path, env: Mapping[str, str]) -> Capture:
    """Make an example for the rule of that name below `folder` of an event. Writes nothing.

    Raises CaptureImpossible, and RulesInvalid when the files are wrong as they are.
    """
    snapshot = take_snapshot(folder)
    book = load_snapshot(snapshot, env, require_env=False)
    rules = book.rules
    rule = _rule(book.every_rule, rule_name)
    decision = _decide(event, rule, rules)
    if decision.problem:
        raise CaptureImpossible(
            f"{rule.name} applies to this event but cannot be carried out: {decision.problem}; an example cannot say so"
        )
    try:
        given, masked, kept = _masked(event, rule, book, decision)
    except GivenInvalid as fault:
        raise CaptureImpossible(f"no example can say what this event says: {fault}") from None
    example = {"given": given, "expect": expectation(_decide(_event(given, rule, book), rule, rules))}
    before = dict(snapshot.files)[rule.file].decode("utf-8")
    line, content = _placed(snapshot, before, env, rule, example)
    return Capture(Path(rule.file), line, content, example, masked, kept, content != before, not rule.enabled)


def _rule(rules: Collection[Rule], name: str) -> Rule:
    for rule in rules:
        if rule.name.casefold() == name.strip().casefold():
            return rule
    meant = suggestion(name, [rule.name for rule in rules])
    raise CaptureImpossible(f"there is no rule called {name} ({meant})")


def _decide(event: Event, rule: Rule, rules: RuleSet) -> Decision:
    decisions = make_plan(event, replace(rules, rules=(rule,))).decisions
    if not decisions:
        raise CaptureImpossible(f"no rule sees this event: {event.ignored or event.problem}")
    return decisions[0]


def _event(given: Mapping[str, Any], rule: Rule, book: Rulebook) -> Event:
    return event_of(given, book.rules.calendar, on=rule.on, sources=rule.sources, known=book.sources)


def _masked(event: Event, rule: Rule, book: Rulebook, wanted: Decision) -> tuple[dict[str, Any], int, tuple[str, ...]]:
    """The event to be given, masked as far as the rule does with it what it did with the event itself.

    With it how many texts were masked, and the paths of those that had to stay: none of them could be masked too.
    """
    reads, rules = Reads.of(rule), book.rules
    whole = event.data()
    data = _written(cut_down(whole, reads))
    known = frozenset(_known_texts(rules))

    def masks_and_given(kept: Iterable[str], opened: Iterable[str] = ()) -> tuple[Masks, dict[str, Any]]:
        masks = Masks({*known, *kept}, frozenset(opened) - set(kept))
        return masks, _given(event, masks.mask(data, whole), rule, reads, book)

    def suffices(kept: Sequence[str], opened: Iterable[str] = ()) -> bool:
        given = masks_and_given(kept, opened)[1]
        return _is_same(_decide(_event(given, rule, book), rule, rules), wanted, reads)

    places = _places(data, Masks(known).mask(data, whole))
    # What is asked for is likelier to be needed, so it is tried last.
    texts = sorted(places, key=lambda text: any(reads.decides_on(path) for path in places[text]))
    kept = needed(texts, suffices)
    if not suffices(kept):
        raise CaptureImpossible(f"with names and addresses masked, {rule.name} would not do the same; write it by hand")
    # Of what has to stay, names may go all the same.
    masks, given = masks_and_given(needed(kept, lambda bare: suffices(bare, kept)), kept)
    return given, masks.count, tuple(path for text in places if text in kept for path in places[text])


def _written(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an example writes of an event as it is; of `event` the rest is put as authors put it."""
    told = data.get("event", {})
    kept = {name: told[name] for name in _OF_EVENT if told.get(name) is not None}
    return {**data, "event": kept}


def _places(data: Mapping[str, Any], masked: Mapping[str, Any]) -> dict[str, list[str]]:
    """The texts of `data` that are others in `masked`, folded, and where each stands."""
    places: dict[str, list[str]] = {}
    for (path, text), (_, hidden) in zip(texts_at(data), texts_at(masked), strict=True):
        if text != hidden:
            places.setdefault(text.casefold(), []).append(path)
    return places


def _given(event: Event, data: Mapping[str, Any], rule: Rule, reads: Reads, book: Rulebook) -> dict[str, Any]:
    """An event as authors write it: what follows from the rest or from the rule is left out."""
    seen = {name: value for name, value in data.items() if name != "event"}
    given: dict[str, Any] = {"source": event.source}
    if rule.on != (event.type,):
        given["type"] = event.type
    assumed = _event({**given, **seen, "type": event.type}, rule, book)
    is_left_out = any(name in seen and getattr(assumed, name) is None for name in ("deal", "meeting"))
    if reads.looks_at("event.types") or is_left_out or _listens(rule, assumed.types) != _listens(rule, event.types):
        given["types"] = event.types
    given["occurred_at"] = iso(event.occurred_at)
    return {**given, **data["event"], **seen}


def _listens(rule: Rule, types: Iterable[str]) -> bool:
    return any(listens(rule.on, name) for name in types)


def _is_same(decision: Decision, wanted: Decision, reads: Reads) -> bool:
    """Whether a rule did the same, apart from texts that are masked: what comes out of tables must not change."""
    return (decision.matched, decision.problem) == (wanted.matched, wanted.problem) and all(
        one.action == other.action
        and one.fields.keys() == other.fields.keys()
        and all(one.fields[name] == other.fields[name] for name in reads.looked_up & one.fields.keys())
        for one, other in zip(decision.operations, wanted.operations, strict=True)
    )


def _known_texts(rules: RuleSet) -> Iterator[str]:
    """Texts of events that stand in the rule files anyway: there is nothing to hide about them."""
    for table in rules.tables.values():
        yield from map(str, table)
    yield from rules.calendar.internal_domains


def _placed(
    snapshot: Snapshot, text: str, env: Mapping[str, str], rule: Rule, example: Mapping[str, Any]
) -> tuple[int, str]:
    """The line of `example` in `text`, the rule's file, and the file with it; it has to load and to pass.

    An example that the rule has already is not put there again.
    """
    for known in rule.examples:
        if known.given == example["given"] and (list(known.expect) or NOTHING) == example["expect"]:
            return known.line, text
    content = insert_example(text, rule.name, example)
    files = tuple((name, content.encode() if name == rule.file else old) for name, old in snapshot.files)
    try:
        book = load_snapshot(replace(snapshot, files=files), env, require_env=False)
    except RulesInvalid as invalid:
        raise CaptureImpossible(f"with the example the file could not be used: {invalid}") from None
    now = next((one for one in book.every_rule if one.name == rule.name), None)
    if now is None or len(now.examples) != len(rule.examples) + 1:
        raise CaptureImpossible(f"there is no telling where the examples of {rule.name} end; write it by hand")
    (trial,) = try_examples(replace(book, rules=replace(book.rules, rules=(now,)), switched_off=())).rules
    if trial.examples[-1].differences:
        raise CaptureImpossible(f"as an example it would not pass: {trial.examples[-1].differences[0].message}")
    return trial.examples[-1].line, content
