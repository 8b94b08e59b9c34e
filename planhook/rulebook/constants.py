"""Constants under `events:` that are none: quotes that make a name of them, or words that the field never is."""

import re
from collections.abc import Iterator, Mapping

from planhook.rulebook.located import Path, texts_in
from planhook.rulebook.suggestion import closest
from planhook.rulebook.vocabulary import TYPES, WORDS
from planhook.sources.expression_slips import meant_constant

_QUOTED = re.compile(r'"([^"\\]+)"')
_CONSTANT = re.compile(r"'([^'\\]*)'")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# How senders call what says of which type an event is; a name of another kind is more likely the type itself.
_HOLDS_TYPES = re.compile(
    r".*(?:type|event|kind|action|topic|name|trigger|object|method|status|state)s?", re.IGNORECASE
)
_CURRENCY = re.compile(
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|MXN|MYR|NOK|NZD|PHP|PLN"
    "|RON|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR"
)


def doubted_constants(events: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    """Where each of them stands, and what to write."""
    for path, text in texts_in(events, ("events",)):
        if message := _doubt(".".join(str(step) for step in path[1:]), text.strip()):
            yield path, message


def _doubt(field: str, text: str) -> str | None:
    if name := meant_constant(text):
        return f"\"{name}\" in double quotes is a field of the message; write '{name}' for the text"
    quoted, constant = _QUOTED.fullmatch(text), _CONSTANT.fullmatch(text)
    if quoted and _is_value(field, quoted[1]):
        return f"{text} in double quotes is a field of the message; write \"'{quoted[1]}'\" for the text"
    allowed = WORDS.get(field, ())
    if constant and allowed and constant[1].strip().casefold() not in allowed:
        near = closest(constant[1], allowed)
        hint = f" (did you mean {near}?)" if near else ""
        return f"{field} is {', '.join(allowed[:-1])} or {allowed[-1]}, never {constant[1]}{hint}"
    if text.casefold() in allowed or (field == "deal.currency" and _CURRENCY.fullmatch(text)):
        return f"looks for {text} in the message; for a constant write \"'{text}'\""
    return None


def _is_value(field: str, name: str) -> bool:
    """Whether a name is rather what the field is than where it stands."""
    if field == "type":
        return name in TYPES or bool(_WORD.fullmatch(name) and not _HOLDS_TYPES.fullmatch(name))
    return name.casefold() in WORDS.get(field, ()) or bool(field == "deal.currency" and _CURRENCY.fullmatch(name))
