"""Addresses, phone numbers and bank accounts found in texts by their form alone. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

EMAIL = re.compile(r"[\w.!$%'*+^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")  # no signs that part a web address
DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+\Z")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?=[/:?#]|\Z)", re.IGNORECASE)
_DISPLAYED = re.compile(r"\s*[\"']?([^\"'<>@:]{2,60}?)[\"']?\s*<([^<>\s]+)>\s*")

_DATE = re.compile(
    r"(?<![\d./-])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:[\d:.]+)?"
    r"|\d{1,2}([./-])\d{1,2}\1\d{4}|\d{1,2}([./-])\d{1,2}\2\d{2}|\d{1,2} \d{1,2} (?:19|20)\d\d)(?![./-]?\d)"
)
_WITH_COUNTRY = re.compile(r"(?<![\w+])\+\s?[1-9](?:[\s()./-]{0,3}\d){6,14}(?!\w)")
_WITHIN_COUNTRY = (
    re.compile(r"(?<![\w.,/-])00\s?[1-9](?:[\s()./-]{0,3}\d){7,13}(?!\w)"),
    re.compile(r"(?<![\w.,/-])\(?0\d{1,5}\)?(?:[\s()./-]{1,3}\d+)+(?!\w)"),
    re.compile(r"(?<![\w.,/-])\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\w|[.,]\d)"),
    re.compile(r"(?<![\w.,/-])\d\d(?: \d\d){3,4}(?!\w|[ .,]\d)"),
)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15

_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,30}(?!\w)")
_IBAN_COUNTRIES = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18
    FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20
    LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24
    SM27 TN24 TR26 UA29 VA22 VG24 XK20
"""
_IBAN_LENGTHS = {row[:2]: int(row[2:]) for row in _IBAN_COUNTRIES.split()}


def phones_in(text: str, *, only_with_country: bool) -> Iterator[str]:
    """Phone numbers: with `+` or 00 and the country, or, unless `only_with_country`, with separators or a 0 as people
    write them within a country."""
    bare = _DATE.sub(lambda found: "x" * len(found[0]), text)
    for pattern in (_WITH_COUNTRY,) if only_with_country else (_WITH_COUNTRY, *_WITHIN_COUNTRY):
        for found in pattern.finditer(bare):
            if _FEWEST_DIGITS <= len(digits_of(found[0])) <= _MOST_DIGITS:
                yield found[0].strip()
        bare = pattern.sub(lambda found: "x" * len(found[0]), bare)


def digits_of(phone: str) -> str:
    """A phone number without what people put between its digits."""
    return "".join(re.findall(r"\d", phone.replace("(0)", ""))).removeprefix("00")


def ibans_in(text: str) -> Iterator[str]:
    """International bank account numbers, with or without blanks; what has not the length of its country is none."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[0][:2], 0)
        whole = next((part for part in _beginnings(found[0]) if len(re.sub("[ -]", "", part)) == length), None)
        if whole and sum(letter.isdigit() for letter in whole) * 2 >= length:
            yield whole


def _beginnings(text: str) -> Iterator[str]:
    """The text, and the parts of it that end before one of its blanks."""
    yield text
    for blank in re.finditer(r"[ -]", text):
        yield text[: blank.start()]


def displayed(text: str) -> tuple[str, str] | None:
    """The name and the address of a text such as `Svea Lind <svea@nordlys.example>`; None for any other."""
    found = _DISPLAYED.fullmatch(text)
    return (found[1].strip(), found[2]) if found and not found[1][0].islower() and EMAIL.fullmatch(found[2]) else None


def host_of(text: str) -> str | None:
    """The domain of a web address or a text that is a domain, without `www`."""
    found = _HOST.match(text.strip())
    return found[1].casefold() if found else None


def decoded(text: str) -> str:
    """A text out of a web address without its encoding; others as they are."""
    for _ in range(2):
        if "%" in text:
            text = unquote(text)
    return text


def encoded(text: str) -> str:
    """A text as it may stand in a web address, which keeps its parts apart."""
    return quote(text, safe=":/?#[]!$&'()*+,;=%")
