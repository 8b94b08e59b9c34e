"""Names that only the tenant knows, statuses and custom fields: what somebody who misspelt one meant. Pure."""

import difflib
from collections.abc import Collection, Iterable

OUTCOMES = ("Done", "Ignored")  # the statuses that every Planhat has; the others are the tenant's own

_SHORTEST = 4  # letters; in a shorter word one wrong letter makes another word


def meant_status(status: str, others: Iterable[str]) -> str | None:
    """The status that somebody who wrote `status` probably meant; None when it is one of `others`, or like none.

    `others` are statuses of tasks that people made. Planhat saves any text as a status.
    """
    known = {*OUTCOMES, *others}
    if status in known:
        return None
    return next((other for other in sorted(known) if _is_slip(_letters(status), _letters(other))), None)


def meant_field(name: str, known: Collection[str]) -> str | None:
    """The custom field of `known` that is most like `name`, if any is."""
    by_letters = {_letters(field): field for field in known}
    near = difflib.get_close_matches(_letters(name), by_letters, n=1, cutoff=0.7)
    return by_letters[near[0]] if near else None


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _is_slip(written: str, meant: str) -> bool:
    """Whether two words are one but for case, blanks and hyphens, or for a single letter that no number is made of."""
    if written == meant:
        return bool(written)
    if min(len(written), len(meant)) < _SHORTEST:
        return False
    one, other = _without_same_start(written, meant)
    one, other = _without_same_start(one[::-1], other[::-1])
    if any(sign.isdigit() for sign in one + other):
        return False
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


def _without_same_start(one: str, other: str) -> tuple[str, str]:
    same = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    same = min(len(one), len(other)) if same is None else same
    return one[same:], other[same:]
