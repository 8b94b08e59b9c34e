"""`{{ params.x }}` in a template of rules: filled when the files are read, with what a rule gives."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError

from planhook.core.place import Place
from planhook.core.scalar import as_text
from planhook.rulebook.findings import Findings
from planhook.rulebook.located import LocatedDict, LocatedList, used_in
from planhook.rulebook.templates import parse_template

MAX_INSIDE = 500  # characters of one value inside a text: each rule has its own copy of the text
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ALONE = rf"\{{\{{\s*params\.({NAME.pattern})\s*\}}\}}"
_ARGUMENT = rf"(?<=[(,=])\s*params\.({NAME.pattern})\s*(?=[,)])"  # of a filter, as in lookup(params.table)
_USE = re.compile(f"{_ALONE}|{_ARGUMENT}")
_FITTING = (1, "09:00", "%d", "x")  # one of these fits any argument of a filter


@dataclass(frozen=True, slots=True)
class Argument:
    """What a parameter stands for, and where that was written."""

    value: Any
    place: Place


def parameters_in(data: Any, place: Place) -> Iterator[tuple[str, Place]]:
    """Each parameter that stands in `data`, keys of maps included, and where."""
    if isinstance(data, str):
        for match in _USE.finditer(data):
            yield match[1] or match[2], place
    elif isinstance(data, LocatedDict):
        for key, value in data.items():
            yield from parameters_in(key, data.places[key])
            yield from parameters_in(value, data.places[key])
    elif isinstance(data, LocatedList):
        for item, item_place in zip(data, data.places, strict=True):
            yield from parameters_in(item, item_place)


def _fault(text: str) -> str | None:
    try:
        parse_template(text)
    except ValidationError as fault:
        return str(fault.messages[0])
    return None


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills the parts of a template for the rule at `user`; `arguments` has every parameter that stands in them."""

    arguments: Mapping[str, Argument]
    user: Place
    findings: Findings

    def fill(self, data: Any, place: Place) -> tuple[Any, Place]:
        """A copy of `data`, which stands at `place`, with values for parameters, and where it comes from."""
        here = replace(place, used_in=self.user)
        if isinstance(data, LocatedDict):
            return self._map(data), here
        if isinstance(data, LocatedList):
            filled = [self.fill(item, each) for item, each in zip(data, data.places, strict=True)]
            where = replace(data.place, used_in=self.user)
            return LocatedList(where, [item for item, _ in filled], [each for _, each in filled]), here
        if not isinstance(data, str):
            return data, here
        if alone := re.fullmatch(rf"\s*{_ALONE}\s*", data):
            given = self.arguments[alone[1]]
            return used_in(given.value, place), replace(given.place, used_in=place)
        return self._text(data, here), here

    def _map(self, data: LocatedDict) -> LocatedDict:
        filled = LocatedDict(replace(data.place, used_in=self.user))
        for key, value in data.items():
            name = self._text(key, replace(data.places[key], used_in=self.user))
            if name in filled:
                self.findings.add_at(replace(data.places[key], used_in=self.user), f"{name} stands here a second time")
            filled.put(name, *self.fill(value, data.places[key]))
        return filled

    def _text(self, text: str, place: Place) -> str:
        filled = self._with(text, place, self.arguments)
        for_filters = dict.fromkeys(match[2] for match in _USE.finditer(text) if match[2])
        fault = _fault(filled) if for_filters else None
        for name in for_filters if fault else ():
            argument = self.arguments[name]
            for fitting in _FITTING:
                other = self._with(text, place, {**self.arguments, name: replace(argument, value=fitting)})
                if _fault(other) is None:  # so it is the argument that is wrong, and not the text of the template
                    self.findings.add_at(replace(argument.place, used_in=place), str(fault))
                    return other
        return filled

    def _with(self, text: str, place: Place, arguments: Mapping[str, Argument]) -> str:
        return _USE.sub(lambda match: self._words(match, place, arguments), text)

    def _words(self, match: re.Match[str], place: Place, arguments: Mapping[str, Argument]) -> str:
        name = match[1] or match[2]
        value = arguments[name].value
        words = as_text(value)
        if words is None:
            kind = "a list" if isinstance(value, list) else "a map"
            self.findings.add_at(place, f"{name} is {kind}, which cannot stand inside a text; give one value")
            return ""
        if len(words) > MAX_INSIDE:
            self.findings.add_at(place, f"{name} has more than {MAX_INSIDE} characters, too many inside a text")
            return ""
        return words if match[1] else repr(value)
