"""What Planhat's error texts mean. They are undocumented, so every reading is loose and errs towards "ask again"."""

import re

_DUPLICATE = re.compile(r"duplicat|already exists|\bE11000\b", re.IGNORECASE)
_NO_COMPANY = re.compile(
    r"compan\w*\W+(?:\w+\W+){0,4}(?:required|missing|must|needed|undefined|null|empty|invalid|not found)"
    r"|(?:required|missing|valid|invalid|without|no|need\w*|define|provide)\W+(?:\w+\W+){0,4}compan",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"not[ _]?found|does ?n.?t exist|does not exist|no such|unknown (?:task|record|id|source)", re.IGNORECASE
)
_SOMETHING_ELSE = re.compile(
    r"owner|\busers?\b|end ?user|contact|doneBy|field|status|custom|route|path|endpoint", re.IGNORECASE
)
_SAYS_NOTHING = re.compile(
    r"failed to create/fetch/update|(?:internal|unexpected|unknown|server) (?:server )?error|something went wrong"
    r"|try (?:it )?again|time[d -]*out|temporar|unavailable|too many|rate limit|overload|deadlock|writeconflict|ECONN",
    re.IGNORECASE,
)
_ABOUT_TASK = re.compile(
    r"compan|owner|source ?id|status|\baction\b|(?:start|end) ?time|main ?type|custom|field|\bdate|repeat|checklist"
    r"|required|invalid|missing|not valid|permission|not allowed|duplicat|\b_?id\b",
    re.IGNORECASE,
)
_HOLLOW = {"", "error", "failed", "failure", "bad request", "null", "undefined", "[object object]"}


def without(text: str, *keys: str | None) -> str:
    """`text` with the keys blanked: a key may hold any word, "duplicate" and "timeout" too."""
    for key in keys:
        text = text.replace(key, "…") if key else text
    return text


def says_duplicate(text: str) -> bool:
    """True when a unique key is taken: the task exists already, perhaps archived or made a moment ago."""
    return bool(_DUPLICATE.search(text))


def says_not_found(text: str) -> bool:
    """True when the addressed task itself is unknown, not a user or a field that the task names."""
    return bool(_NOT_FOUND.search(text)) and not _SOMETHING_ELSE.search(text)


def says_company_missing(text: str) -> bool:
    """True for "Required Field: companyId" and its kin: what a creation without a company gets."""
    return bool(_NO_COMPANY.search(text))


def says_what_is_wrong(text: str) -> bool:
    """False for texts that any trouble may have caused; such an item deserves another try."""
    hollow = text.strip(" .…!:").casefold() in _HOLLOW
    return not (hollow or text.startswith("<") or _SAYS_NOTHING.search(text))


def says_about_task(text: str) -> bool:
    """Whether a refusal of the whole request speaks of what is in it, rather than of Planhat's own state."""
    return bool(_ABOUT_TASK.search(text)) and not text.startswith("<")
