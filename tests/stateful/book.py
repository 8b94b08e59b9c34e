"""The events that the machines deliver, and two sets of rules about them: for planhook, and in words of the model."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import strategies as st

from planhook.core.event import Event, iso, milliseconds
from planhook.core.rule import Rule, RuleSet
from tests.stateful.model import Saying
from tests.workers.conftest import action, deal, rule

COMPANY = "srcid-c1"
UNFIT = "unfit"  # a description that this Planhat does not take


@dataclass(frozen=True)
class Act:
    """One action of a rule on the task `<prefix>-<number of the deal>`; `values` maps properties to fields of deals."""

    action: str
    prefix: str = "t"
    policy: str = "ignore"
    values: Mapping[str, str] = field(default_factory=dict)


_CREATE = Act("create", values={"action": "name", "description": "note"})
_COMMON: Mapping[str, tuple[Act, ...]] = {
    "deal.created": (_CREATE,),
    "deal.begun": (Act("create", values={"action": "name"}),),
    "deal.valued": (Act("update", policy="wait", values={"custom.Value": "name", "description": "note"}),),
    "deal.strict": (Act("update", policy="fail", values={"description": "note"}),),
    "deal.staged": (Act("update", values={"status": "name"}),),
    "deal.dated": (Act("update", values={"dateDone": "moment"}),),
    "deal.back": (Act("reopen"),),
    "deal.deleted": (Act("delete"),),
    "deal.moved": (Act("complete"), Act("create", "u", values={"action": "name"})),
}
BOOKS: Mapping[str, Mapping[str, tuple[Act, ...]]] = {
    "one": {
        **_COMMON,
        "deal.named": (Act("update", values={"action": "name"}),),
        "deal.won": (Act("complete"),),
        "deal.lost": (Act("cancel"),),
    },
    "two": {
        **_COMMON,
        "deal.named": (Act("update", "u", policy="wait", values={"action": "name"}), Act("reopen", "u")),
        "deal.won": (Act("cancel"),),
        "deal.lost": (),
    },
}
KEYS = [f"{prefix}-{number}" for prefix in "tu" for number in "12"]
# Deletions and creations decide most; they come more often.
TYPES = [*BOOKS["one"], "deal.created", "deal.created", "deal.begun", "deal.deleted"]


def _places(version: str) -> Iterator[tuple[str, int, Act]]:
    """Every action with the type it listens to and its position."""
    counter = itertools.count(1)
    for type_, acts in BOOKS[version].items():
        for act in acts:
            yield type_, next(counter), act


def rule_set(version: str) -> RuleSet:
    """The rules as planhook has them."""
    return RuleSet(tuple(_rule(*place) for place in _places(version)), version=version)


def _rule(type_: str, position: int, act: Act) -> Rule:
    fields = {name: f"{{deal.{source}}}" for name, source in act.values.items()}
    if act.action == "create":
        fields |= {"companyId": COMPANY}
    key = f"{act.prefix}-{{deal.id}}"
    return rule(f"rule {position}", type_, action(act.action, position, key, if_absent=act.policy, **fields))


def sayings(event: Event, attempt: int, version: str) -> list[Saying]:
    """What `event` says under a set of rules, in the model's words."""
    facts = event.deal or {}
    said = []
    for type_, position, act in _places(version):
        if type_ == event.type:
            values = {name: facts[source] for name, source in act.values.items()}
            if act.action == "complete":
                values = {"status": "Done", "dateDone": iso(event.occurred_at)}
            when = (milliseconds(event.occurred_at), event.id, attempt, position)
            said.append(Saying(when, f"{act.prefix}-{facts['id']}", act.action, act.policy, values))
    return said


class Told(NamedTuple):
    """What a sender tells of a deal, `at` minutes after the start; short, as hypothesis prints it many times."""

    type: str
    number: str
    at: int
    name: str
    note: str
    identity: int

    def event(self) -> Event:
        """The event that planhook makes of it."""
        identity = str(self.identity)
        moment = f"2026-05-0{1 + 'abc'.index(self.name)}T00:00:00.000Z"
        return deal(self.type, self.at, number=self.number, key=identity, name=self.name, note=self.note, moment=moment)


def told(*notes: str) -> st.SearchStrategy[Told]:
    """Things to tell, with one of `notes` as the text; mostly of one deal, as what is told of others cannot clash."""
    numbers, moments, identities = st.sampled_from("1112"), st.integers(0, 9), st.integers(0, 9999)
    return st.builds(
        Told, st.sampled_from(TYPES), numbers, moments, st.sampled_from("abc"), st.sampled_from(notes), identities
    )
