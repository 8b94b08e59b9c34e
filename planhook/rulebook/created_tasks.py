"""The tasks that rules create, by how their keys are written."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Placeholder, Template
from planhook.rulebook.orphans import key_made_for, may_equal

_SOURCE = "event.source"
_GAP = "\0"


@dataclass(frozen=True, slots=True)
class Created:
    """A task that `action` of `rule` creates."""

    rule: Rule
    action: ActionTemplate

    @property
    def key(self) -> Template:
        return self.action.key or key_made_for(self.rule)


class CreatedTasks:
    """All of them. `sources` are names that may stand in a key in the place of the event's own."""

    def __init__(self, rules: Sequence[Rule], sources: Collection[str]) -> None:
        self._sources = sources
        self._by_key: dict[str, list[Created]] = {}
        self._by_shape: dict[str, list[Created]] = {}
        for created in (Created(rule, action) for rule in rules for action in rule.then if action.action == "create"):
            self._by_key.setdefault(repr(created.key.parts), []).append(created)
            for shape in self._shapes(created.key):
                self._by_shape.setdefault(shape, []).append(created)

    def of(self, key: Template) -> Sequence[Created]:
        """Those whose key is written like `key`."""
        return self._by_key.get(repr(key.parts), ())

    def perhaps_of(self, key: Template) -> Iterator[Created]:
        """Those that may be meant by `key` although theirs is written otherwise: with the same text around its gaps."""
        alike = (created for shape in self._shapes(key) for created in self._by_shape.get(shape, ()))
        return (created for created in alike if may_equal(created.key, key))

    def _shapes(self, key: Template) -> set[str]:
        """The text around the gaps of a key, and what it is for each source where the event's has a place in it."""
        has_source = any(isinstance(part, Placeholder) and part.path == _SOURCE for part in key.parts)
        return {_shape(key, _GAP), *(_shape(key, name) for name in self._sources if has_source)}


def _shape(key: Template, source: str) -> str:
    texts = (part if isinstance(part, str) else source if part.path == _SOURCE else _GAP for part in key.parts)
    return "".join(texts)
