"""What differs between a rule as it was and as it is, sentence by sentence."""

from collections.abc import Iterator, Sequence

from planhook.authoring.nouns import value_words
from planhook.authoring.sentences import (
    action_words,
    be,
    field_words,
    mode_words,
    part_words,
    task_words,
    trigger_words,
)
from planhook.core.rule import ActionTemplate, Rule

Identity = tuple[str, str | None, bool]
_ABSENT = {
    "ignore": ("it does nothing", "it did nothing"),
    "wait": ("it waits until there is one", "it waited until there was one"),
    "fail": ("its event ends as dead", "its event ended as dead"),
}


def differences(was: Rule, now: Rule) -> Iterator[str]:
    """What a rule does otherwise than before; nothing when it does the same, whatever it is called."""
    if (was.on, was.sources, was.condition) != (now.on, now.sources, now.condition):
        yield f"It acts when {trigger_words(now)}; before, when {trigger_words(was)}."
    if mode_words(was) != mode_words(now):
        yield f"{_now(now)}; before, it was {_before(was)}."
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


def _now(rule: Rule) -> str:
    if rule.canary is not None:
        return f"It is {part_words(rule.canary)} now, in shadow for all others"
    if rule.mode == "live":
        return "It goes live: it writes what it decides"
    return "It goes into shadow: it still decides and is recorded, but writes nothing"


def _before(rule: Rule) -> str:
    if rule.canary is not None:
        return part_words(rule.canary)
    return "live" if rule.mode == "live" else "in shadow and wrote nothing"


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
    return identity(was) == identity(now)


def identity(action: ActionTemplate) -> Identity:
    """What kind of action it is and which task it is about, as far as the rule says so."""
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
        yield f"If there is no such task, {_ABSENT[now.if_absent][0]}; before, {_ABSENT[was.if_absent][1]}."
