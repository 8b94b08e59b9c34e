"""What the sample deliveries of each kind of sender tell: which fields a rule may count on."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from devstack.manual.tables import codes, table
from planhook.core.event import Delivery, Event
from planhook.rulebook.folder import snapshot_of
from planhook.rulebook.loader import load_snapshot
from planhook.rulebook.vocabulary import FIELDS
from planhook.samples import load_samples
from planhook.samples.filling import filled

_SECTION = re.compile(r"^## `(?P<kind>[\w-]+)`\n.*?```yaml\n(?P<example>.*?)```", re.MULTILINE | re.DOTALL)
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET = "7d1f0b2c9a8e6d5c4b3a2918171615141312"  # noqa: S105 - hexadecimal and base64, so that nearly every kind takes it
_NOW = datetime(2026, 10, 2, 15, tzinfo=UTC)


def tellers(page: Path, root: str) -> str:
    """A table of the kinds, set up as `page` shows, and the fields of a `root` (deal or meeting) that they tell."""
    rows = []
    for section in _SECTION.finditer(page.read_text("utf-8")):
        if "events:" not in section["example"]:  # otherwise they tell what whoever sets them up wants
            events = _events(section["kind"], section["example"])
            told = {name for event in events for name in event.data().get(root, {})}
            names = [name for name in FIELDS[root] if name in told]
            rows += [(f"`{section['kind']}`", codes(names))] if names else []
    return table(("kind", f"fields of a {root}"), sorted(rows))


def _events(kind: str, example: str) -> Iterator[Event]:
    """The events that a source of an example, with made-up secrets, makes of the samples of its kind."""
    env = {name: f"00D{_SECRET[:12]}" if "ORGANIZATION" in name else _SECRET for name in _VARIABLE.findall(example)}
    book = load_snapshot(snapshot_of([("source.yaml", "source.yaml", example.encode())]), env, require_env=True)
    (source,) = book.sources.values()
    for sample in load_samples():
        if sample.kind == kind:
            body = filled(sample.body, sample.headers.get("content-type", ""), source, _NOW)
            yield from source.parse(Delivery("POST", "https://hooks.example", sample.headers, body, _NOW))
