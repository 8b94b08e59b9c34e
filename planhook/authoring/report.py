"""A backtest with its circumstances, and as one HTML file that needs nothing else."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2

from planhook.authoring.difference import KINDS, Difference


@dataclass(frozen=True, slots=True)
class Report:
    """`base` and `changed` name the rule sets as the user did, `period` the events, `made_at` is UTC."""

    difference: Difference
    base: str
    changed: str
    period: str
    made_at: str

    @property
    def headline(self) -> str:
        """`2 tasks of 340 end otherwise: 1 created, 1 changed, 0 no longer written`."""
        counted = len(self.difference.changes)
        of_all = f"of {self.difference.tasks:,}"
        if counted == 0:
            return f"no task {of_all} ends otherwise"
        tasks = "1 task" if counted == 1 else f"{counted:,} tasks"
        return f"{tasks} {of_all} end{'s' if counted == 1 else ''} otherwise: {self.difference.in_words()}"

    def to_json(self) -> dict[str, Any]:
        return {
            "base": self.base,
            "changed": self.changed,
            "period": self.period,
            "made_at": self.made_at,
            **self.difference.to_json(),
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
