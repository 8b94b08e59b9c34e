"""What happened to each rule from one rule set to another: new, changed, renamed or gone, and what it means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planhook.authoring.nouns import value_words
from planhook.authoring.sentences import (
    action_words,
    be,
    field_words,
    mode_words,
    sentence,
    task_words,
    trigger_words,
)
from planhook.core.rule import ActionTemplate, Rule, RuleSet

NEW, CHANGED, RENAMED, GONE, SAME_EFFECT = "new", "changed", "renamed", "gone", "same effect"
_Identity = tuple[str, str | None, bool]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule of which something changed. `sentences` says what it does or did, or what differs."""

    kind: str
    rule: str
    place: str
    sentences: tuple[str, ...]


def rule_changes(before: RuleSet, after: RuleSet) -> Iterator[RuleChange]:
    """Every rule of which something changed, in the order of `after`; those that are gone come last."""
    former = _former_rules(before, after)
    for rule in after.rules:
        was = former.get(rule.name)
        change = _change(was, rule) if was else RuleChange(NEW, rule.name, _place(rule), (sentence(rule),))
        if change:
            yield change
    kept = {was.name for was in former.values()}
    for rule in before.rules:
        if rule.name not in kept:
            yield RuleChange(GONE, rule.name, _place(rule), (f"No longer: {sentence(rule)}",))


def _former_rules(before: RuleSet, after: RuleSet) -> dict[str, Rule]:
    """What each rule was, by the name that it has now: under its name, else one that did the same or much of it."""
    old = {rule.name: rule for rule in before.rules}
    former = {rule.name: old[rule.name] for rule in after.rules if rule.name in old}
    for resembles in (_does_the_same, _does_much_of_it):
        for rule in after.rules:
            free = [each for each in before.rules if each.name not in {was.name for was in former.values()}]
            if rule.name not in former and (was := next((one for one in free if resembles(one, rule)), None)):
                former[rule.name] = was
    return former


def _does_the_same(was: Rule, now: Rule) -> bool:
    return not list(_differences(was, now))


def _does_much_of_it(was: Rule, now: Rule) -> bool:
    """Whether a rule acts on the same events and on a task of the same name."""
    named = {identity for action in was.then if (identity := _identity(action))[1]}
    return was.on == now.on and any(_identity(action) in named for action in now.then)


def _change(was: Rule, now: Rule) -> RuleChange | None:
    renaming, differences = tuple(_renaming(was, now)), tuple(_differences(was, now))
    if differences:
        told = (*renaming, *differences, f"In full: {sentence(now)}")
        return RuleChange(CHANGED, now.name, _place(now), told)
    if renaming:
        return RuleChange(RENAMED, now.name, _place(now), renaming)
    if (_examples(was), was.description) != (_examples(now), now.description):
        return RuleChange(SAME_EFFECT, now.name, _place(now), ("Only its examples or description changed.",))
    return None


def _renaming(was: Rule, now: Rule) -> Iterator[str]:
    if was.name != now.name:
        yield f"It was called {was.name}."
        if was.slug != now.slug and any(action.key is None for action in now.then):
            yield "Its creates have no sourceId, so tasks that it made before are not found again: it makes new ones."


def _examples(rule: Rule) -> list[tuple[Mapping[str, object], object]]:
    return [(example.given, example.expect) for example in rule.examples]


def _place(rule: Rule) -> str:
    return f"{rule.file}:{rule.line}"


def _differences(was: Rule, now: Rule) -> Iterator[str]:
    if (was.on, was.sources, was.condition) != (now.on, now.sources, now.condition):
        yield f"It acts when {trigger_words(now)}; before, when {trigger_words(was)}."
    if mode_words(was) != mode_words(now):
        yield f"It is {mode_words(now)}; before, it was {mode_words(was)}."
    former = _former_actions(was.then, now.then)
    for index, action in enumerate(now.then):
        if index not in former:
            yield f"It newly does this: {action_words(action)}."
    for index, place in former.items():
        yield from _field_differences(was.then[place], now.then[index])
    for place, action in enumerate(was.then):
        if place not in former.values():
            yield f"It no longer does this: {action_words(action)}."
    if sorted(former.values()) != list(former.values()):
        order = ", then ".join(f"{now.then[index].action} {task_words(now.then[index])}" for index in former)
        yield f"It acts in another order: {order}. Of two that write one field, the later one wins."


def _former_actions(was: Sequence[ActionTemplate], now: Sequence[ActionTemplate]) -> dict[int, int]:
    """Where each action of now, by its place, stood before; new ones are left out.

    Several of one kind may be about one task: those that are equal belong together, the others in their order.
    """
    former: dict[int, int] = {}
    for belongs in (_is_equal, _is_about_the_same):
        for index, action in enumerate(now):
            free = (place for place, one in enumerate(was) if place not in former.values() and belongs(one, action))
            if index not in former and (place := next(free, None)) is not None:
                former[index] = place
    return dict(sorted(former.items()))


def _is_equal(was: ActionTemplate, now: ActionTemplate) -> bool:
    return _is_about_the_same(was, now) and (was.fields, was.if_absent) == (now.fields, now.if_absent)


def _is_about_the_same(was: ActionTemplate, now: ActionTemplate) -> bool:
    return _identity(was) == _identity(now)


def _identity(action: ActionTemplate) -> _Identity:
    return action.action, action.key.text if action.key else None, action.by_id


def _field_differences(was: ActionTemplate, now: ActionTemplate) -> Iterator[str]:
    for name in dict.fromkeys([*was.fields, *now.fields]):
        old, new = was.fields.get(name), now.fields.get(name)
        if old == new:
            continue
        where = f"On {task_words(now)}, {field_words(name)} {be(name)}"
        if name not in was.fields:
            yield f"{where} newly written: {value_words(new)}."
        elif name not in now.fields:
            yield f"{where} no longer written; before, {value_words(old)}."
        else:
            yield f"{where} {value_words(new)}; before, {value_words(old)}."
    if was.if_absent != now.if_absent:
        yield f"If there is no such task, its policy is {now.if_absent}; before, {was.if_absent}."
