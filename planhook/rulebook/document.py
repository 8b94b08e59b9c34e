"""Bytes of one YAML file to plain data with lines. Strict YAML 1.2: nothing is guessed, nothing is repeated.

Only `true`, `false`, `null`, `~` and plain decimal numbers are not text. So `on`, `no`, `12:30`, `007`, `1e3` and
`2026-12-25` stay as written: identifiers and times must not turn into something else.
"""

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from planhook.core.errors import Finding
from planhook.core.place import Place
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.syntax_faults import explain_fault

MAX_FILE_BYTES = 1_000_000
_MAX_DEPTH = 30
_MAX_DIGITS = 30
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # escapes can spell them
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INVISIBLE = "an invisible control character stands here; delete it"
_NULLS = ("", "~", "null", "Null", "NULL")


class _Unreadable(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_document(file: str, content: bytes) -> tuple[Any, list[Finding]]:
    """The file's data (`LocatedDict`, `LocatedList`, text, numbers, booleans, None) and what is wrong with its form.

    An empty file gives None. After a fault that leaves no sensible reading the data is None too.
    """
    builder = _Builder(file)
    try:
        text = _decode(content)
        return builder.build(YAML(typ="safe", pure=True).parse(text)), builder.findings
    except _Unreadable as fault:
        builder.report(fault.line, str(fault))
    except MarkedYAMLError as fault:
        line, message = explain_fault(fault, text, builder.quoted)
        builder.report(line, message)
    except ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        builder.report(line, _INVISIBLE)
    except YAMLError as fault:
        builder.report(0, f"this is no YAML: {fault}")
    return None, builder.findings


def _decode(content: bytes) -> str:
    if len(content) > MAX_FILE_BYTES:
        raise _Unreadable(0, f"the file is larger than {MAX_FILE_BYTES:,} bytes; split it")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise _Unreadable(line, "this is not UTF-8 text; save the file with the encoding UTF-8") from None


class _Builder:
    """Turns the parser's events into data, step by step and without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.quoted: ScalarEvent | None = None  # the last text in quotes
        self._open: list[LocatedDict | LocatedList] = []
        self._keys: list[tuple[str, Place] | None] = []
        self._root: Any = None

    def report(self, line: int, message: str) -> None:
        self.findings.append(Finding(self.file, line, message))

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def build(self, events: Iterator[Event]) -> Any:
        documents = 0
        for event in events:
            place = self._place(event)
            line = place.line
            match event:
                case DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise _Unreadable(line, "a second document begins here; delete the line ---")
                case AliasEvent():
                    self.report(line, f"*{event.anchor}: aliases are not allowed; write the value out")
                    self._add(None, place)
                case ScalarEvent():
                    self._refuse_anchor_and_tag(event, line)
                    self._add_scalar(event, place)
                case MappingStartEvent():
                    self._refuse_anchor_and_tag(event, line)
                    self._begin(LocatedDict(place))
                case SequenceStartEvent():
                    self._refuse_anchor_and_tag(event, line)
                    self._begin(LocatedList(place))
                case MappingEndEvent() | SequenceEndEvent():
                    self._open.pop()
                    self._keys.pop()
        return self._root

    def _refuse_anchor_and_tag(self, event: Any, line: int) -> None:
        if event.anchor:
            self.report(line, f"&{event.anchor}: anchors are not allowed; write the value out where it is needed")
        if event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            advice = "write {is_not: …}" if tag == "!=" else "delete it"
            self.report(line, f"{tag}: tags are not allowed; {advice}")

    def _begin(self, container: LocatedDict | LocatedList) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise _Unreadable(container.place.line, f"nested deeper than {_MAX_DEPTH} levels")
        if self._awaits_key():
            advice = 'put quotes around a value that begins with "{{"'
            raise _Unreadable(container.place.line, f"a map or list cannot be a key; {advice}")
        self._add(container, container.place)
        self._open.append(container)
        self._keys.append(None)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], LocatedDict) and self._keys[-1] is None

    def _add_scalar(self, event: ScalarEvent, place: Place) -> None:
        if event.style in ("'", '"'):
            self.quoted = event
        if _CONTROL.search(event.value):
            raise _Unreadable(place.line, _INVISIBLE)
        if not self._awaits_key():
            self._add(event.value if event.style else self._plain(event.value, place.line), place)
        elif event.value == "<<" and not event.style:
            self.report(place.line, "<<: merging is not allowed; write the keys out")
            self._keys[-1] = ("<<", place)
        else:
            self._keys[-1] = (event.value, place)

    def _plain(self, text: str, line: int) -> Any:
        if text in _NULLS:
            return None
        if text in _WORDS:
            return _WORDS[text]
        if not (number := _NUMBER.match(text)):
            return text
        if len(text) > _MAX_DIGITS:
            self.report(line, "this number is too long; put quotes around it if it is an identifier")
            return None
        return float(text) if number.group(2) else int(text)

    def _add(self, value: Any, place: Place) -> None:
        if not self._open:
            self._root = value
            return
        container = self._open[-1]
        if isinstance(container, LocatedList):
            container.add(value, place)
            return
        pending = self._keys[-1]
        if pending is None:  # an alias where a key should stand; it has been reported
            self._keys[-1] = ("", place)
            return
        key, key_place = pending
        self._keys[-1] = None
        if key in container:
            first = container.places[key].line
            self.report(key_place.line, f"{key} stands here a second time (first in line {first}); keep one")
            return
        container.put(key, value, key_place)
