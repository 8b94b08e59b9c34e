"""The reasons of ends: each that the code gives has its words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from planhook.core.reason import APPLIED, NAMED, REFUSED, RULE_PROBLEM, TROUBLED, UNUSABLE, WAITS, reason_of

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("planhook/**/*.py"), *ROOT.glob("workers/*.py")]
LUA = [*ROOT.glob("planhook/store/lua/**/*.lua")]


class _Module:
    """What a module may say under a name: the texts that are assigned to it, returned by it or held in it."""

    def __init__(self, file: Path) -> None:
        self.nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        self.keywords = ("ignored", "reason") if file.name == "planner.py" else ("ignored",)

    def reasons(self) -> Iterator[str]:
        """Every text that becomes the `ignored` or the `reason` of an event, or of a binding that is broken."""
        for node in self.nodes:
            if isinstance(node, ast.keyword) and node.arg in self.keywords:
                yield from self.texts(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Binding":
                yield from self.texts(node.args[2]) if len(node.args) > 2 else ()

    def texts(self, node: ast.expr, depth: int = 0) -> Iterator[str]:
        if depth > 5:
            return
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp(body=one, orelse=other):
                yield from self.texts(one, depth)
                yield from self.texts(other, depth)
            case ast.Dict(values=values):
                for value in values:
                    yield from self.texts(value, depth)
            case ast.Name(id=name):
                yield from self.assigned(name, depth + 1)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                yield from self.returned(name, depth + 1)
            case ast.Call(func=ast.Attribute(value=held, attr="get"), args=args):
                for part in (held, *args[1:]):
                    yield from self.texts(part, depth)

    def assigned(self, name: str, depth: int) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.Assign) and any(
                isinstance(one, ast.Name) and one.id == name for one in node.targets
            ):
                yield from self.texts(node.value, depth)

    def returned(self, name: str, depth: int) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value:
                        yield from self.texts(inner.value, depth)


def ignored_by_code() -> set[str]:
    found = {text for file in FILES for text in _Module(file).reasons()}
    return found | {text for status, text in moves() if status == "ignored"}


def moves() -> set[tuple[str, str]]:
    return {
        found for file in LUA for found in re.findall(r"move\([\w\[\]]+, '(\w+)', '([^']+)'", file.read_text("utf-8"))
    }


def test_the_code_is_understood_well_enough_to_find_its_reasons() -> None:
    assert {"thin", "reply", "sync", "test", "not the organiser", "no rule", "unsubscribed"} <= ignored_by_code()
    assert {("waiting", "held"), ("dead", "absent"), ("ignored", "superseded")} <= moves()


def test_every_reason_that_the_code_gives_has_its_words_and_no_other_has() -> None:
    assert {row.text for row in NAMED if row.status == "ignored"} == ignored_by_code()


@pytest.mark.parametrize(("status", "text"), sorted(moves()))
def test_every_reason_of_the_store_has_its_words(status: str, text: str) -> None:
    assert reason_of(status, text) in NAMED


@pytest.mark.parametrize("row", [row for row in NAMED if row.status != "ignored"], ids=lambda row: str(row.text))
def test_what_the_code_begins_a_reason_with_stands_in_it(row: object) -> None:
    begin = str(getattr(row, "text", "")).partition("…")[0]
    everything = "\n".join(file.read_text("utf-8") for file in (*FILES, *LUA) if file.name != "reason.py")

    assert begin.strip(": ") in everything


@pytest.mark.parametrize(
    ("status", "text", "refused", "problems", "expected"),
    [
        ("applied", "", [], [], APPLIED),
        ("waiting", "", [], [], WAITS),
        ("waiting", "Planhat refuses PLANHAT_API_TOKEN", [], [], TROUBLED),
        ("dead", "HTTP 422: no such company", [None, "HTTP 422: no such company"], [], REFUSED),
        ("dead", "A: create: deal.name has no value", [], [None, "create: deal.name has no value"], RULE_PROBLEM),
        ("dead", "the deal has no id", [], [None], UNUSABLE),
        ("ignored", "something new", [], [], None),
    ],
)
def test_free_text_is_told_by_what_led_to_it(
    status: str, text: str, refused: list[str | None], problems: list[str | None], expected: object
) -> None:
    assert reason_of(status, text, refused=refused, problems=problems) is expected


def test_a_pattern_takes_any_words_in_its_gaps() -> None:
    found = reason_of("dead", "failed 5 times: (HTTP 500)\nsorry", refused=["failed 5 times: (HTTP 500)\nsorry"])

    assert found is not None
    assert found.text == "failed … times: …"
