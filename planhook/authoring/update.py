"""Examples rewritten to what their rules really do. Only what differs changes; comments and order stay."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from planhook.authoring.expectation import expectation
from planhook.authoring.rule_text import block_text, comments_in, flow_text, last_leaf, line_end, rule_node, value_under
from planhook.authoring.trial import differences, differing, try_example, try_examples
from planhook.core.calendar import Calendar
from planhook.core.errors import PlanhookError, RulesInvalid
from planhook.core.plan import Decision
from planhook.core.properties import CUSTOM
from planhook.core.rule import Rule
from planhook.core.scalar import as_text
from planhook.rulebook import Rulebook, load_snapshot
from planhook.rulebook.folder import Snapshot, take_snapshot

_INDENT = 2


class UpdateImpossible(PlanhookError):
    """An example stands where it cannot be rewritten; the message says which one."""


@dataclass(frozen=True, slots=True)
class Update:
    """`contents` holds the new text of each file that changes, `places` each example as `file:line`."""

    contents: Mapping[Path, str]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def update_examples(folder: Path) -> Update:
    """What the rule files below `folder` say when every failing example expects what its rule does. Writes nothing.

    Examples whose event is none, or whose rule cannot be carried out, stay as they are. Raises RulesInvalid when the
    files themselves are wrong, and UpdateImpossible.
    """
    snapshot = take_snapshot(folder)
    book = load_snapshot(snapshot, {}, require_env=False)
    contents: dict[Path, str] = {}
    places: list[str] = []
    for name, content in snapshot.files:
        text = content.decode("utf-8")
        edits, lines = _edits(text, [rule for rule in book.every_rule if rule.file == name], book)
        if edits:
            contents[Path(name)] = _edited(text, edits)
            places += [f"{name}:{line}" for line in lines]
    _prove(snapshot, contents, places, try_examples(book).failed)
    return Update(contents, tuple(places))


def _edits(text: str, rules_here: list[Rule], book: Rulebook) -> tuple[list[_Edit], list[int]]:
    edits: list[_Edit] = []
    lines: list[int] = []
    for rule in rules_here:
        for index, example in enumerate(rule.examples):
            try:
                decision = try_example(example, rule, book).decision
            except ValueError:
                continue
            if decision.problem is None and any(differences(example, decision, book.rules.calendar)):
                edits += _edits_of(text, rule, index, decision, book.rules.calendar)
                lines.append(example.line)
    return edits, lines


def _edits_of(text: str, rule: Rule, index: int, decision: Decision, calendar: Calendar) -> Iterator[_Edit]:
    example, expect = _nodes(text, rule, index)
    written = [item.value[0] for item in _items(expect) if isinstance(item, MappingNode)]
    real = expectation(decision)
    if isinstance(real, str) or [key.value for key, _ in written] != [one.action for one in decision.operations]:
        yield _whole(text, example, expect, real)
        return
    expected = rule.examples[index].expect
    for (key, body), operation, wanted, done in zip(written, decision.operations, expected, real, strict=True):
        nodes, values = _flat_nodes(body), _flat_values(done[key.value])
        for name, _, _ in differing(wanted[key.value], operation, calendar):
            yield from _replacements(text, *nodes[name], values.get(name))


def _nodes(text: str, rule: Rule, index: int) -> tuple[MappingNode, Node]:
    """An example, and what it expects."""
    examples = value_under(rule_node(text, rule.name), "examples")
    example = examples.value[index] if isinstance(examples, SequenceNode) else None
    expect = value_under(example, "expect") if isinstance(example, MappingNode) else None
    if not isinstance(example, MappingNode) or expect is None:
        raise UpdateImpossible(f"{rule.file}:{rule.examples[index].line}: this example is not written in its rule")
    return example, expect


def _whole(text: str, example: MappingNode, expect: Node, real: Any) -> _Edit:
    """Another list of actions: below its key, unless the example stands in brackets."""
    key = next(key for key, value in example.value if value is expect)
    edit = _replacement(text, key, expect, real)
    if example.flow_style or not isinstance(real, list) or _is_block(expect):
        return edit
    start = text.index(":", key.end_mark.index) + 1
    return _Edit(start, edit.end, f"\n{block_text(real, key.start_mark.column + _INDENT)}".rstrip())


def _items(expect: Node) -> list[Node]:
    return expect.value if isinstance(expect, SequenceNode) else [expect]


def _flat_nodes(body: MappingNode) -> dict[str, tuple[Node, Node]]:
    """Key and value of each field, custom ones as `custom.<name>`."""
    nodes: dict[str, tuple[Node, Node]] = {}
    for key, value in body.value:
        if key.value == "custom" and isinstance(value, MappingNode):
            nodes |= {f"{CUSTOM}{name.value}": (name, below) for name, below in value.value}
        else:
            nodes[key.value] = (key, value)
    return nodes


def _flat_values(authored: Mapping[str, Any]) -> dict[str, Any]:
    custom = authored.get("custom", {})
    return {**authored, **{f"{CUSTOM}{name}": value for name, value in custom.items()}}


def _replacements(text: str, key: Node, node: Node, value: Any) -> Iterator[_Edit]:
    """`value` in place of `node`; of lists on lines of their own that are equally long only the items that differ."""
    items = node.value if isinstance(node, SequenceNode) and _is_block(node) else ()
    if isinstance(value, list) and len(items) == len(value) and all(isinstance(item, ScalarNode) for item in items):
        for item, one in zip(items, value, strict=True):
            if item.value != as_text(one):
                yield _replacement(text, key, item, one)
    else:
        yield _replacement(text, key, node, value)


def _replacement(text: str, key: Node, node: Node, value: Any) -> _Edit:
    """`value` in place of `node`, on lines of its own where that stood so; comments within `node` stay beside it."""
    leaf = last_leaf(node)
    end = leaf.start_mark.index + len(text[leaf.start_mark.index : leaf.end_mark.index].rstrip())
    margin = " " * node.start_mark.column
    comments = comments_in(text, node) if _is_block(node) else ()
    if _is_block(node) and isinstance(value, list):
        above = "".join(f"{comment}\n{margin}" for comment in comments)
        return _Edit(node.start_mark.index, end, above + block_text(value, node.start_mark.column).strip())
    start = text.index(":", key.end_mark.index) + 1 if _is_block(node) else node.start_mark.index
    below = "".join(f"\n{margin}{comment}" for comment in comments)
    return _Edit(start, end, f"{'' if text[start - 1].isspace() else ' '}{flow_text(value)}{below}")


def _is_block(node: Node) -> bool:
    return isinstance(node, CollectionNode) and not node.flow_style


def _edited(text: str, edits: list[_Edit]) -> str:
    """`text` with all edits; new lines end as those where they stand."""
    changed = text
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        written = edit.text.replace("\n", line_end(text, edit.start))
        changed = f"{changed[: edit.start]}{written}{changed[edit.end :]}"
    return changed


def _prove(snapshot: Snapshot, contents: Mapping[Path, str], places: list[str], failed: int) -> None:
    """Raise UpdateImpossible unless with the new contents all those examples pass."""
    files = tuple(
        (name, contents[Path(name)].encode() if Path(name) in contents else old) for name, old in snapshot.files
    )
    try:
        after = try_examples(load_snapshot(replace(snapshot, files=files), {}, require_env=False))
    except RulesInvalid as invalid:
        raise UpdateImpossible(f"the files would be wrong afterwards, so nothing was written: {invalid}") from None
    if after.failed != failed - len(places):
        raise UpdateImpossible("some examples would fail all the same, so nothing was written; write them by hand")
