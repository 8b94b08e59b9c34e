"""The sentence that follows "unknown": what the author probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.65) -> str | None:
    """The known word that looks most like `word`, whatever its case; None when none comes near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[matches[0]] if matches else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` when one word comes near, else the list of all; to be put in brackets."""
    candidates = list(known)
    near = closest(word, candidates)
    return f"did you mean {near}?" if near else f"known are {', '.join(candidates)}"
