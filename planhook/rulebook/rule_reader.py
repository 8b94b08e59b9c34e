"""The rules of files, each read by itself: what is wrong with one hides nothing of the others."""

from typing import Any

from marshmallow import ValidationError

from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.rulebook.broken_examples import without_broken_examples
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict
from planhook.rulebook.rule_schema import RuleSchema, slug


class RuleReader:
    """Reads rules. Faults of examples are kept apart in `of_examples`: a rule can be judged without them."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.of_examples = Findings()
        self._names: dict[str, Place] = {}

    def read(self, schema: RuleSchema, file: RuleFile, index: int) -> Rule | None:
        """The rule at `index` of a file, without broken examples; None when anything else is wrong with it."""
        data = file.data["rules"][index]
        self._check_name(file, index, data)
        try:
            return schema.load(data)  # type: ignore[no-any-return]  # marshmallow does not know what a schema makes
        except ValidationError as fault:
            if (rule := _without_broken_examples(schema, data, fault)) and not file.is_partial(data):
                self.of_examples.add_faults(file, ("rules", index), fault)
                return rule
            faults = _without_missing(fault, data) if file.is_partial(data) else fault
            self._findings.add_faults(file, ("rules", index), faults)
            return None

    def _check_name(self, file: RuleFile, index: int, data: Any) -> None:
        name = data.get("name") if isinstance(data, LocatedDict) else None
        if not isinstance(name, str | int) or not str(name).strip():
            return  # the schema says so
        here = file.where("rules", index, "name")
        first = self._names.setdefault(slug(str(name)), here)
        if first != here:
            told = f"two rules are called {name}, here and in {first} (signs and case make no difference); rename one"
            self._findings.add_at(here, told)


def _without_broken_examples(schema: RuleSchema, data: Any, fault: ValidationError) -> Rule | None:
    right = without_broken_examples(data, fault)
    try:
        return None if right is None else schema.load(right)
    except ValidationError:
        return None  # what else is wrong was left out, for it follows from the examples


def _without_missing(fault: ValidationError, rule: LocatedDict) -> ValidationError:
    """What is wrong with the keys that a rule has, of which others could not be read."""
    messages: dict[str, Any] = fault.normalized_messages()  # type: ignore[no-untyped-call]  # marshmallow has no type there
    return ValidationError({key: told for key, told in messages.items() if key in rule})
