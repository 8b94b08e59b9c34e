"""The parts of a Markdown text that are made: between `<!-- name: made by … -->` and `<!-- end of name -->`."""

import re
from collections.abc import Callable, Mapping

_SECTION = re.compile(r"(<!-- (?P<name>[\w ]+): made by [^>]+ -->\n).*?(<!-- end of (?P=name) -->)", re.DOTALL)


class SectionUnknownError(Exception):
    """A text has a section that nothing makes, or lacks one; the message names it."""


def filled(text: str, sections: Mapping[str, Callable[[], str]]) -> str:
    """`text` with each of `sections` made anew. Raises SectionUnknownError unless it has just these, each once."""
    found = [section["name"] for section in _SECTION.finditer(text)]
    if sorted(found) != sorted(sections):
        odd = sorted(set(found) ^ set(sections)) or sorted(found)
        raise SectionUnknownError(f"not just once, or not known: {', '.join(odd)}")
    return _SECTION.sub(lambda section: f"{section[1]}{sections[section['name']]()}\n{section[3]}", text)
