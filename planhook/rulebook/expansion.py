"""Rules made whole before anything else looks at them: what templates and defaults give stands in them as if written.

Each part keeps its place, so that a finding names the file to edit, and the rule that uses it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from planhook.core.calendar import Calendar
from planhook.rulebook.defaults import Defaults
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.misplaced import RULE_KEYS
from planhook.rulebook.parameters import Argument, Filler
from planhook.rulebook.rule_schema import RuleSchema
from planhook.rulebook.suggestion import closest, suggestion
from planhook.rulebook.template_section import RuleTemplate

_TEMPLATE_ONLY = ("on", "then")


def expand(files: Sequence[RuleFile], templates: "Templates", defaults: Defaults) -> list[RuleFile]:
    """The files with whole rules. A rule whose template cannot be used is left out; the findings say why."""
    expanded = [_expand(file, templates, defaults) for file in files]
    templates.warn_of_unused()
    return expanded


def _expand(file: RuleFile, templates: "Templates", defaults: Defaults) -> RuleFile:
    rules = file.section("rules", LocatedList)
    whole = LocatedList(rules.place)
    for index, (rule, place) in enumerate(zip(rules, rules.places, strict=True)):
        uses = isinstance(rule, LocatedDict) and "use" in rule
        if file.is_partial(rule) and {"use", "with"} & set(rule):
            continue  # what its template is given may stand in what could not be read
        made = templates.apply(rule) if uses else rule
        if made is None and uses:
            templates.check_alone(file, index, rule)
        else:
            whole.add(defaults.apply(file, made) if isinstance(made, LocatedDict) else made, place)
    data = file.data.copy_of()
    if rules:
        data["rules"] = whole
    return replace(file, data=data)


class Templates:
    """The templates of all files by name, None for one that is wrong.

    Unless `complete`, a part could not be read: templates may stand there, and rules that use them.
    """

    def __init__(
        self, known: dict[str, tuple[RuleFile, RuleTemplate | None]], findings: Findings, *, complete: bool
    ) -> None:
        self._known = known
        self._findings = findings
        self._complete = complete
        self._used: set[str] = set()

    def apply(self, rule: LocatedDict) -> LocatedDict | None:
        """A copy of `rule`, which has `use:`, with what its template gives; None when something is wrong."""
        name = rule["use"]
        place = rule.places["use"]
        if isinstance(name, bool | dict | list | None):
            self._findings.add_at(place, "use takes the name of a template")
            self._used.update(self._known)  # one of them was meant
            return None
        self._used.add(str(name))
        _, template = self._known.get(str(name), (None, None))
        if str(name) not in self._known and self._complete:
            hint = suggestion(str(name), self._known) if self._known else "write it under templates:"
            self._findings.add_at(place, f"there is no template {name} ({hint})")
            self._used.update(self._known)  # one of them was meant
        if template is None:
            return None
        twice = [key for key in _TEMPLATE_ONLY if key in rule]
        for key in twice:
            told = f"{key} comes from the template ({template.body.places[key]}); delete it here"
            self._findings.add_at(rule.places[key], told)
        arguments = self._arguments(rule, template)
        return None if twice or arguments is None else self._merged(rule, template, arguments)

    def check_alone(self, file: RuleFile, index: int, rule: LocatedDict) -> None:
        """Add what is wrong with the own keys of a rule whose template cannot be used."""
        faults = RuleSchema(Calendar(), file=file.name, allow_delete=True).validate(rule, partial=True)
        _, template = self._known.get(str(rule["use"]), (None, None))
        told_elsewhere = ("use", "with", *_TEMPLATE_ONLY, *(template.params if template else ()))
        own = {key: told for key, told in faults.items() if key not in told_elsewhere}
        if own:
            self._findings.add_faults(file, ("rules", index), ValidationError(own))

    def warn_of_unused(self) -> None:
        """Add a warning for each template that no rule uses; none when not all rules are known."""
        for name, (file, template) in self._known.items() if self._complete else ():
            if template is not None and name not in self._used:
                message = f"no rule uses the template {name}, so what it does is not checked"
                self._findings.add(file, ("templates", name), message, "warning")

    def _arguments(self, rule: LocatedDict, template: RuleTemplate) -> dict[str, Argument] | None:
        given: Any = rule.get("with", LocatedDict())
        if not isinstance(given, LocatedDict):
            example = next(iter(template.params), "product")
            self._findings.add_at(rule.places["with"], f"with takes a map of parameters, as in {{{example}: …}}")
            return None
        faults = []
        for name, value in given.items():
            if name not in template.params:
                hint = suggestion(name, template.params) if template.params else "it takes none"
                faults.append((given.places[name], f"the template {template.name} has no parameter {name} ({hint})"))
            elif value is None:
                faults.append((given.places[name], f"{name} is empty; give it a value"))
        own = {name: Argument(value, given.places[name]) for name, value in given.items()}
        arguments = {**template.params, **own}
        meant = {closest(name, template.params) for name in given if name not in template.params}
        empty = [name for name, argument in arguments.items() if argument.value is None and name not in given]
        lacking = [name for name in empty if name not in meant]
        beside = [name for name in lacking if name in rule and name not in RULE_KEYS]
        faults += [
            (rule.places[name], f"{name} is a parameter of the template; write it below with:") for name in beside
        ]
        lacking = [name for name in lacking if name not in beside]
        if lacking:
            place = rule.places["with" if "with" in rule else "use"]
            faults.append((place, f"the template {template.name} needs {' and '.join(lacking)}; write it under with:"))
        for place, message in faults:
            self._findings.add_at(place, message)
        return None if faults else arguments

    def _merged(self, rule: LocatedDict, template: RuleTemplate, arguments: dict[str, Argument]) -> LocatedDict:
        filler = Filler(arguments, rule.places["use"], self._findings)
        whole = rule.copy_of()
        for key, value in template.body.items():
            filled, place = filler.fill(value, template.body.places[key])
            if key not in rule:
                whole.put(key, filled, place)
            elif key == "if":
                both = LocatedDict(rule.places["if"])
                parts = [filled, rule["if"]]
                both.put("all", LocatedList(both.place, parts, [place, rule.places["if"]]), rule.places["if"])
                whole["if"] = both
        return whole
