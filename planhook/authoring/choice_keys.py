"""Keys under which no names of people and companies stand, but stages, products and what programs call things. Pure."""

import re

_WORD = re.compile(r"[A-Z]?[^\W\dA-Z_]+|[A-Z]+(?![a-z])")


def words_of(key: str) -> list[str]:
    """The words of a key: `accountManager` and `account_manager` have two."""
    return [word.casefold() for word in _WORD.findall(key)]


def letters_of(key: str) -> str:
    """A key however its words are joined."""
    return re.sub(r"[^a-z0-9]", "", key.casefold())


def these(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


_CHOICES = these("""
    category country currency edition frequency industry interval kind language locale outcome package phase pipeline
    plan priority product sku source stage state status tier timezone type unit
""")
_JOINED_CHOICE = re.compile(r"\w*(stage|status|pipeline|product)(name|label)?")
_STAGE = re.compile(r"\w*(stage|status|phase)(name|label)?")
_THINGS = these("""
    attribute class column entity environment extension feature field instance logical message method module object
    process property resource schema step table template trigger workflow
""")
_LABELS = these("name names label labels title value")


def is_choice(key: str, holder: str = "") -> bool:
    """Whether one of a few words stands under `key`, itself under `holder`: a stage, the name of a product."""
    words = words_of(key)
    plain = [word for word in words if word not in _LABELS]
    if not plain:
        plain = words_of(holder)
    elif len(plain) < len(words) and _singular(plain[-1]) in _THINGS:
        return True
    return bool(plain) and (
        not _CHOICES.isdisjoint({plain[-1], _singular(plain[-1])})
        or _JOINED_CHOICE.fullmatch(letters_of(key)) is not None
    )


def is_stage(key: str, holder: str = "") -> bool:
    """Whether a stage or a status stands under `key`, itself under `holder`."""
    return _STAGE.fullmatch(letters_of(holder if key in _LABELS else key)) is not None


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")
