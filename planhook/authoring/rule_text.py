"""Rule files as text: where their parts stand, and values as authors write them."""

import re
from collections.abc import Iterator, Mapping
from copy import copy
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from planhook.core.errors import PlanhookError
from planhook.core.scalar import as_text
from planhook.rulebook.scanner import yaml_reader
from planhook.rulebook.syntax_faults import INVISIBLE

_COLON = re.compile(r"\s*:")
_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_ENDLESS = 1_000_000  # characters: no line is broken for being long


class RuleNotFound(PlanhookError):
    """The file has no rule of that name."""


def rule_node(text: str, name: str) -> MappingNode:
    """The map of the rule of that name in `text`, a valid rule file. Raises RuleNotFound."""
    root = yaml_reader().compose(text)
    rules = value_under(root, "rules") if isinstance(root, MappingNode) else None
    for node in rules.value if isinstance(rules, SequenceNode) else ():
        if isinstance(node, MappingNode):
            written = value_under(node, "name")
            if isinstance(written, ScalarNode) and written.value.strip() == name:
                _settle_empty_values(node, text)
                return node
    raise RuleNotFound(f"no rule called {name!r} is written here")


def _settle_empty_values(node: Node, text: str) -> None:
    """Mark values that are not written behind their colons: the parser marks where the next part of the file begins."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            _settle_empty_values(item, text)
    for key, value in node.value if isinstance(node, MappingNode) else ():
        colon = _COLON.match(text, key.end_mark.index)
        if colon and isinstance(value, ScalarNode) and value.start_mark.index == value.end_mark.index:
            value.start_mark = value.end_mark = copy(key.end_mark)
            value.end_mark.index = colon.end()
        _settle_empty_values(value, text)


def line_end(text: str, at: int) -> str:
    """How the line ends that `at` is in; the last one, which may lack an end, as the one above it."""
    end = text.find("\n", at)
    if end < 0:
        end = text.rfind("\n")
    return "\r\n" if text[max(end - 1, 0) : end] == "\r" else "\n"


def value_under(node: MappingNode, key: str) -> Node | None:
    """What stands behind a key of a map, None without it."""
    return next((value for name, value in node.value if name.value == key), None)


def comments_in(text: str, node: Node) -> Iterator[str]:
    """The comments between the parts of a node, in order."""
    at = node.start_mark.index
    for leaf in _leaves(node):
        yield from _COMMENT.findall(text, at, leaf.start_mark.index)
        at = leaf.end_mark.index


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode | SequenceNode) and node.value:
        for part in node.value:
            for each in part if isinstance(node, MappingNode) else (part,):
                yield from _leaves(each)
    else:
        yield node


def last_leaf(node: Node) -> Node:
    """The last part of a node that does not consist of lines below it."""
    while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        node = last_part(node)
    return node


def last_part(node: MappingNode | SequenceNode) -> Node:
    """The last value or item."""
    last: Node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return last


def block_text(data: Any, column: int) -> str:
    """`data` on lines of its own, each indented by `column` blanks and with its line end."""
    writer = YAML(typ="rt", pure=True)
    writer.default_flow_style = False
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = _ENDLESS
    lines = _written(writer, _plain(data)).removesuffix("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip(" "))
    return "".join(f"{' ' * column}{line[margin:]}\n" for line in lines)


def flow_text(data: Any) -> str:
    """`data` on one line, in brackets where it needs them."""
    writer = YAML(typ="rt", pure=True)
    writer.default_flow_style = True
    writer.width = _ENDLESS
    # A value alone would be followed by the mark of a document's end.
    return " ".join(_written(writer, [_plain(data)]).split("\n")).strip()[1:-1]


def _written(writer: YAML, data: Any) -> str:
    stream = StringIO()
    writer.dump(data, stream)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """A value as rule files take it: numbers without an exponent, texts that begin or end invisibly in quotes."""
    match value:
        case Mapping():
            return {_plain(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case float():
            return int(value) if value.is_integer() else (value if "e" not in repr(value) else as_text(value))
        case str() if value.strip(INVISIBLE) != value:
            return DoubleQuotedScalarString(value)
    return value
