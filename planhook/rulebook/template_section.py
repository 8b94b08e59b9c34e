"""One entry of `templates:`: a rule with parameters."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields

from planhook.core.place import Place
from planhook.rulebook.examples import Map
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList, place_of, texts_in
from planhook.rulebook.parameters import NAME, Argument, parameters_in
from planhook.rulebook.strict import StrictSchema
from planhook.rulebook.suggestion import suggestion
from planhook.rulebook.templates import ROOTS

_BARE = re.compile(rf"\{{\{{\s*({NAME.pattern})\s*(?=[|}}])")
_FILTERED = re.compile(rf"\{{\{{\s*params\.({NAME.pattern})\s*\|")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ROOTED = re.compile(rf"(?<![\w.])({NAME.pattern})\.({NAME.pattern})(?![\w.])")
_ARGUMENT = re.compile(rf"[(,=]\s*({NAME.pattern})\s*(?=[,)])")
MAX_PARTS = 500
MAX_CHARACTERS = 20_000  # each rule has its own copy


class TemplateSchema(StrictSchema):
    """The form of a template. What stands in it is read when a rule uses it."""

    synonyms = {  # noqa: RUF012 - marshmallow collects declared attributes of the class
        **dict.fromkeys(("with", "parameters", "parameter", "param"), "params"),
        **dict.fromkeys(("when", "trigger", "event", "events", "type"), "on"),
        **dict.fromkeys(("condition", "conditions", "where", "only_if"), "if"),
        **dict.fromkeys(("do", "action", "actions"), "then"),
        **dict.fromkeys(("source", "sources"), "from"),
    }

    params = Map("{pipeline: renewals, days: 60}", error_messages={"null": "params: is empty; delete it"})
    on = fields.Raw(required=True, error_messages={"required": "a template needs on: the type of event"})
    sources = fields.Raw(data_key="from", allow_none=True)
    condition = fields.Raw(data_key="if", allow_none=True)
    then = fields.Raw(required=True, error_messages={"required": "a template needs then: what to do"})
    mode = fields.Raw()
    description = fields.Raw()


@dataclass(frozen=True, slots=True)
class RuleTemplate:
    """A template of the right form. `body` is what it gives to rules; `params` has its parameters by name.

    The argument of a parameter is what it stands for when a rule gives nothing; None when a rule has to.
    """

    name: str
    body: LocatedDict
    params: Mapping[str, Argument]


def read_template(file: RuleFile, name: str, findings: Findings) -> RuleTemplate | None:
    """The template of that name, None when something is wrong with it; that is then among the findings."""
    path = ("templates", name)
    data = file.section("templates", LocatedDict)[name]
    if not isinstance(data, LocatedDict):
        findings.add(file, path, "a template is a map, as in {params: …, on: deal.won, then: …}")
        return None
    try:
        TemplateSchema().load(data)
    except ValidationError as fault:
        findings.add_faults(file, path, fault)
        return None
    params: LocatedDict = data.get("params", LocatedDict())
    body = LocatedDict(data.place)
    for key in data:
        if key != "params":
            body.put(key, data[key], data.places[key])
    faults = list(_faults(body, params))
    for place, message in faults:
        findings.add_at(place, message)
    used = {param for param, _ in parameters_in(body, body.place)}
    for param in params if not faults else ():
        if param not in used:
            told = f"the template never uses {param}; write {{{{ params.{param} }}}} where it belongs, or delete it"
            findings.add_at(params.places[param], told, "warning")
    return None if faults else RuleTemplate(name, body, {param: _argument(params, param) for param in params})


def _argument(params: LocatedDict, name: str) -> Argument:
    return Argument(params[name], params.places[name])


def _faults(body: LocatedDict, params: LocatedDict) -> Iterator[tuple[Place, str]]:
    texts = [text for _, text in texts_in(body, ())]
    if _size(body) > MAX_PARTS or sum(map(len, texts)) > MAX_CHARACTERS:
        yield body.place, f"a template has at most {MAX_PARTS} keys and values, {MAX_CHARACTERS:,} characters; split it"
    for param in params:
        if not NAME.fullmatch(param):
            yield params.places[param], f"{param} cannot be a parameter: use only letters, digits and _ for it"
    for param, place in parameters_in(body, body.place):
        if param not in params:
            hint = suggestion(param, params) if params else "write it under params:"
            yield place, f"the template has no parameter {param} ({hint})"
    for path, text in texts_in(body, ()):
        for told in _otherwise(text, params):
            yield place_of(body, path), told


def _otherwise(text: str, params: LocatedDict) -> Iterator[str]:
    """What to say of parameters that are written as other tools write them."""
    for filtered in _FILTERED.finditer(text):
        name = filtered[1]
        yield f"no filter works on a parameter; write {{{{ params.{name} }}}}, and what it shall give under with:"
    for bare in _BARE.finditer(text):
        if bare[1] in params:
            yield f"{bare[1]} is a parameter: write {{{{ params.{bare[1]} }}}}"
    for inside in _PLACEHOLDER.findall(text):
        code = _QUOTED.sub("''", inside)
        for root, name in _ROOTED.findall(code):
            if name in params and root not in ("params", *ROOTS):
                yield f"there is no {root}.{name} (did you mean params.{name}?)"
        for name in _ARGUMENT.findall(code):
            if name in params:
                yield f"{name} is a parameter: write params.{name}"


def _size(data: Any) -> int:
    if isinstance(data, LocatedDict):
        return sum(1 + _size(value) for value in data.values())
    return sum(_size(item) for item in data) if isinstance(data, LocatedList) else 1
