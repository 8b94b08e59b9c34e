"""What is wrong with one rule as it is written, beside all names that the set of files defines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from planhook.rulebook.conditions import paths_in
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.identity import fixed_key
from planhook.rulebook.kinds import nothing_within
from planhook.rulebook.located import LocatedDict, LocatedList, Path, texts_in
from planhook.rulebook.slips import marked_otherwise
from planhook.rulebook.table_names import meant_table, where_named
from planhook.rulebook.templates import parse_template, placeholders
from planhook.rulebook.told import sends, why_silent
from planhook.rulebook.vocabulary import (
    FIELDS,
    TYPES,
    listens,
    meant_change,
    meant_field,
    meant_sender,
    meant_source,
    meant_type,
    misspelt_field,
    tells_own_ids,
)

_CLOSED = ("Done", "Ignored")
_FOREIGN = (
    ("companyId", "deal.company_id", "write srcid-{{ deal.company_id }}, or look it up in a table"),
    ("ownerId", "deal.owner_id", "look it up in a table, as in {{ deal.owner_id | lookup('owners') }}"),
    ("endusers", "deal.contact_ids", "look one up in a table, as in {{ deal.contact_ids | lookup('contacts') }}"),
)


@dataclass(frozen=True, slots=True)
class Names:
    """What a set of files defines; not `complete` when a file could not be read."""

    complete: bool
    sources: dict[str, Any] = field(default_factory=dict)  # what is written of each
    tables: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class RuleLint:
    """One rule of a file, at `path` in it."""

    file: RuleFile
    path: Path
    rule: LocatedDict
    known: Names
    findings: Findings

    def run(self) -> None:
        """Add what is wrong to the findings. Works on a rule as it is, also on a broken one."""
        known_types = [self._check_type(path, name) for path, name in texts_in(self.rule.get("on"), ("on",))]
        for path, name in texts_in(self.rule.get("from"), ("from",)):
            sources = self.known.sources
            if sources and self.known.complete and not any(listens([name], source) for source in sources):
                self._report(path, f"there is no source {name} ({meant_sender(name, sources)})")
        if all(known_types):
            self._check_senders()
        for path, dotted in paths_in(self.rule.get("if"), ("if",)):
            if "." in dotted:  # else the schema says so
                self._check_path(path, dotted)
        for path, text in texts_in(self.rule.get("then"), ("then",)):
            self._check_text(path, text)
        self._check_tasks()

    def _report(self, path: Path, message: str, severity: str = "error") -> None:
        self.findings.add(self.file, (*self.path, *path), message, severity)

    def _check_type(self, path: Path, name: str) -> bool:
        """Whether there may be events of that type; that there are none is told."""
        root, dot, _ = name.partition(".")
        sources = self.known.sources
        if any(listens([name], known) for known in TYPES):
            return True
        if dot and any(listens([root], source) for source in sources):
            return True
        if "{{" in name:
            self._report(path, "on takes fixed types; a type of the event belongs into if, as in event.type: deal.won")
        elif root.casefold() in ("deal", "meeting", "deals", "meetings") or not dot:
            self._report(path, f"there is no type of event {name} ({meant_type(name, sources)})")
        elif sources and self.known.complete:
            hint = meant_source(name, sources)
            self._report(path, f"no event is of type {name}: there is no source {root} ({hint})")
        else:
            return True
        return False

    def _check_senders(self) -> None:
        """Warn when no source under `from` sends what the rule listens to."""
        wanted = [name for _, name in texts_in(self.rule.get("from"), ("from",))]
        heard = [name for _, name in texts_in(self.rule.get("on"), ("on",))]
        known, where = self.known.sources, "from" if wanted else "on"
        named = sorted({name.partition(".")[0] for name in heard})
        if not wanted and known.keys() >= set(named):
            wanted = named
        if not wanted and len(known) > 1:
            return  # who has several sources may keep others elsewhere
        senders = self._senders(wanted)
        if senders and heard and not any(sends(*sender, name) for sender in senders.items() for name in heard):
            why = why_silent(next(iter(senders.values())), heard[0]) if len(senders) == 1 else ""
            message = f"{' and '.join(sorted(senders))} sends no {' or '.join(heard)}, so this rule never applies{why}"
            self._report((where,), message, "warning")

    def _senders(self, wanted: Sequence[str]) -> dict[str, Any]:
        """The sources that a rule from `wanted` hears, any when that is empty; none when others may hear too."""
        known = self.known.sources
        if not self.known.complete and not (wanted and set(wanted) <= known.keys()):
            return {}
        return {name: config for name, config in known.items() if not wanted or listens(wanted, name)}

    def _check_path(self, path: Path, dotted: str) -> None:
        root, _, rest = dotted.partition(".")
        name, *deeper = rest.split(".")
        if root == "changes" and (not deeper or deeper[-1] not in ("from", "to")):
            self._report(path, f"{dotted} is not a value; {meant_change(dotted)}")
        elif root == "changes" and deeper[0] in FIELDS.get(name, ()):
            meant = ".".join(("changes", *deeper))
            self._report(path, f"changes names fields alone, so {dotted} is always absent (write {meant})", "warning")
        elif root == "changes" and (near := misspelt_field(name)):
            self._report(path, f"changes names fields of the event (did you mean changes.{near}?)", "warning")
        if root not in FIELDS:
            return
        if not name:
            self._report(path, f"{root} is a whole object; name one of its fields, as in {root}.id")
        elif name not in FIELDS[root]:
            near = meant_field(root, [name, *deeper])
            hint = f"did you mean {near}?" if near else _where_else(root)
            self._report(path, f"there is no {dotted}, so it is always absent ({hint})", "warning")
        elif deeper and (within := nothing_within(f"{root}.{name}", deeper)):
            self._report(path, f"{within}, so {dotted} is always absent", "warning")
        elif root in ("deal", "meeting") and not self._may_have(root):
            self._report(path, f"an event of this rule has no {root}, so {dotted} is always absent", "warning")

    def _may_have(self, root: str) -> bool:
        listened = [name for _, name in texts_in(self.rule.get("on"), ("on",))]
        return any(listens(listened, name) for name in TYPES if name.startswith(root)) or not any(
            listens(listened, name) for name in TYPES
        )

    def _hears_records(self) -> bool:
        """Whether all events are of deals and meetings, which no sender makes of a single text."""
        heard = [name for _, name in texts_in(self.rule.get("on"), ("on",))]
        return bool(heard) and all(name.startswith(("deal.", "meeting.")) for name in heard)

    def _check_text(self, path: Path, text: str) -> None:
        try:
            found = placeholders(parse_template(text))
        except ValidationError:
            return  # the schema says so
        for placeholder in found:
            self._check_path(path, placeholder.path)
            if placeholder.path == "payload" and not placeholder.filters and self._hears_records():
                told = "payload is a whole object, which cannot be written as text; name one of its fields"
                self._report(path, f"{told}, as in payload.id", "warning")
            for used in placeholder.filters:
                if used.name == "lookup":
                    self._check_table(path, str((*used.args, *used.kwargs.values())[0]))

    def _check_table(self, path: Path, table: str) -> None:
        known = self.known.tables
        if table not in known and self.known.complete:
            where = where_named(self.rule, path, table)
            self._report(where, f"there is no table {table} ({meant_table(table, known)})")

    def _check_tasks(self) -> None:
        then = self.rule.get("then")
        actions: list[tuple[Path, Any]] = [(("then",), then)] if isinstance(then, LocatedDict) else []
        if isinstance(then, LocatedList):
            actions = [(("then", index), item) for index, item in enumerate(then)]
        for path, action in actions:
            for name, body in action.items() if isinstance(action, LocatedDict) else ():
                if isinstance(body, LocatedDict):
                    self._check_task((*path, name), name, body)

    def _check_foreign_ids(self, path: Path, body: LocatedDict) -> None:
        """Warn of a CRM's id where Planhat's own belongs, unless a source may map Planhat's id there itself."""
        wanted = [name for _, name in texts_in(self.rule.get("from"), ("from",))]
        senders = self._senders(wanted)
        if not senders or not all(tells_own_ids(config) for config in senders.values()):
            return
        for name, foreign, advice in _FOREIGN:
            if "".join(str(body.get(name)).split()) == f"{{{{{foreign}}}}}":
                told = f"{name} takes Planhat's id, and {foreign} is the sender's own; {advice}"
                self._report((*path, name), told, "warning")

    def _check_task(self, path: Path, action: str, body: LocatedDict) -> None:
        self._check_foreign_ids(path, body)
        key = body.get("sourceId")
        is_fixed = isinstance(key, str | int) and str(key).strip() and not re.search(r"\{\{|\}\}", str(key))
        if is_fixed and not marked_otherwise(str(key)):
            root = "deal" if self._may_have("deal") else "meeting"
            self._report((*path, "sourceId"), fixed_key(str(key), root), "warning")
        if action in ("create", "update") and body.get("status") in _CLOSED:
            instead = "complete" if body["status"] == "Done" else "cancel"
            message = f"status {body['status']} closes the task behind its state's back; use {instead}"
            self._report((*path, "status"), message, "warning")


def _where_else(root: str) -> str:
    known = f"known are {', '.join(FIELDS[root])}"
    return f"what the sender gives besides is in deal.properties or payload; {known}" if root == "deal" else known
