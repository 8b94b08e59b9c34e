"""An example put into the text of a rule file. Not a byte of what is there changes: comments and order stay."""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from planhook.authoring.rule_text import (
    block_text,
    flow_text,
    last_leaf,
    last_part,
    line_end,
    rule_node,
    value_under,
)


def insert_example(text: str, rule: str, example: Mapping[str, Any]) -> str:
    """`text`, a valid rule file, with `example` as the last one of the rule of that name. Raises RuleNotFound."""
    return _inserted(text, rule_node(text, rule), example)


def as_yaml(example: Mapping[str, Any]) -> str:
    """An example as it stands in a rule file, without indent."""
    return block_text([example], 0)


def _inserted(text: str, rule: MappingNode, example: Mapping[str, Any]) -> str:
    examples = value_under(rule, "examples")
    if isinstance(examples, SequenceNode) and examples.flow_style:
        return _into_flow(text, examples, flow_text(example))
    if rule.flow_style:
        return _into_flow(text, rule, f"examples: [{flow_text(example)}]")
    at = _end_of_line(text, rule if examples is None else examples)
    ending = line_end(text, at - 1)
    before = text[:at] if text[at - 1] == "\n" else f"{text[:at]}{ending}"
    if examples is None:
        block = block_text({"examples": [example]}, rule.value[0][0].start_mark.column)
    else:
        block = block_text([example], examples.start_mark.column)
    return before + block.replace("\n", ending) + text[at:]


def _into_flow(text: str, node: MappingNode | SequenceNode, item: str) -> str:
    """Behind the last part of `node`, which stands in brackets; a comma at the end may stay."""
    if not node.value:
        at = node.start_mark.index + 1
        return f"{text[:at]}{item}{text[at:]}"
    at = last_part(node).end_mark.index
    return f"{text[:at]}, {item}{text[at:]}"


def _end_of_line(text: str, node: Node) -> int:
    """Where the line behind a block node begins; blank lines and comments behind it do not belong to it."""
    leaf = last_leaf(node)
    at: int = leaf.end_mark.index
    if isinstance(leaf, ScalarNode) and leaf.style in ("|", ">"):
        at = len(text[:at].rstrip())
    return text.find("\n", at) + 1 or len(text)
