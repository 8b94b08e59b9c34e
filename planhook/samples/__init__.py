"""Deliveries as their senders make them: one small story per kind of source, shipped for tests and `planhook send`.

A file holds a body, its suffix says of which form; a `.http` file holds header lines, a blank line and the body.
Files may begin with a number and a hyphen, which only put them in order. `ids.txt` names, one a line, what a story
calls its own records, events and mails: these get other ids when the story is told as new.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from importlib.resources import files
from importlib.resources.abc import Traversable

_NUMBER = re.compile(r"\A[0-9]+-")
_CONTENT_TYPES = {
    ".form": "application/x-www-form-urlencoded",
    ".ics": "text/calendar; charset=utf-8",
    ".json": "application/json",
    ".xml": "text/xml; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One delivery, not signed yet. `name` is such as `hubspot/deal-won`; header names are lower case."""

    kind: str
    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


def load_samples() -> tuple[Sample, ...]:
    """All samples, by kind and in the order in which their story happens."""
    folders = sorted((entry for entry in files(__name__).iterdir() if entry.is_dir()), key=lambda one: one.name)
    return tuple(
        read_sample(folder.name, file)
        for folder in folders
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.endswith((*_CONTENT_TYPES, ".http"))
    )


def load_ids(kind: str) -> tuple[str, ...]:
    """The ids in the samples of `kind` that are its story's own."""
    return tuple((files(__name__) / kind / "ids.txt").read_text("utf-8").split())


def read_sample(kind: str, file: Traversable) -> Sample:
    """The sample in one file. Raises ValueError for a suffix that tells no form."""
    stem, dot, suffix = file.name.rpartition(".")
    name = f"{kind}/{_NUMBER.sub('', stem)}"
    content = file.read_bytes()
    if suffix == "http":
        head, body = _split(content)
        headers = {name.lower(): value for name, value in BytesHeaderParser().parsebytes(head).items()}
        return Sample(kind, name, body, headers)
    if dot + suffix not in _CONTENT_TYPES:
        raise ValueError(f"{file.name}: a sample ends in {', '.join(_CONTENT_TYPES)} or .http")
    return Sample(kind, name, content, {"content-type": _CONTENT_TYPES[dot + suffix]})


def _split(content: bytes) -> tuple[bytes, bytes]:
    """Header lines may end in LF; the body is taken as it is."""
    ends = [(content.find(blank), len(blank)) for blank in (b"\r\n\r\n", b"\n\n") if blank in content]
    if not ends:
        return content, b""
    at, length = min(ends)
    return content[:at], content[at + length :]
