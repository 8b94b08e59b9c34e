"""What a text of an event is, by the key that it stands under. Pure."""

import re

from planhook.authoring.choice_keys import is_choice, letters_of, these, words_of
from planhook.authoring.name_words import is_common

_ID = re.compile(r"\w*(id|uid|ids)")  # many look like addresses, those of meetings above all
# Ids that stand for a company where its name may stand: C7, 14820331, cus_Sx9Kq2WmZr41Ta.
_PLAIN_ID = re.compile(r"[A-Z]{0,5}[-_]?\d+|[a-z]+_\w*\d\w*|(?=(?:[^\d\s]*\d){4})[\w-]{12,}")

# By the letters of the key; the first that fits counts.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Domain", re.compile(r"\w*(domains?|website|homepage)\w*")),
    ("Company", re.compile(r"(company|account|organi[sz]ation|org|customer|client|lead|firmen|kunden)(name)?")),
    ("Person", re.compile(r"(first|last|full|display|nick|given|family|middle|maiden|sur|vor|nach|zu)name")),
    (
        "Phone",
        re.compile(r"(mobile|home|work|contact)?(phone|tel|fax|mobile|contact)number|\w*(phone|telefon|telefax)"),
    ),
    ("Link", re.compile(r"\w*(url|uri|link|href)")),
    ("Place", re.compile(r"location|(street)?address|street|city|place|zip|postcode|postalcode")),
    ("Title", re.compile(r"title|subject|summary|topic")),
    ("Text", re.compile(r"description|notes?|comments?|message|body|text|content|agenda|reason")),
)
_NAME = re.compile(r"\w*name")
_NAMES = {"deal": "Deal", "meeting": "Meeting", "organizer": "Person", "attendees": "Person"}  # by what they stand in
_CHANGED = {"name": "Deal", "title": "Meeting"}


# By single words of the key, however they are joined: any of them, or the last one.
_PHONES = these("""
    cell cellphone fax gsm handy mobil mobile mobiltelefon phone phones rufnummer tel telefon telefone telefono
    telephone whatsapp
""")
_COMPANIES = these("""
    azienda bedrijf client company customer employer empresa entreprise firm firma foretag kunde organisation
    organization societe supplier unternehmen vendor
""")
_PEOPLE = these("""
    advisor agent ansprechpartner approver assignee attendee author bearbeiter besitzer betreuer buyer ceo cfo champion
    coach colleague consultant contact creator csm cto director editor employee executive guest host inhaber invitee
    lead manager member mitarbeiter organiser organizer owner participant person recipient rep reporter representative
    requester responsible seller salesperson sender signatory signer speaker sponsor stakeholder submitter user
    verantwortlich verantwortlicher vertreter
""")
_JOINED_PEOPLE = re.compile(r"\w{2,}(owner|manager|representative|contact|assignee|signedby|createdby|updatedby)s?")
_ABOUT_A_PERSON = frozenset({"name", "names", "full"})
_PEOPLE_BEHIND = (("assigned", "to"), ("reports", "to"))
_NUMBERS = these("code guid hash key no nr number order ref reference sequence sku token uuid version")
_LONGEST_NAME = 80


def kind_of(key: str, holder: str, text: str) -> str | None:
    """What `text` is that stands under `key`, itself under `holder`: a Person, a Phone …; None: nothing by its key."""
    letters, words = letters_of(key), words_of(key)
    if is_choice(key, holder):
        return None
    if letters in ("name", "title") and holder in _NAMES:
        return _NAMES[holder]
    if holder == "changes" and letters in _CHANGED:
        return _CHANGED[letters]
    for kind, pattern in _KINDS:
        if pattern.fullmatch(letters):
            return None if kind == "Company" and _is_plain_id(letters, text) else kind
    if not _PHONES.isdisjoint(words) and not is_number(key):
        return "Phone"
    while len(words) > 1 and words[-1] in _ABOUT_A_PERSON:
        words = words[:-1]
    if words and _singular(words[-1]) in _COMPANIES:
        return None if _is_plain_id(letters, text) else "Company"
    if _is_person(letters, words) and (_looks_like_a_name(text) or _NAME.fullmatch(letters)):
        return "Person"
    return "Name" if _NAME.fullmatch(letters) else None


def is_id(key: str) -> bool:
    """Whether ids stand under `key`, even if they look like addresses."""
    return _ID.fullmatch(letters_of(key)) is not None


def is_number(key: str) -> bool:
    """Whether what stands under `key` may be made of digits and be no phone number."""
    return is_id(key) or not _NUMBERS.isdisjoint(words_of(key)[-1:])


def _is_person(letters: str, words: list[str]) -> bool:
    if not words:
        return False
    return (
        _singular(words[-1]) in _PEOPLE
        or (words[-1] == "by" and len(words) > 1)
        or tuple(words[-2:]) in _PEOPLE_BEHIND
        or _JOINED_PEOPLE.fullmatch(letters) is not None
    )


def _looks_like_a_name(text: str) -> bool:
    """Whether a text may be a name: no number, no id, no address, nothing long."""
    words = text.split()
    has_letters = any(letter.isalpha() for letter in text)
    is_id_or_domain = len(words) == 1 and (any(letter.isdigit() for letter in text) or "." in text.strip(". "))
    if is_common(text):
        return False
    return has_letters and not is_id_or_domain and "://" not in text and len(text) <= _LONGEST_NAME


def _is_plain_id(letters: str, text: str) -> bool:
    """Whether a text is an id and not the name of a company, which a key that ends with `name` says."""
    return not _NAME.fullmatch(letters) and _PLAIN_ID.fullmatch(text) is not None


def _singular(word: str) -> str:
    return word.removesuffix("s")
