"""JMESPath expressions of a source's `events`, compiled once."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import IncompleteExpressionError, JMESPathError
from marshmallow import ValidationError, fields

from planhook.core.event import JSON
from planhook.sources.expression_faults import remedy
from planhook.sources.expression_slips import is_too_deep, wrong_call

_MAX_LENGTH = 1000
_PLAIN_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_PLAIN_HEADER = re.compile(r"headers\.([A-Za-z0-9-]+)")


@dataclass(frozen=True)
class Expression:
    """One expression; `text` is what the author wrote."""

    text: str
    search: Callable[[JSON], JSON] = field(compare=False)  # follows from the text
    reads_headers: bool

    def find(self, item: JSON, headers: Mapping[str, str]) -> JSON:
        """What the expression finds, None for nothing. Raises ValueError when it cannot work on this item."""
        try:
            return self.search({"headers": dict(headers)} if self.reads_headers else item)
        except JMESPathError:
            raise ValueError(f"cannot be read: `{self.text}` does not fit this item") from None


ExpressionTree = Expression | Mapping[str, "ExpressionTree"]


def compile_expression(text: str) -> Expression:
    """Raises ValidationError when `text` is no JMESPath."""
    plain = _PLAIN_HEADER.fullmatch(text.strip())
    source = f'headers."{plain[1].lower()}"' if plain else text
    if len(text) > _MAX_LENGTH:
        raise ValidationError(f"is longer than {_MAX_LENGTH} characters")
    try:
        parsed = jmespath.compile(source)
    except (JMESPathError, RecursionError) as fault:
        advice = remedy(text, lacks_end=isinstance(fault, IncompleteExpressionError))
        raise ValidationError(f"is no JMESPath expression: {text} ({advice})") from None
    if is_too_deep(parsed.parsed):
        raise ValidationError("goes too deep: write fewer brackets and signs")
    if wrong := wrong_call(parsed.parsed):
        raise ValidationError(wrong)
    search = _member_of(source.split(".")) if _PLAIN_PATH.fullmatch(source) else parsed.search
    return Expression(text, search, text.lstrip().startswith("headers."))


def _member_of(path: Sequence[str]) -> Callable[[JSON], JSON]:
    """What JMESPath finds for names joined by dots, in a tenth of its time."""

    def search(item: JSON) -> JSON:
        for name in path:
            item = item.get(name) if isinstance(item, dict) else None
        return item

    return search


def find_all(tree: ExpressionTree, item: JSON, headers: Mapping[str, str]) -> JSON:
    """A tree of expressions filled in; branches that find nothing are None. Raises ValueError."""
    if isinstance(tree, Expression):
        return tree.find(item, headers)
    found = {name: find_all(branch, item, headers) for name, branch in tree.items()}
    return found if any(value is not None for value in found.values()) else None


def reads_headers(trees: Iterable[ExpressionTree]) -> bool:
    """Whether any expression of the trees looks into the headers of the request."""
    return any(tree.reads_headers if isinstance(tree, Expression) else reads_headers(tree.values()) for tree in trees)


class ExpressionField(fields.Field[ExpressionTree]):
    """An expression; with `nested` also a map of them."""

    def __init__(self, *, nested: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self.nested = nested

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> ExpressionTree:
        if isinstance(value, str):
            return compile_expression(str(value))
        if not self.nested or not isinstance(value, Mapping):
            raise ValidationError("must be a JMESPath expression")
        return read_each(value, lambda _, each: self._deserialize(each))


def read_each(given: Mapping[str, Any], read: Callable[[str, Any], ExpressionTree]) -> Mapping[str, ExpressionTree]:
    """`read(key, value)` by key. Raises ValidationError with the messages of all that failed, by key."""
    found: dict[str, ExpressionTree] = {}
    errors: dict[str, Any] = {}
    for key, value in given.items():
        try:
            found[str(key)] = read(str(key), value)
        except ValidationError as fault:
            errors[str(key)] = fault.messages
    if errors:
        raise ValidationError(errors)
    return found
