"""What is allowed under `sources:` and hardly meant: constants that look for a field, names that no rule can use."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from planhook.core.rule import Rule
from planhook.rulebook.constants import doubted_constants
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.listed_texts import as_list, meant_items, unquoted_list
from planhook.rulebook.located import LocatedDict, Path, texts_in
from planhook.rulebook.vocabulary import FIELDS

_STAGES = ("won_stages", "lost_stages")
_BEARER = re.compile(r"\s*bearer\s", re.IGNORECASE)


def warn_of_source_doubts(file: RuleFile, rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each. Works on files as they are, also on broken ones."""
    heard = {event_type for rule in rules for event_type in rule.on}
    for name, config in file.section("sources", LocatedDict).items():
        if not isinstance(config, LocatedDict):
            continue
        for path, message in (*_of_stages(config), *_of_source(config), *_of_type(name, config, heard)):
            findings.add(file, ("sources", name, *path), message, "warning")


def _of_stages(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Stages that are one text where their author meant several."""
    for key in _STAGES:
        text = config.get(key)
        if not isinstance(text, str):
            continue
        if bracketed := unquoted_list(text):
            yield (key,), f"the quotes make one stage of {text.strip()}; write {as_list(bracketed)}"
        elif items := meant_items(text) or ([part.strip() for part in text.split(",")] if "," in text else None):
            yield (key,), f"{key} is one stage here; for several write {as_list(items)}"


def _of_type(source: str, config: Mapping[str, Any], heard: Container[str]) -> Iterator[tuple[Path, str]]:
    """A type that lost its inner quotes: rules wait for what it looks for as a field."""
    events = config.get("events")
    written = str(events.get("type")).strip() if isinstance(events, LocatedDict) else ""
    if written in heard or f"{source}.{written}" in heard:
        own = written.removeprefix(f"{source}.")
        yield ("events", "type"), f"looks for {written} in the message; for a constant write \"'{own}'\""


def _of_source(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    verify, events = config.get("verify"), config.get("events")
    if isinstance(verify, LocatedDict) and verify.get("scheme") == "bearer":
        for path, token in texts_in(verify.get("token"), ("verify", "token")):
            if _BEARER.match(token):
                yield path, "the scheme says Bearer already, so that this wants it twice; write the token alone"
    if not isinstance(events, LocatedDict):
        return
    yield from doubted_constants(events)
    changes = events.get("changes")
    for name in changes if isinstance(changes, LocatedDict) else ():
        root, _, below = name.partition(".")
        if below in FIELDS.get(root, ()):
            yield ("events", "changes", name), f"no rule finds a change of {name}; name the field alone: {below}"
