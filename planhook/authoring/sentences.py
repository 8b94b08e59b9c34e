"""A rule as a sentence: "When a deal is won and is worth at least 5,000, create …"."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from planhook.authoring.condition_words import condition_words
from planhook.authoring.nouns import listed, value_words
from planhook.core.canary import Canary, OnlyCompanies
from planhook.core.properties import CUSTOM
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Value

_EVENTS = {
    "deal.created": "a deal is created",
    "deal.updated": "a deal changes",
    "deal.stage_changed": "a deal moves to another stage",
    "deal.won": "a deal is won",
    "deal.lost": "a deal is lost",
    "deal.deleted": "a deal is deleted",
    "deal.*": "a deal is touched in any way",
    "meeting.scheduled": "a meeting is scheduled",
    "meeting.updated": "a meeting changes",
    "meeting.cancelled": "a meeting is cancelled",
    "meeting.ended": "a meeting is over",
    "meeting.no_show": "a meeting has a no-show",
    "meeting.*": "a meeting is touched in any way",
    "*": "anything comes in",
}
_SUBJECTS = ("a deal ", "a meeting ")


def sentence(rule: Rule) -> str:
    """What a rule does, as one sentence; a second one when it writes nothing or for some records only."""
    done = listed([action_words(action) for action in rule.then], "and then")
    said = f"When {trigger_words(rule)}, {done}."
    return said if mode_words(rule) == "live" else f"{said} It is {mode_words(rule)}."


def trigger_words(rule: Rule) -> str:
    """When a rule acts: "a deal is won in crm and is worth at least 5,000"."""
    told = [_EVENTS.get(name, f"`{name}` comes in") for name in rule.on]
    for subject in _SUBJECTS:
        if len(told) > 1 and all(words.startswith(subject) for words in told):
            told = [told[0], *(words.removeprefix(subject) for words in told[1:])]
    came = listed(told, "or")
    if rule.sources:
        came += f" (told by {listed(rule.sources, 'or')})"
    if rule.condition is None:
        return came
    return f"{came}{',' if len(told) > 1 else ''} and {condition_words(rule.condition)}"


def mode_words(rule: Rule) -> str:
    """`live`, or how far it is not."""
    if rule.canary is None:
        return "live" if rule.mode == "live" else "in shadow: it decides and is recorded, but writes nothing"
    return f"{part_words(rule.canary)}, in shadow for all others"


def part_words(canary: Canary) -> str:
    """For which part of the records a rule is live: "live only for the companies a and b"."""
    if isinstance(canary, OnlyCompanies):
        return f"live only for the {'companies' if len(canary.companies) > 1 else 'company'} {listed(canary.companies)}"
    return f"live only for {canary.percent:g} % of the records"


def action_words(action: ActionTemplate) -> str:
    """What an action does: "create the task “Onboard ‹the deal's name›” (…) for the company …"."""
    if action.action == "create":
        return _creation(action)
    task = task_words(action)
    policy = {"wait": ", waiting for it if there is none yet", "fail": ", which has to exist"}.get(action.if_absent, "")
    if action.action == "update":
        kept = [f"{field_words(name)} to {value_words(value)}" for name, value in action.fields.items()]
        return f"set, on {task}, {listed(kept)}{policy}"
    clauses = [f"{field_words(name)} {value_words(value)}" for name, value in action.fields.items()]
    return f"{action.action} {task}{f' with {listed(clauses)}' if clauses else ''}{policy}"


def task_words(action: ActionTemplate) -> str:
    """Which task an action is about."""
    if action.key is None:
        return "the rule's own task of that record"
    return f"Planhat's task {value_words(action.key)}" if action.by_id else f"the task {value_words(action.key)}"


def _creation(action: ActionTemplate) -> str:
    fields = dict(action.fields)
    kind = value_words(fields.pop("mainType", "task")).strip("“”")
    title = value_words(fields.pop("action"))
    clauses = [_clause(name, value, kind) for name, value in fields.items()]
    key = f" (sourceId {value_words(action.key)})" if action.key else ""
    return f"create the {kind} {title}{key}" + "".join(f", {clause}" for clause in clauses)


def _clause(name: str, value: Value, kind: str) -> str:
    words = value_words(value)
    if name in ("companyId", "ownerId"):
        words = re.sub("^what the table", "that the table", words)
    if name == "startTime":
        return f"{'due' if kind == 'task' else 'from'} {words}"
    return _CLAUSES[name](words) if name in _CLAUSES else f"with {field_words(name)} {words}"


def be(name: str) -> str:
    """`is` or `are`, as a field in words demands."""
    return "are" if name == "activityTags" else "is"


def field_words(name: str) -> str:
    """A field of a task in words: "the title", "Deal value"."""
    return _FIELDS.get(name, name.removeprefix(CUSTOM))


_FIELDS: Mapping[str, str] = {
    "action": "the title",
    "companyId": "the company",
    "mainType": "the kind",
    "description": "the description",
    "startTime": "the start",
    "endTime": "the end",
    "ownerId": "the owner",
    "status": "the status",
    "checklist": "the checklist",
    "activityTags": "the tags",
    "dateDone": "the day it was done",
    "doneBy": "who did it",
}
_CLAUSES: Mapping[str, Callable[[str], Any]] = {
    "companyId": "for the company {}".format,
    "ownerId": "with the owner {}".format,
    "endTime": "until {}".format,
    "description": "described as {}".format,
    "status": "with the status {}".format,
    "checklist": "with the steps {}".format,
    "activityTags": "tagged {}".format,
}
