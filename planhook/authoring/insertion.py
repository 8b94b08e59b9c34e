"""An example put into the text of a rule file. Not a byte of what is there changes: comments and order stay."""

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from planhook.core.errors import PlanhookError
from planhook.core.scalar import as_text

_ENDLESS = 1_000_000  # characters: no line is broken for being long


class RuleNotFound(PlanhookError):
    """The file has no rule of that name."""


def insert_example(text: str, rule: str, example: Mapping[str, Any]) -> str:
    """`text`, a valid rule file, with `example` as the last one of the rule of that name. Raises RuleNotFound."""
    ending = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    changed = _inserted(plain, _rule_node(plain, rule), _plain(example))
    return changed.replace("\n", ending)


def as_yaml(example: Mapping[str, Any]) -> str:
    """An example as it stands in a rule file, without indent."""
    return _block([_plain(example)], 0)


def _rule_node(text: str, name: str) -> MappingNode:
    root = YAML(typ="safe", pure=True).compose(text)
    rules = _value(root, "rules") if isinstance(root, MappingNode) else None
    for node in rules.value if isinstance(rules, SequenceNode) else ():
        if isinstance(node, MappingNode):
            written = _value(node, "name")
            if isinstance(written, ScalarNode) and written.value.strip() == name:
                return node
    raise RuleNotFound(f"no rule called {name!r} is written here")


def _value(node: MappingNode, key: str) -> Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _inserted(text: str, rule: MappingNode, example: Mapping[str, Any]) -> str:
    examples = _value(rule, "examples")
    if isinstance(examples, SequenceNode) and examples.flow_style:
        return _into_flow(text, examples, _flow(example))
    if rule.flow_style:
        return _into_flow(text, rule, f"examples: [{_flow(example)}]")
    at = _end_of_line(text, rule if examples is None else examples)
    before = text[:at] if text[at - 1] == "\n" else f"{text[:at]}\n"
    if examples is None:
        block = _block({"examples": [example]}, rule.value[0][0].start_mark.column)
    else:
        block = _block([example], examples.start_mark.column)
    return f"{before}{block}{text[at:]}"


def _into_flow(text: str, node: MappingNode | SequenceNode, item: str) -> str:
    """Behind the last part of `node`, which stands in brackets; a comma at the end may stay."""
    if not node.value:
        at = node.start_mark.index + 1
        return f"{text[:at]}{item}{text[at:]}"
    at = _last_part(node).end_mark.index
    return f"{text[:at]}, {item}{text[at:]}"


def _end_of_line(text: str, node: Node) -> int:
    """Where the line behind a block node begins; blank lines and comments behind it do not belong to it."""
    leaf = _last_leaf(node)
    at: int = leaf.end_mark.index
    if isinstance(leaf, ScalarNode) and leaf.style in ("|", ">"):
        at = len(text[:at].rstrip())
    return text.find("\n", at) + 1 or len(text)


def _last_leaf(node: Node) -> Node:
    while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        node = _last_part(node)
    return node


def _last_part(node: MappingNode | SequenceNode) -> Node:
    last: Node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return last


def _block(data: Any, column: int) -> str:
    writer = YAML(typ="rt", pure=True)
    writer.default_flow_style = False
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = _ENDLESS
    lines = _written(writer, data).removesuffix("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip(" "))
    return "".join(f"{' ' * column}{line[margin:]}\n" for line in lines)


def _flow(data: Any) -> str:
    writer = YAML(typ="rt", pure=True)
    writer.default_flow_style = True
    writer.width = _ENDLESS
    return " ".join(_written(writer, data).split("\n")).strip()


def _written(writer: YAML, data: Any) -> str:
    stream = StringIO()
    writer.dump(data, stream)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """Numbers that YAML would write with an exponent, which rule files take for text, written out as text."""
    match value:
        case Mapping():
            return {name: _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case float():
            return int(value) if value.is_integer() else (value if "e" not in repr(value) else as_text(value))
    return value
