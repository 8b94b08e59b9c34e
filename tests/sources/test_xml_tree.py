"""XML from senders: names by namespace, and nothing that expands or takes long."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.errors import BodyInvalid
from planhook.sources import xml_tree

MEGABYTE = 2**20


@pytest.mark.parametrize(
    "document",
    [
        b'<a xmlns="urn:x"><b>1</b></a>',
        b'<p:a xmlns:p="urn:x"><p:b>1</p:b></p:a>',
        b'<p:a xmlns:p="urn:x"><p:b xmlns:p="urn:y"/><q:b xmlns:q="urn:x">1</q:b></p:a>',
        b'\xef\xbb\xbf<a xmlns="urn:x"><b><![CDATA[1]]></b></a>',
        '<?xml version="1.0" encoding="utf-16"?><a xmlns="urn:x"><b>1</b></a>'.encode("utf-16"),
    ],
)
def test_names_are_told_by_their_namespace_and_not_by_their_prefix(document: bytes) -> None:
    root = xml_tree.parse(document)
    child = root.first("urn:x", "b")
    assert (root.namespace, root.name) == ("urn:x", "a")
    assert child is not None
    assert child.text == "1"


def test_an_attribute_without_a_prefix_has_no_namespace() -> None:
    root = xml_tree.parse(b'<a xmlns="urn:x" xmlns:p="urn:y" b="1" p:b="2" xml:lang="sv"/>')
    assert root.attributes == {
        ("", "b"): "1",
        ("urn:y", "b"): "2",
        ("http://www.w3.org/XML/1998/namespace", "lang"): "sv",
    }


def test_entities_are_read_once() -> None:
    assert xml_tree.parse(b"<a>&amp;lt; &#229;</a>").text == "&lt; å"


@pytest.mark.parametrize("declared", [b'"ISO-8859-1"', b"'iso-8859-1' standalone='yes'"])
def test_latin_1_is_read_where_it_is_declared(declared: bytes) -> None:
    assert xml_tree.parse(b'<?xml version="1.0" encoding=' + declared + b"?><a>\xe5\xc3\xa9</a>").text == "\xe5\xc3\xa9"


@pytest.mark.parametrize(
    "encoding", [*("utf-8", "utf-16", "utf-16-le", "utf-16-be"), *("iso-8859-1", "utf-32", "utf-7", "cp037")]
)
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1/x">%b;]>',
        "<!DOCTYPE a>",
    ],
)
def test_a_doctype_is_refused_in_every_encoding(encoding: str, doctype: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}<a>1</a>'
    with pytest.raises(BodyInvalid):
        xml_tree.parse(document.encode(encoding))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b"<a>&b;</a>",
        b"<a>\0</a>",
        b"<a>&#0;</a>",
        b"<a>&#xD800;</a>",
        b"<a>\xff</a>",
        b"<p:a/>",
        b'<a p:b=""/>',
        b'<a b="" b=""/>',
        b'<?xml version="1.0" encoding="windows-1252"?><a>\xe5</a>',
        b'<?xml version="1.0" encoding="iso-8859-1"?><a>\0</a>',
        b"<a>" * 33 + b"</a>" * 33,
        b"<a>" * 100_000,
    ],
)
def test_what_is_no_usable_xml_is_refused(document: bytes) -> None:
    with pytest.raises(BodyInvalid) as caught:
        xml_tree.parse(document)
    assert caught.value.status == 400


def test_as_many_levels_as_json_may_have_are_read() -> None:
    assert xml_tree.parse(b"<a>" * 32 + b"</a>" * 32).name == "a"


@pytest.mark.parametrize(
    "document",
    [
        lambda: b"<r>" + b"<a/>" * (MEGABYTE // 4) + b"</r>",
        lambda: b'<r xmlns:p="' + b"x" * (MEGABYTE // 2) + b'">' + b"<p:a/>" * 80_000 + b"</r>",
        lambda: (
            b'<r xmlns:p="' + b"x" * (MEGABYTE // 2) + b'" ' + b" ".join(b'p:a%x=""' % n for n in range(40_000)) + b"/>"
        ),
        lambda: b"<r " + b" ".join(b'xmlns:a%x=""' % n for n in range(30_000)) + b">" + b"<a/>" * 90_000 + b"</r>",
        lambda: b"<r>" + b"&lt;" * (MEGABYTE // 4) + b"</r>",
        lambda: b"<r>" + b"<?a?>" * (MEGABYTE // 5) + b"</r>",
    ],
)
def test_a_megabyte_of_hostile_xml_costs_less_than_a_second(document: Callable[[], bytes]) -> None:
    body = document()
    started = time.process_time()
    with suppress(BodyInvalid):
        xml_tree.parse(body)
    assert time.process_time() - started < 1


@given(st.binary(max_size=200) | st.text(alphabet='<>/a:&;!?="x -[]', max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(BodyInvalid):
        assert xml_tree.parse(body).name
