"""Bytes of one YAML file to plain data with lines. Strict YAML 1.2: nothing is guessed, nothing is repeated.

Only `true`, `false`, `null`, `~` and plain decimal numbers are not text. So `on`, `no`, `12:30`, `007`, `1e3` and
`2026-12-25` stay as written: identifiers and times must not turn into something else.
"""

import re
from dataclasses import replace
from typing import Any

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
from planhook.core.place import NOWHERE, Place
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.misplaced import repeated
from planhook.rulebook.plain_texts import doubts_of
from planhook.rulebook.plain_values import NULLS, read_plain
from planhook.rulebook.scanner import yaml_reader
from planhook.rulebook.swallowed import swallowed
from planhook.rulebook.syntax_faults import INVISIBLE, INVISIBLE_HERE, SECOND_DOCUMENT, explain_fault, in_single_quotes
from planhook.rulebook.tags import explain_anchor, explain_tag, secret_of, text_of

MAX_FILE_BYTES = 1_000_000
_MAX_DEPTH = 30
LINE_ENDS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as the parser counts them
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # escapes can spell them


class _Unreadable(Exception):
    def __init__(self, message: str, place: Place = NOWHERE) -> None:
        super().__init__(message)
        self.place = place


def read_document(file: str, content: bytes) -> tuple[Any, list[Finding]]:
    """The file's data (`LocatedDict`, `LocatedList`, text, numbers, booleans, None) and what is wrong with its form.

    A file that says nothing gives None. After a fault that leaves no sensible reading the data is None too, and there
    is an error among the findings: a file that cannot be read never counts as one without rules.
    """
    builder = _Builder(file)
    try:
        text = _decode(content)
        return builder.build(text), builder.findings
    except _Unreadable as fault:
        builder.report(replace(fault.place, file=file), str(fault))
    except MarkedYAMLError as fault:
        line, column, message = explain_fault(fault, text, builder.quoted)
        if not builder.is_blamed(line):  # else it follows from what is told already
            builder.report(Place(file, line, column), message)
    except ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        column = fault.position - text.rfind("\n", 0, fault.position)
        builder.report(Place(file, line, column), INVISIBLE_HERE)
    except YAMLError as fault:
        builder.report(Place(file), f"this is no YAML: {fault}")
    return None, builder.findings


def _decode(content: bytes) -> str:
    if len(content) > MAX_FILE_BYTES:
        raise _Unreadable(f"the file is larger than {MAX_FILE_BYTES:,} bytes; split it")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        column = len(content[content.rfind(b"\n", 0, fault.start) + 1 : fault.start].decode("utf-8-sig")) + 1
        told = "this is not UTF-8 text; save the file with the encoding UTF-8"
        raise _Unreadable(told, Place("", line, column)) from None


class _Builder:
    """Turns the parser's events into data, step by step and without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._lines: list[str] = []
        self.findings: list[Finding] = []
        self.quoted: ScalarEvent | None = None  # the last text in quotes
        self._open: list[LocatedDict | LocatedList] = []
        self._keys: list[tuple[str, Place] | None] = []
        self._restarted: LocatedDict | None = None  # the rule in which another one begins without a hyphen
        self._root: Any = None

    def report(self, place: Place, message: str) -> None:
        self.findings.append(Finding(place.file, place.line, message, column=place.column))

    def is_blamed(self, line: int) -> bool:
        """Whether something is told of a line that cannot be read; a doubt about it is an error then."""
        told = [finding for finding in self.findings if finding.line == line]
        self.findings = [replace(each, severity="error") if each in told else each for each in self.findings]
        return bool(told)

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def build(self, text: str) -> Any:
        """The data of a file. Raises what the parser raises, and _Unreadable."""
        self._lines = LINE_ENDS.split(text)
        documents = 0
        for event in yaml_reader().parse(text):
            place = self._place(event)
            match event:
                case DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise _Unreadable(SECOND_DOCUMENT, place)
                case AliasEvent():
                    advice = "write the value out, or put quotes around text that begins with *"
                    told = f"*{event.anchor}: aliases are not allowed; {advice}"
                    raise _Unreadable(told, place)
                case ScalarEvent():
                    self._refuse_anchor_and_tag(event, place)
                    self._add_scalar(event, place)
                case MappingStartEvent():
                    self._refuse_anchor_and_tag(event, place)
                    self._begin(LocatedDict(place))
                case SequenceStartEvent():
                    self._refuse_anchor_and_tag(event, place)
                    self._begin(LocatedList(place))
                case MappingEndEvent() | SequenceEndEvent():
                    self._open.pop()
                    self._keys.pop()
        return self._root

    def _refuse_anchor_and_tag(self, event: Any, place: Place) -> None:
        if event.anchor:
            self.report(place, explain_anchor(event.anchor))
        if event.tag:
            is_tested = "if" in self._path() and not self._awaits_key()
            self.report(place, explain_tag(event.tag, getattr(event, "value", ""), is_tested=is_tested))

    def _begin(self, container: LocatedDict | LocatedList) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise _Unreadable(f"nested deeper than {_MAX_DEPTH} levels", container.place)
        if self._awaits_key():
            advice = 'put quotes around a value that begins with "{{", as in "{{ deal.name }}"'
            raise _Unreadable(advice, container.place)
        self._add(container, container.place)
        self._open.append(container)
        self._keys.append(None)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], LocatedDict) and self._keys[-1] is None

    def _add_scalar(self, event: ScalarEvent, place: Place) -> None:
        if event.style in ("'", '"'):
            self.quoted = event
        if _CONTROL.search(event.value):
            told = in_single_quotes(self._lines[place.line - 1], place.column, "makes an invisible control character")
            raise _Unreadable(told, place)
        text = event.value
        if event.style not in ("'", '"'):
            self._warn_of_swallowed(event)
        if not event.style:
            self._warn_of_doubts(event, place)
            if not self._open and event.value in NULLS[1:]:
                self.report(place, f"{event.value} alone says nothing; delete it, or write what belongs here")
            text = self._without_invisible_ends(event, place) or text_of(event)
        if not self._awaits_key():
            value = text if event.style else self._plain(text, place)
            self._add(secret_of(event.tag, value) if event.tag else value, place)
        elif text == "<<" and not event.style:
            raise _Unreadable("<<: merging is not allowed; write the keys out", place)
        else:
            self._keys[-1] = (text if event.style else self._without_colon(text, event, place), place)

    def _without_colon(self, key: str, event: ScalarEvent, place: Place) -> str:
        """A key whose colon became part of it, as in `{a:, b: 1}`: YAML wants a blank between colon and comma."""
        behind = self._lines[event.end_mark.line][event.end_mark.column :].lstrip()[:1]
        if not key[:-1] or not key.endswith(":") or behind not in (",", "}"):
            return key
        self.report(place, f"put a blank after the colon: {key} …")
        return key[:-1]

    def _without_invisible_ends(self, event: ScalarEvent, place: Place) -> str:
        """A text without quotes, and what its ends hide is told: nobody sees why it equals nothing."""
        text: str = event.value.strip(INVISIBLE)
        if event.value[:1] in INVISIBLE and event.value:
            self.report(place, INVISIBLE_HERE)
        elif text != event.value:
            self.report(Place(self.file, event.end_mark.line + 1, event.end_mark.column), INVISIBLE_HERE)
        return text

    def _warn_of_swallowed(self, event: ScalarEvent) -> None:
        is_item = bool(self._open) and isinstance(self._open[-1], LocatedList)
        for line, column, told in swallowed(self._lines, event, self._path(), is_item=is_item):
            self.findings.append(Finding(self.file, line, told, "warning", column))

    def _warn_of_doubts(self, event: ScalarEvent, place: Place) -> None:
        if not event.value or self._awaits_key():
            return
        behind = self._lines[event.end_mark.line][event.end_mark.column :]
        for told in doubts_of(event.value, behind, self._path()):
            self.findings.append(Finding(self.file, place.line, told, "warning", place.column))

    def _path(self) -> list[str]:
        """The keys that the text being read stands below, the outermost first."""
        opened = zip(self._open, self._keys, strict=True)
        keys = [
            pending[0] if pending else next(reversed(each), None)
            for each, pending in opened
            if isinstance(each, LocatedDict)
        ]
        return [key for key in keys if key is not None]

    def _plain(self, text: str, place: Place) -> Any:
        try:
            return read_plain(text)
        except ValueError as fault:
            self.report(place, str(fault))
            return None

    def _add(self, value: Any, place: Place) -> None:
        if not self._open:
            self._root = value
            return
        container = self._open[-1]
        if isinstance(container, LocatedList):
            container.add(value, place)
            return
        pending = self._keys[-1]
        if pending is None:
            raise AssertionError("a value without a key")
        key, key_place = pending
        self._keys[-1] = None
        if key in container:
            self._refuse_repeated(container, key, key_place)
            return
        container.put(key, value, key_place, place)

    def _refuse_repeated(self, container: LocatedDict, key: str, place: Place) -> None:
        if container is self._restarted:
            return  # the keys of what was meant to be an item of its own
        advice = repeated(key, container, self._path())
        self._restarted = container if advice.startswith("begin") else None
        self.report(place, f"{key} stands here a second time (first in line {container.places[key].line}); {advice}")
