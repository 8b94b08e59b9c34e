"""What an answer says: its JSON, or words for people in one bounded line, never with our token."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import quote

MAX_MESSAGE = 2_000
_MAX_LEAVES = 200
_SPEAKING = ("message", "error", "errmsg", "reason", "detail", "msg")
_REDACTED = "[token]"
UNREADABLE = object()


def leaves(value: object) -> Iterator[tuple[str, str]]:
    """(key it stands under, text) of the texts anywhere in a JSON value, dict keys too; bounded, never recursive."""
    waiting: list[tuple[str, object]] = [("", value)]
    for _ in range(_MAX_LEAVES):
        if not waiting:
            return
        name, found = waiting.pop()
        if isinstance(found, str):
            yield name, found
        elif isinstance(found, Mapping):
            pairs = [(str(key), inner) for key, inner in list(found.items())[:_MAX_LEAVES]]
            yield from (("", key) for key, _ in pairs)
            waiting.extend(reversed(pairs))
        elif isinstance(found, list):
            waiting.extend((name, inner) for inner in reversed(found[:_MAX_LEAVES]))


def words(answer: object) -> str:
    """The server's own words in a body or an error entry: one printable line of at most 2,000 characters."""
    for _ in range(3):  # {"error": {"message": "…"}} and the like
        if not isinstance(answer, Mapping):
            break
        said = next((answer[name] for name in _SPEAKING if answer.get(name)), None)
        if not isinstance(said, str | Mapping):
            break
        answer = said
    if isinstance(answer, Mapping | list):
        answer = " ".join(text for _, text in leaves(answer))
    return tidy("" if answer is None else str(answer))


def tidy(text: str) -> str:
    """One printable line of at most 2,000 characters that any encoder and terminal can take."""
    line = " ".join(text[: 2 * MAX_MESSAGE].split())
    return "".join(char for char in line if char.isprintable())[:MAX_MESSAGE]


def redactor(token: str) -> Callable[[str], str]:
    """A function that blanks the token, also where JSON has escaped it; a closure, so that no attribute holds it."""
    forms = {token, json.dumps(token)[1:-1], token.replace("/", "\\/"), quote(token, safe="")}

    def redact(text: str) -> str:
        for form in forms:
            text = text.replace(form, _REDACTED)
        return text

    return redact


def read_json(body: bytes, redact: Callable[[str], str]) -> Any:
    """The JSON in `body`, redacted and without characters no encoder takes; UNREADABLE if there is none."""
    try:
        document = json.loads(redact(body.decode("utf-8", "replace")), parse_float=_finite, parse_constant=_refuse)
        if b"\\ud" in body or b"\\uD" in body:  # lone surrogates would make every later writer fail
            document = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return UNREADABLE
    return document


def _finite(written: str) -> float:
    number = float(written)
    return number if math.isfinite(number) else _refuse(written)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
