"""A backtest with its circumstances, and as one HTML file that needs nothing else."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2

from planhook.authoring.difference import KINDS, Difference
from planhook.authoring.nouns import counted


@dataclass(frozen=True, slots=True)
class Report:
    """`base` and `changed` name the rule sets as the user did, `period` the events, `made_at` is UTC.

    `sources` says what of changed sources is not foreseen.
    """

    difference: Difference
    base: str
    changed: str
    period: str
    made_at: str
    sources: tuple[str, ...] = ()

    @property
    def unforeseen(self) -> tuple[str, ...]:
        """What the changed rules make otherwise and the figures leave out."""
        if not (meetings := self.difference.domains_untold):
            return self.sources
        stay = f"the domains of {counted(meetings, 'meeting')}, which do not follow from who takes part, stay as read"
        return (*self.sources, f"internal_domains differ: {stay}")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known to differ, and nothing may differ unforeseen."""
        return self.difference.is_empty and not self.unforeseen

    @property
    def headline(self) -> str:
        """`2 tasks of 340 end otherwise: 1 created, 1 changed, 0 no longer written`."""
        differing = len(self.difference.changes)
        of_all = f"of {self.difference.tasks:,}"
        if differing == 0:
            return f"no task {of_all} ends otherwise"
        ends = "ends" if differing == 1 else "end"
        return f"{counted(differing, 'task')} {of_all} {ends} otherwise: {self.difference.in_words()}"

    def to_json(self) -> dict[str, Any]:
        return {
            "base": self.base,
            "changed": self.changed,
            "period": self.period,
            "made_at": self.made_at,
            **self.difference.to_json(),
            "unforeseen": list(self.unforeseen),
        }


def value_text(value: Any) -> str:
    """A value of a field for a reader: nothing is a dash, a checklist its titles."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(value_text, value))
    if isinstance(value, dict) and len(value) == 1:
        return value_text(*value.values())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_html(report: Report) -> str:
    """The report as a page that can be attached to a review: no script, nothing loaded from anywhere."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["value"] = value_text
    template = (files("planhook.authoring") / "backtest.html.jinja").read_text("utf-8")
    return environment.from_string(template).render(report=report, difference=report.difference, kinds=KINDS)
