"""What people write instead of an operator or a plain number, and what they mean by it."""

import re
from collections.abc import Mapping

from planhook.core.condition import OPERATORS

SYMBOLS: Mapping[str, str] = {
    ">=": "at_least",
    "<=": "at_most",
    "==": "is",
    "!=": "is_not",
    "<>": "is_not",
    "=>": "at_least",
    "=<": "at_most",
    ">": "more_than",
    "<": "less_than",
    "=": "is",
}
_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("gt", "greater_than", "bigger_than", "larger_than", "higher_than", "over", "above"), "more_than"),
    **dict.fromkeys(("greater", "more", "bigger", "larger", "higher"), "more_than"),
    **dict.fromkeys(("less", "smaller", "lower", "fewer"), "less_than"),
    **dict.fromkeys(("lt", "smaller_than", "lower_than", "fewer_than", "under", "below"), "less_than"),
    **dict.fromkeys(("gte", "ge", "min", "minimum", "from"), "at_least"),
    **dict.fromkeys(("lte", "le", "max", "maximum", "up_to"), "at_most"),
    **dict.fromkeys(("eq", "equal", "equals", "equal_to"), "is"),
    **dict.fromkeys(("ne", "neq", "not", "not_equal", "not_equals", "isnt"), "is_not"),
    **dict.fromkeys(("in", "any_of", "is_one_of"), "one_of"),
    **dict.fromkeys(("not_in", "none_of", "is_not_one_of"), "not_one_of"),
    **dict.fromkeys(("exists", "exist", "set", "known", "filled"), "present"),
    **dict.fromkeys(("has", "includes", "include", "like"), "contains"),
    **dict.fromkeys(("begins_with", "starting_with"), "starts_with"),
    **dict.fromkeys(("ending_with", "finishes_with"), "ends_with"),
    **dict.fromkeys(("regex", "regexp", "pattern", "match"), "matches"),
    **dict.fromkeys(("earlier_than", "until"), "before"),
    **dict.fromkeys(("later_than", "since"), "after"),
}
_COMPARES_NUMBERS = ("more_than", "less_than", "at_least", "at_most")
SEVERAL: Mapping[str, str] = {"is": "one_of", "is_not": "not_one_of"}
TIMES: Mapping[str, str] = {"more_than": "after", "at_least": "after", "less_than": "before", "at_most": "before"}
# One word ("max 500", "over 9000") begins ordinary texts too; two before nothing but a number hardly do.
_WORDED = re.compile(r"([A-Za-z]+[ _-][A-Za-z]+)\s*:?\s*([-+]?\d[\d.,:'TZ-]*)\Z")
_TEXTUAL = re.compile(r"(contains|(?:starts|begins|ends) with)\s+(\S.*)\Z", re.IGNORECASE)
_STARRED = re.compile(r"(\*?)([^*]*[^*\s][^*]*)(\*?)\Z")
_BY_STARS = {(True, True): "contains", (False, True): "starts_with", (True, False): "ends_with"}
_SIGNED = re.compile(r"(<>|[<>]=?|=[<>=]?|!=)\s*(\S.*)\Z")
_ORDERED = re.compile(
    r"[-+]?\d[\d.,'’_ ]*\Z|\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?\Z"
)  # not "<none>", "> 5 seats"
_NOTHING = ("null", "none", "nil", "empty", "undefined", "''", '""', "~")
_ORDERS = ("<", ">", "<=", ">=", "=<", "=>")
# What has an underscore or brackets is nobody's name, whatever the field.
_UNDERSCORED = re.compile(r"([a-z]+(?:_[a-z]+)+)\s*:?\s+(\S.*)\Z")
_BRACED = re.compile(r"\{\s*([a-z_]+)\s*:\s*(\S.*?)\s*\}\Z|(present|changed):\s*(true|false)\Z")
_LISTED = re.compile(r"([a-z]+(?:[ _][a-z]+)*)\s*:?\s*(\[[^\[\]]+\])\Z", re.IGNORECASE)
_DATED = re.compile(r"(before|after|since|until)\s+(\d{4}-\d\d-\d\d\S*)\Z", re.IGNORECASE)
_PATTERN = re.compile(r"(matches)\s+(\^.*|.*\$)\Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:[,'’_\s]\d{3})+(?:\.\d+)?\Z")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+\Z")


def meant_operator(word: str) -> str | None:
    """The operator that someone who wrote `word` probably means, as far as a list of synonyms tells."""
    written = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word.strip())
    return SYMBOLS.get(written) or _SYNONYMS.get(re.sub(r"[\s-]+", "_", written).casefold())


def meant_test(text: str) -> str | None:
    """How a text such as `> 20000`, `contains x` or `x*` is written as a test: `{more_than: 20000}`."""
    text = text.strip()
    if signed := _SIGNED.match(text):
        sign, value = signed.groups()
        return None if sign in _ORDERS and not _ORDERED.match(value) else _test(SYMBOLS[sign], value)
    if spelled := _spelled(text):
        return spelled
    if textual := _TEXTUAL.match(text):
        word, value = textual.groups()
        return _test(word.casefold().replace("begins", "starts").replace(" ", "_"), value)
    if worded := _WORDED.match(text):
        word, value = worded.groups()
        operator = re.sub(r"[ -]", "_", word).casefold()
        operator = _SYNONYMS.get(operator, operator)
        return _test(operator, value) if operator in _COMPARES_NUMBERS else None
    if starred := _STARRED.match(text):
        before, value, after = starred.groups()
        return _test(_BY_STARS[bool(before), bool(after)], value.strip()) if before or after else None
    return None


def _spelled(text: str) -> str | None:
    """Likewise of a text that spells the operator as it is written here, or almost so."""
    for form in (_BRACED, _LISTED, _UNDERSCORED, _DATED, _PATTERN):
        if not (written := form.match(text)):
            continue
        word, value = (part for part in written.groups() if part is not None)
        operator = word if word in OPERATORS else meant_operator(word) or ""
        if value.startswith("["):
            operator = SEVERAL.get(operator, operator)
        if operator in OPERATORS and _takes(operator, value):
            return _test(operator, value)
    return None


def _takes(operator: str, value: str) -> bool:
    if value.startswith("["):
        return operator in (*SEVERAL.values(), "changed_to", "changed_from")
    if operator in SEVERAL.values():
        return False
    return bool(_ORDERED.match(value)) if operator in _COMPARES_NUMBERS else True


def meant_number(text: str) -> str | None:
    """`20,000` and `20 000` as rules write the number: a sentence, None when `text` does not look like one."""
    text = text.strip()
    plain = _plain_number(text)
    if plain is None:
        return None
    if _DECIMAL_COMMA.match(text) and not _GROUPED.match(text):
        return f"write {plain} with a point instead of the comma"
    return f"write {plain} without a comma" if "," in text else f"write {plain}, only digits"


def _test(operator: str, value: str) -> str:
    if operator in SEVERAL and value.casefold() in _NOTHING:
        return f"{{present: {'true' if operator == 'is_not' else 'false'}}}"
    if DAY.match(value):
        return f"{{{TIMES.get(operator, operator)}: {value}}}"
    return f"{{{operator}: {_plain_number(value) or value}}}"


def _plain_number(text: str) -> str | None:
    if _GROUPED.match(text):
        return re.sub(r"[,'’_\s]", "", text)
    return text.replace(",", ".") if _DECIMAL_COMMA.match(text) else None
