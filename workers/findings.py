"""What reading back found, put down to the rules that wrote it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from planhook.core.register import Register
from planhook.core.rule import RuleSet
from planhook.core.scalar import shown
from planhook.core.version import event_of
from planhook.store.journal import Journal
from planhook.store.problems import Problem, Problems

MOST_CLEARED = 20  # at a time: each is looked up in the journal


@dataclass(frozen=True, slots=True)
class Finding:
    """One field of the task `key` that was read back; `wrong` says what is wrong with it, None when it was kept."""

    key: str
    register: Register
    field: str
    wrote: Any
    has: Any
    wrong: str | None


class Findings:
    """Makes problems of what is wrong, and ends those that are no more. Every method raises StoreUnavailable."""

    def __init__(self, journal: Journal, problems: Problems, rules: Callable[[], RuleSet]) -> None:
        self._journal = journal
        self._problems = problems
        self._rules = rules
        self._rules_version = ""
        self._log = structlog.get_logger("planhook.read_back")

    def keep_up_with_rules(self) -> None:
        """Forget problems that the rules as they are now cannot have."""
        rules = self._rules()
        if rules.version != self._rules_version:
            self._problems.rules_changed(rules.place_of)
            self._rules_version = rules.version

    def settle(self, found: Sequence[Finding]) -> None:
        """Tell what is wrong; a problem of which only kept values were found is over."""
        told = {self._tell(one, one.wrong) for one in found if one.wrong}
        over = {(one["rule"], one["field"]) for one in self._problems.all()} - told
        fields = {field for _, field in over}
        kept = [one for one in found if not one.wrong and one.field in fields]
        for one in random.sample(kept, min(MOST_CLEARED, len(kept))):
            rule, _ = self._origin(one)
            if (rule, one.field) in over:
                self._problems.clear(rule, one.field)

    def _tell(self, one: Finding, wrong: str) -> tuple[str, str]:
        rule, event = self._origin(one)
        where = self._rules().place_of(rule, one.field)
        if where is not None:  # else the rule has changed since
            task = one.register.key
            self._log.warning("not_kept", rule=rule, where=where, field=one.field, task=task, event_id=event, why=wrong)
            problem = Problem(rule, one.field, where, wrong, shown(one.wrote), shown(one.has), task, event)
            self._problems.add(problem, datetime.now(UTC))
        return rule, one.field

    def _origin(self, one: Finding) -> tuple[str, str]:
        """The rule and the event that the field has its value from; empty when it is not known, or was none's wish."""
        version, _ = {**one.register.writes, **one.register.wanted()}.get(one.field, ("", None))
        return self._journal.rule_behind(one.key, version) or "", event_of(version)
