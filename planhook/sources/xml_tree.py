"""XML as planhook takes it from senders: UTF-8, UTF-16 or declared Latin-1, no DOCTYPE, bounded depth and size.

Names are resolved here and not by expat, which writes a namespace out at every attribute that uses it: a
long one would make gigabytes of a megabyte.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from planhook.core.errors import BodyInvalid

MAX_DEPTH = 32
MAX_ELEMENTS = 50_000  # a hundred notifications of five hundred fields

_DECLARED_LATIN_1 = re.compile(rb"<\?xml\s[^>]{0,40}encoding\s*=\s*[\"']iso-8859-1[\"']", re.IGNORECASE)
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"


@dataclass(slots=True)
class Element:
    """One element. Attributes without a prefix are in the namespace ""; `text` is what stands directly in it."""

    namespace: str
    name: str
    attributes: Mapping[tuple[str, str], str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def all(self, namespace: str, name: str) -> Iterator["Element"]:
        return (child for child in self.children if child.name == name and child.namespace == namespace)

    def first(self, namespace: str, name: str) -> "Element | None":
        return next(self.all(namespace, name), None)


def parse(body: bytes) -> Element:
    """The root of the document. Raises BodyInvalid, whose message never repeats the body."""
    builder = _Builder()
    # Said here, the encoding overrules what the document declares; expat still knows UTF-16 by its first bytes.
    parser = expat.ParserCreate("iso-8859-1" if _DECLARED_LATIN_1.match(body) else "utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    parser.StartElementHandler = builder.start
    parser.CharacterDataHandler = builder.add_text
    parser.EndElementHandler = builder.end
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise BodyInvalid(f"no XML at line {error.lineno}, column {error.offset}", "xml_unreadable") from None
    return builder.root


class _Builder:
    """What expat calls while it reads."""

    def __init__(self) -> None:
        self._document = Element("", "", {})
        self._open = [self._document]
        self._texts: list[list[str]] = [[]]
        self._prefixes: list[Mapping[str, str]] = [{"xml": _XML_NAMESPACE, "": ""}]
        self._count = 0

    @property
    def root(self) -> Element:
        return self._document.children[0]

    def refuse_doctype(self, *_: object) -> NoReturn:
        raise BodyInvalid("XML with a DOCTYPE is not taken", "xml_doctype")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise BodyInvalid(f"more than {MAX_ELEMENTS} elements", "too_many_elements", status=413)
        if len(self._open) > MAX_DEPTH:
            raise BodyInvalid(f"nested deeper than {MAX_DEPTH} levels", "too_deep")
        self._prefixes.append(_declared(attributes))
        named = {self._resolve(key, ""): value for key, value in attributes.items() if not _is_declaration(key)}
        element = Element(*self._resolve(name, self._namespace("")), named)
        self._open[-1].children.append(element)
        self._open.append(element)
        self._texts.append([])

    def add_text(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, _: str) -> None:
        self._prefixes.pop()
        self._open.pop().text = "".join(self._texts.pop())

    def _resolve(self, qualified: str, default: str) -> tuple[str, str]:
        prefix, colon, local = qualified.partition(":")
        return (self._namespace(prefix), local) if colon else (default, qualified)

    def _namespace(self, prefix: str) -> str:
        for declared in reversed(self._prefixes):
            if prefix in declared:
                return declared[prefix]
        raise BodyInvalid("an XML prefix is not declared", "xml_unreadable")


def _is_declaration(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")


def _declared(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name.partition(":")[2]: uri for name, uri in attributes.items() if _is_declaration(name)}
