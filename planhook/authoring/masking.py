"""Names, addresses and other personal texts of an event made harmless."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from planhook.authoring.choice_keys import is_choice, is_stage
from planhook.authoring.people import people_in
from planhook.authoring.personal_forms import (
    EMAIL,
    decoded,
    digits_of,
    displayed,
    host_of,
    ibans_in,
    phones_in,
)
from planhook.authoring.personal_keys import is_id, is_number, kind_of
from planhook.authoring.stand_ins import StandIns

_ELSEWHERE = ("Person", "Company", "Domain", "Phone")  # of what the rule does not read, only these count
_FEWEST_DIGITS = 7


class Masks:
    """Stand-ins for the texts of one event.

    Texts that are in `known` (in any case) stay: the rule files name them, or the rule needs them. Those in `opened`
    stay apart from the names in them.
    """

    def __init__(self, known: Collection[str], opened: Collection[str] = ()) -> None:
        self._known = frozenset(text.casefold() for text in known)
        self._opened = frozenset(text.casefold() for text in opened)
        self._stand_ins = StandIns(self._known)
        self._addresses: dict[str, str] = {}
        self._ids: dict[str, None] = {}

    @property
    def count(self) -> int:
        """How many different texts were replaced."""
        return len(self._stand_ins.used)

    def mask(self, data: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`data` with its personal texts replaced; names that only `whole` has, of which it is a part, count too."""
        self._learn_addresses([data, whole])
        self._stand_ins.leave_words(_words_of_stages([data, whole]))
        self._learn(data, "", "", is_read=True)
        self._learn(whole, "", "", is_read=False)
        for text in self._ids:
            self._stand_ins.learn_id(text)
        masked: dict[str, Any] = self._replaced(data, "", "")
        return masked

    def _learn_addresses(self, value: Any) -> None:
        """Note whose address stands beside a name, wherever in the event."""
        if isinstance(value, Mapping):
            for person in people_in(value):
                if person.email:
                    self._addresses.setdefault(person.name.casefold(), person.email)
        for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
            self._learn_addresses(item)

    def _learn(self, value: Any, key: str, holder: str, *, is_read: bool) -> None:
        if isinstance(value, Mapping):
            self._learn_people(value)
            for name, item in value.items():
                self._learn_forms(name, "person", only_with_country=True)
                is_side = holder == "changes" and name in ("from", "to")
                self._learn(item, *((key, holder) if is_side else (name, key)), is_read=is_read)
        elif isinstance(value, list):
            for item in value:
                self._learn(item, key, holder, is_read=is_read)
        elif isinstance(value, str) and value.strip() and value.casefold() not in self._known:
            self._learn_text(value, key, holder, is_read=is_read)
        elif _is_phone(value, key, holder):
            self._stand_ins.learn("Phone", str(value))

    def _learn_text(self, text: str, key: str, holder: str, *, is_read: bool) -> None:
        if is_read and is_id(key):
            self._ids[text] = None
        if shown := displayed(text):
            self._addresses.setdefault(shown[0].casefold(), shown[1])
            self._learn_person(shown[0])
        self._learn_forms(text, "id" if is_id(key) else "person", only_with_country=is_number(key))
        kind = kind_of(key, holder, text)
        if kind and text.casefold() not in self._opened and (is_read or (kind in _ELSEWHERE and _is_proper(text))):
            self._learn_person(text)
            self._stand_ins.learn(kind, (host_of(text) or text) if kind == "Domain" else text)

    def _learn_people(self, record: Mapping[str, Any]) -> None:
        """Whom a record names by several names or with an address has one stand-in for all of them."""
        for person in people_in(record):
            if person.name.casefold() not in self._opened:
                self._learn_person(person.name)
                self._stand_ins.learn("Person", person.name)
                for part in person.parts:
                    self._stand_ins.learn_alias(part, person.name)

    def _learn_person(self, name: str) -> None:
        """A name whose address is known is that person's."""
        email = self._addresses.get(name.casefold())
        if email and name.casefold() not in self._opened:
            self._stand_ins.learn_person(name, email)

    def _learn_forms(self, text: str, word: str, *, only_with_country: bool) -> None:
        emails, phones, ibans = _forms_in(text, only_with_country=only_with_country)
        for email in emails:
            self._stand_ins.learn_email(email, word)
        for phone in phones:
            self._stand_ins.learn("Phone", phone)
        for iban in ibans:
            self._stand_ins.learn("IBAN", iban)

    def _replaced(self, value: Any, key: str, holder: str) -> Any:
        if isinstance(value, Mapping):
            replaced: dict[str, Any] = {}
            for name, item in value.items():
                is_side = holder == "changes" and name in ("from", "to")
                below = (key, holder) if is_side else (name, key)
                replaced[self._key(name, replaced)] = self._replaced(item, *below)
            return replaced
        if isinstance(value, list):
            return [self._replaced(item, key, holder) for item in value]
        if _is_phone(value, key, holder):
            return int(digits_of(self._stand_ins.instead_of(str(value)) or str(value)))
        return self._text(value, key, holder) if isinstance(value, str) else value

    def _key(self, name: str, taken: Collection[str]) -> str:
        """A key without addresses and names of several words; of two that differ in case alone, both are kept apart."""
        if name.casefold() in self._known or not ("@" in name or " " in name or "+" in name):
            return name
        key = self._stand_ins.within(name, only_phrases=True)
        return f"{key} {len(taken) + 1}" if key in taken else key

    def _text(self, text: str, key: str, holder: str) -> str:
        """A text without what was learnt: as a whole, else wherever it stands in the text. Stages and the like stay."""
        if text.casefold() in self._known:
            return text
        only_phrases = is_choice(key, holder)
        is_word = only_phrases and not any(letter.isspace() for letter in text)
        whole = None if is_word or text.casefold() in self._opened else self._stand_ins.instead_of(text)
        return self._stand_ins.within(text, only_phrases=only_phrases) if whole is None else whole


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


def _words_of_stages(value: Any, key: str = "", holder: str = "") -> Iterator[str]:
    """The words of all stages and statuses of an event."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            below = (key, holder) if holder == "changes" and name in ("from", "to") else (name, key)
            yield from _words_of_stages(item, *below)
    elif isinstance(value, list):
        for item in value:
            yield from _words_of_stages(item, key, holder)
    elif isinstance(value, str) and is_stage(key, holder):
        yield from value.casefold().split()


@lru_cache(maxsize=10_000)  # one event is masked again and again until the rule does the same
def _forms_in(text: str, *, only_with_country: bool) -> tuple[list[str], list[str], list[str]]:
    """Addresses, phone numbers and bank accounts."""
    text = decoded(text)
    emails = EMAIL.findall(text) if "@" in text else []
    return emails, list(phones_in(text, only_with_country=only_with_country)), list(ibans_in(text))


def _is_phone(value: Any, key: str, holder: str) -> bool:
    """Whether a number, and no text, is one to call."""
    is_long = isinstance(value, int) and len(str(value)) >= _FEWEST_DIGITS
    return is_long and kind_of(key, holder, "") == "Phone"


def _is_proper(text: str) -> bool:
    """Whether a text is hardly one of the words that programs use, such as `admin`."""
    return len(text.split()) > 1 or text != text.casefold() or not text.isascii()
