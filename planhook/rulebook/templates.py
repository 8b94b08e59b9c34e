"""Text of a rule to a `Template`. Jinja2 reads it; an allow-list of its nodes says what may stand there."""

from typing import Any

import jinja2
from jinja2 import nodes
from marshmallow import ValidationError

from planhook.core.filters import FILTERS
from planhook.core.template import Filter, Placeholder, Template
from planhook.rulebook.filter_words import WITH_ARGUMENTS, meant_clock, meant_filter
from planhook.rulebook.placeholder_faults import forbidden, not_allowed, unreadable
from planhook.rulebook.vocabulary import meant_path

MAX_TEXT = 20_000
ROOTS = ("event", "deal", "meeting", "changes", "payload")
_NO_PATH = (
    "a placeholder begins with a path of the event; write the value itself without {{ }},"
    " or look a path up, as in {{ deal.owner_id | lookup('owners') }}"
)
_PARAMETER = (
    "a parameter is filled in templates only: alone, as in {{ params.product }}, or for a filter, as in"
    " lookup(params.table)"
)
_NOTHING = ("null", "nil", "undefined", "empty")
_READER = jinja2.Environment(keep_trailing_newline=True, autoescape=False)  # noqa: S701 - it only parses, never renders


def parse_template(text: str) -> Template:
    """Cut `text` into literal pieces and placeholders. Raises ValidationError with what is allowed instead."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Template(text, (text,) if text else ())
    if len(text) > MAX_TEXT:
        raise ValidationError(f"this text is longer than {MAX_TEXT:,} characters")
    return Template(text, tuple(_parts(_parse(text))))


def placeholders(template: Template) -> list[Placeholder]:
    """The placeholders of a template, in order."""
    return [part for part in template.parts if isinstance(part, Placeholder)]


def _parse(text: str) -> nodes.Template:
    # Jinja drops comments silently: half of a text would be missing, and nobody would know why.
    if "{#" in text:
        raise ValidationError(not_allowed("{#"))
    try:
        return _READER.parse(text)
    except jinja2.TemplateSyntaxError as fault:
        raise ValidationError(unreadable(fault.message or "", text)) from None
    except ValueError as fault:  # a number of thousands of digits
        raise ValidationError(f"this placeholder cannot be read: {fault}") from None
    except RecursionError:
        raise ValidationError("this placeholder is nested too deeply") from None


def _parts(tree: nodes.Template) -> list[str | Placeholder]:
    parts: list[str | Placeholder] = []
    for statement in tree.body:
        if not isinstance(statement, nodes.Output):
            raise ValidationError(not_allowed("{% … %}"))
        parts.extend(
            node.data if isinstance(node, nodes.TemplateData) else _placeholder(node) for node in statement.nodes
        )
    return parts


def _placeholder(node: nodes.Expr) -> Placeholder:
    filters: list[Filter] = []
    while isinstance(node, nodes.Filter) and node.node is not None:
        filters.append(_filter(node))
        node = node.node
    return Placeholder(_path(node), tuple(reversed(filters)))


def _path(node: nodes.Expr) -> str:
    steps: list[str] = []
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and node.node.name not in ROOTS:
        _refuse_index(node.arg, node.node.name)
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        steps.append(node.attr if isinstance(node, nodes.Getattr) else _subscript(node.arg))
        node = node.node
    if isinstance(node, nodes.Const) and not steps:
        raise ValidationError(_NO_PATH)
    if not isinstance(node, nodes.Name):
        raise ValidationError(forbidden(node))
    if node.name == "params":
        raise ValidationError(_PARAMETER)
    if node.name not in ROOTS:
        meant = meant_path(".".join([node.name, *reversed(steps)]))
        raise ValidationError(f"{node.name} is no part of an event ({meant})")
    return ".".join([node.name, *reversed(steps)])


def _refuse_index(index: nodes.Expr, table: str) -> None:
    """Raise ValidationError for `companies[deal.company_id]`: that is how other tools look a value up."""
    if isinstance(index, nodes.Getattr | nodes.Getitem):
        raise ValidationError(f"a table is no list: write {{{{ {_path(index)} | lookup('{table}') }}}}")


def _subscript(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Const) and isinstance(node.value, str | int) and not isinstance(node.value, bool):
        return str(node.value)
    raise ValidationError("between [ ] only a number or a text in quotes is allowed, as in payload['Deal size']")


def _filter(node: nodes.Filter) -> Filter:
    if node.name not in FILTERS:
        written = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
        raise ValidationError(f"there is no filter {node.name} ({meant_filter(node.name, written)})")
    if node.dyn_args or node.dyn_kwargs:
        raise ValidationError(f"* is not allowed in the arguments of the filter {node.name}")
    arguments = tuple(_constant(argument, node.name) for argument in node.args)
    named = {str(pair.key): _constant(pair.value, node.name) for pair in node.kwargs}
    parsed = Filter(node.name, arguments, named)
    if parsed.fault:
        needs_example = node.name in WITH_ARGUMENTS and " must be " not in parsed.fault
        clock = meant_clock(arguments[0]) if node.name == "at" and arguments else None
        advice = f"; write '{clock}'" if clock else f", as in {WITH_ARGUMENTS[node.name]}" if needs_example else ""
        raise ValidationError(parsed.fault + advice)
    if node.name == "date" and not any("%" in str(layout) for layout in (*arguments, *named.values())):
        raise ValidationError("this date layout gives the same text for every day; write it as in date('%d.%m.%Y')")
    return parsed


def _constant(node: nodes.Expr, filter_name: str) -> Any:
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const) and isinstance(node.node.value, int | float):
        return -node.node.value
    word = node.name if isinstance(node, nodes.Name) and node.name not in _NOTHING else "…"
    raise ValidationError(
        f"an argument of the filter {filter_name} must be a number or a text in quotes, as in {filter_name}('{word}')"
    )
