"""Who is who: names and addresses of one person that stand beside each other in a record. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planhook.authoring.choice_keys import letters_of
from planhook.authoring.personal_forms import EMAIL
from planhook.authoring.personal_keys import kind_of

# By the letters of the key, behind whose it is: `owner_first_name`.
_ROLES = (
    ("email", re.compile(r"(\w*?)e?mail(address)?")),
    ("first", re.compile(r"(\w*?)(first|given|vor)name")),
    ("last", re.compile(r"(\w*?)(last|family|sur|nach)name")),
    ("name", re.compile(r"(\w*?)(full|display)?name")),
)


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is the full one; `parts` are the names that stand alone as well."""

    name: str
    parts: tuple[str, ...]
    email: str | None


def people_in(record: Mapping[str, Any]) -> Iterator[Person]:
    """Everybody of whom `record` itself has a name and an address, or a first and a last name."""
    told: dict[str, dict[str, str]] = {}
    for key, text in record.items():
        if isinstance(key, str) and isinstance(text, str) and text.strip():
            whose, role = _role(letters_of(key))
            told.setdefault(whose, {}).setdefault(role, text.strip())
    for whose, texts in told.items():
        person = _person(whose, texts)
        if person:
            yield person


def _role(letters: str) -> tuple[str, str]:
    """Whose name or address stands under a key, and which; a key that has no such word may name somebody itself."""
    for role, pattern in _ROLES:
        if found := pattern.fullmatch(letters):
            return found[1], role
    return letters, "self"


def _person(whose: str, texts: Mapping[str, str]) -> Person | None:
    parts = tuple(texts[role] for role in ("first", "last") if role in texts)
    name = texts.get("name") or texts.get("self")
    if name and whose and kind_of(f"{whose}_name" if "name" in texts else whose, "", name) != "Person":
        name = None  # that of a company or a deal
    name = name or (" ".join(parts) if len(parts) > 1 else None)
    email = texts.get("email", "")
    if name and (EMAIL.fullmatch(email) or len(parts) > 1):
        return Person(name, parts, email if EMAIL.fullmatch(email) else None)
    return None
