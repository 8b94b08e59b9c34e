"""Names, addresses and other personal texts of an event made harmless: the same one always by the same stand-in."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+\Z")
_ID = re.compile(r"\w*(id|uid|ids)")  # many look like addresses, those of meetings above all
_SHORTEST = 3  # letters; a shorter name is found in too many other words

# What a text is, by the letters of the key that it stands under; the first that fits counts.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Domain", re.compile(r"domains?|website\w*")),
    ("Company", re.compile(r"(company|account|organi[sz]ation|org|customer|client)(name)?")),
    ("Person", re.compile(r"(first|last|full|display|nick|owner|contact|user|person|host|guest|invitee|creator)name")),
    ("Phone", re.compile(r"(mobile|home|work)?(phone|tel|fax|mobile)(number)?")),
    ("Link", re.compile(r"\w*(url|uri|link|href)")),
    ("Place", re.compile(r"location|(street)?address|street|city|place|zip|postcode|postalcode")),
    ("Title", re.compile(r"title|subject|summary|topic")),
    ("Text", re.compile(r"description|notes?|comments?|message|body|text|content|agenda|reason")),
    ("Name", re.compile(r"\w*name")),
)
_NAMES = {"deal": "Deal", "meeting": "Meeting", "organizer": "Person", "attendees": "Person"}  # by what they stand in
_CHANGED = {"name": "Deal", "title": "Meeting"}


class Masks:
    """Stand-ins for the texts of one event. Texts that are in `known` (in any case) stay: the rule files name them."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = {text.casefold() for text in known}
        self._stand_ins: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many different texts were replaced."""
        return len(self._stand_ins)

    def mask(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """`data` with its personal texts replaced."""
        self._learn(data, "", "")
        masked: dict[str, Any] = self._replaced(data)
        return masked

    def _learn(self, value: Any, key: str, holder: str) -> None:
        if isinstance(value, Mapping):
            self._learn_person(value)
            for name, item in value.items():
                self._learn_emails(name, "person")
                is_side = holder == "changes" and name in ("from", "to")
                self._learn(item, *((key, holder) if is_side else (name, key)))
        elif isinstance(value, list):
            for item in value:
                self._learn(item, key, holder)
        elif isinstance(value, str) and value.strip() and value.casefold() not in self._known:
            self._learn_emails(value, "id" if _ID.fullmatch(_letters(key)) else "person")
            if kind := _kind(key, holder):
                self._stand_in(kind, value)

    def _learn_emails(self, text: str, word: str) -> None:
        for email in _EMAIL.findall(text) if "@" in text else ():
            self._stand_in_for_email(email, word)

    def _learn_person(self, value: Mapping[str, Any]) -> None:
        """A name that stands beside an address is that person's."""
        email, name = value.get("email"), value.get("name")
        if isinstance(email, str) and isinstance(name, str) and _EMAIL.fullmatch(email) and name.strip():
            person = self._stand_in_for_email(email).partition("@")[0]
            if person.startswith("person") and name.casefold() not in self._known:
                self._stand_ins.setdefault(name.casefold(), person.replace("person", "Person "))

    def _stand_in_for_email(self, email: str, word: str = "person") -> str:
        folded = email.casefold()
        if folded in self._known:
            return email
        if folded not in self._stand_ins:
            domain = self._stand_in("Domain", folded.partition("@")[2])
            self._stand_ins[folded] = f"{word}{self._next(word.capitalize())}@{domain}"
        return self._stand_ins[folded]

    def _stand_in(self, kind: str, text: str) -> str:
        folded = text.casefold()
        if folded in self._known or _EMAIL.fullmatch(text) or (kind == "Domain" and not _DOMAIN.match(text)):
            return text
        if folded not in self._stand_ins:
            number = self._next(kind)
            self._stand_ins[folded] = {
                "Domain": f"company{number}.example",
                "Phone": f"+1 555 {number:04}",
                "Link": f"https://link{number}.example",
            }.get(kind, f"{kind} {number}")
        return self._stand_ins[folded]

    def _next(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            replaced: dict[str, Any] = {}
            for name, item in value.items():
                replaced[self._key(name, replaced)] = self._replaced(item)
            return replaced
        if isinstance(value, list):
            return [self._replaced(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _key(self, name: str, taken: Collection[str]) -> str:
        """A key without addresses; of two that differ in case alone, both are kept apart."""
        if "@" not in name or name.casefold() in self._known:
            return name
        key = _EMAIL.sub(lambda found: self._stand_in_for_email(found[0]), name)
        return f"{key} {len(taken) + 1}" if key in taken else key

    def _text(self, text: str) -> str:
        """A text without what was learnt: as a whole, else wherever it stands in the text as a word."""
        folded = text.casefold()
        if folded in self._known:
            return text
        if folded in self._stand_ins:
            return self._stand_ins[folded]
        text = _EMAIL.sub(lambda found: self._stand_in_for_email(found[0]), text)
        for original in sorted(self._stand_ins, key=len, reverse=True):
            if len(original) >= _SHORTEST and original in text.casefold():
                pattern = rf"(?<!\w){re.escape(original)}(?!\w)"
                text = re.sub(pattern, self._stand_ins[original], text, flags=re.IGNORECASE)
        return text


def texts_at(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in an event, keys too, in order, with the path that leads to it: a number steps into a list."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping | list):
        for step, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            below = f"{path}.{step}".lstrip(".")
            if isinstance(step, str):
                yield below, step
            yield from texts_at(item, below)


def _kind(key: str, holder: str) -> str | None:
    letters = _letters(key)
    if letters in ("name", "title") and holder in _NAMES:
        return _NAMES[holder]
    if holder == "changes" and letters in _CHANGED:
        return _CHANGED[letters]
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(letters)), None)


def _letters(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.casefold())
