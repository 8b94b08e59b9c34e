"""Domains of mail addresses that say nothing about a company."""

import re
from collections.abc import Iterable

_CALENDAR_SERVICES = frozenset(
    {
        "resource.calendar.google.com",
        "group.calendar.google.com",
        "import.calendar.google.com",
        "group.v.calendar.google.com",
    }
)

_FREE_MAIL = frozenset(
    {
        *("126.com", "163.com", "aol.com", "fastmail.com", "free.fr", "freenet.de", "gmail.com", "googlemail.com"),
        *("hey.com", "icloud.com", "laposte.net", "libero.it", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com"),
        *("naver.com", "orange.fr", "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "rocketmail.com"),
        *("t-online.de", "tuta.io", "tutanota.com", "wanadoo.fr", "web.de", "yandex.com", "yandex.ru", "ymail.com"),
    }
)
# These providers exist under dozens of country domains, some of two parts.
_FREE_MAIL_FAMILY = re.compile(r"(gmx|hotmail|live|outlook|yahoo)\.(com|net|(co\.|com\.)?[a-z]{2})")


def is_person_at(domain: str) -> bool:
    """Whether a person of some company may have an address at `domain` (lower case)."""
    return bool(domain) and domain not in _CALENDAR_SERVICES and not is_free_mail(domain)


def is_calendar_service(address: str) -> bool:
    """Whether an address is that of a room or of a calendar, not of people."""
    return address.rpartition("@")[2] in _CALENDAR_SERVICES


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there."""
    return domain in _FREE_MAIL or _FREE_MAIL_FAMILY.fullmatch(domain) is not None


def organisation_of(address: str) -> str:
    """What colleagues (addresses in lower case) have in common: their domain, unless anybody can have one there."""
    domain = address.rpartition("@")[2]
    return domain if is_person_at(domain) else address


def is_within(domain: str, parents: Iterable[str]) -> bool:
    """Whether `domain` is one of `parents` or below one."""
    return any(domain == parent or domain.endswith(f".{parent}") for parent in parents)
