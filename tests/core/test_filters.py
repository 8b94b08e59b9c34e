"""Filters: what each gives, what each refuses, and how their arguments are checked."""

from typing import Any

import pytest

from planhook.core.errors import ValueMissing
from planhook.core.filters import FILTERS, Context, check_arguments, slugify
from planhook.core.template import Filter, fill
from tests.core.samples import STOCKHOLM, text, use, value

TABLES: dict[str, dict[str, Any]] = {
    "owners": {"Ann@example.com": "ann", "7": "seven", "true": "yes", "default": "someone"},
    "strict": {"a": 1, "empty": None},
}
CONTEXT = Context(TABLES, STOCKHOLM)


def filtered(given: Any, *filters: Filter) -> Any:
    return fill(text(value("deal.x", *filters)), {"deal": {"x": given}}, CONTEXT)


@pytest.mark.parametrize(
    ("given", "filter_", "expected"),
    [
        (None, use("default", "EUR"), "EUR"),
        ("", use("default", 5), 5),
        ([], use("default", False), False),
        ("SEK", use("default", "EUR"), "SEK"),
        (0, use("default", 5), 0),
        (False, use("default", 5), False),
        ("ann@EXAMPLE.com", use("lookup", "owners"), "ann"),
        (7, use("lookup", "owners"), "seven"),
        (7.0, use("lookup", "owners"), "seven"),
        (True, use("lookup", "owners"), "yes"),
        ("bob", use("lookup", "owners"), "someone"),
        (None, use("lookup", "owners"), "someone"),
        ("a", use("lookup", "strict"), 1),
        (["b", None, "A", "a"], use("lookup", "strict"), 1),
        (["bob", "ann@example.com"], use("lookup", "owners"), "ann"),
        (["bob"], use("lookup", "owners"), "someone"),
        ([], use("lookup", "owners"), "someone"),
        ("2026-03-28T09:00:00+01:00", use("plus", days=1), "2026-03-29T07:00:00.000Z"),
        ("2026-03-28T09:00:00+01:00", use("plus", hours=24), "2026-03-29T08:00:00.000Z"),
        ("2026-10-24T09:00:00+02:00", use("plus", days=1), "2026-10-25T08:00:00.000Z"),
        ("2026-10-24T09:00:00+02:00", use("plus", hours=24), "2026-10-25T07:00:00.000Z"),
        ("2026-10-25T00:30:00Z", use("plus", hours=1), "2026-10-25T01:30:00.000Z"),
        ("2026-10-25T01:30:00Z", use("plus", minutes=30), "2026-10-25T02:00:00.000Z"),
        ("2026-10-24T09:00:00+02:00", use("plus", weeks=1, hours=1), "2026-10-31T09:00:00.000Z"),
        ("2026-10-25", use("plus", minutes=1.5), "2026-10-24T22:01:30.000Z"),
        ("2026-10-26T09:00:00+01:00", use("minus", days=1, minutes=1), "2026-10-25T07:59:00.000Z"),
        (1790953200000, use("minus", hours=1), "2026-10-02T14:00:00.000Z"),
        ("2026-10-02T15:00:00.000Z", use("business_days", 3), "2026-10-07T15:00:00.000Z"),
        ("2026-10-03", use("business_days", 0), "2026-10-04T22:00:00.000Z"),
        ("2026-10-02T22:30:00Z", use("at", "09:00"), "2026-10-03T07:00:00.000Z"),
        ("2026-10-02T22:30:00Z", use("date", "%d %b %Y"), "03 Oct 2026"),
        ("2026-03-01T12:05:09Z", use("date", "%A %-d %B, %H:%M %% %y"), "Sunday 1 March, 13:05 % 26"),
        ("2026-03-01T23:05:09Z", use("date", "%a %e %m %-m %I:%M %p %j"), "Mon  2 03 3 12:05 AM 061"),
        ("2026-03-01T12:05:09Z", use("date", "%F %T %Z %z %G-W%V-%u %-H %-I %S"), None),
        ("ÅCME", use("lower"), "åcme"),
        ("åcme", use("upper"), "ÅCME"),
        ("jean-luc o'NEIL 3rd ab", use("title"), "Jean-Luc O'neil 3rd Ab"),
        ("  a b\n", use("trim"), "a b"),
        ("a-b-c", use("replace", "-", "+"), "a+b+c"),
        ("a-b", use("replace", "-", ""), "ab"),
        ("abcdef", use("truncate", 6), "abcdef"),
        ("abcdefg", use("truncate", 6), "abcde…"),
        ("a bcdefg", use("truncate", 3), "a…"),
        (2.5, use("round"), 3),
        (-2.5, use("round"), -3),
        ("4900.49", use("round"), 4900),
        (2.675, use("round", 2), 2.68),
        (10**40, use("round"), 10**40),
        ("Ann <ann@Example.com>", use("domain"), "example.com"),
        ("https://www.acme.co.uk:8080/x?y", use("domain"), "acme.co.uk"),
        ("acme.com/x", use("domain"), "acme.com"),
        (["a", "b"], use("first"), "a"),
        (["a", "b"], use("last"), "b"),
        (["a", 2.0, True, None], use("join"), "a, 2, true"),
        (["a", "b"], use("join", "/"), "a/b"),
        (["a", "b"], use("length"), 2),
        ([], use("length"), 0),
        ({"a": 1}, use("length"), 1),
        ("abc", use("length"), 3),
        ("Åsa's  Straße #1", use("slug"), "asa-s-strasse-1"),
        (12, use("slug"), "12"),
    ],
)
def test_a_filter_gives(given: Any, filter_: Filter, expected: Any) -> None:
    if expected is None:
        expected = "2026-03-01 13:05:09 CET +0100 2026-W09-7 13 1 09"
    result = filtered(given, filter_)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("given", "filter_", "problem"),
    [
        ("Acme", use("plus", days=1), "plus needs a time, deal.x is 'Acme'"),
        ({}, use("at", "09:00"), "at needs a time, deal.x is an object"),
        (True, use("date", "%Y"), "date needs a time, deal.x is true"),
        ("x", use("business_days", 1), "business_days needs a time, deal.x is 'x'"),
        ("x", use("minus", hours=1), "minus needs a time"),
        ("9998-12-31", use("plus", days=3650), "plus of deal.x leaves the calendar"),
        ("x", use("round"), "round needs a number, deal.x is 'x'"),
        (float("nan"), use("round"), "round needs a number"),
        ("Acme", use("domain"), "domain needs an e-mail or web address, deal.x is 'Acme'"),
        ("Acme", use("first"), "first needs a list"),
        (5, use("last"), "last needs a list"),
        ("Acme", use("join"), "join needs a list"),
        ({}, use("upper"), "upper needs a text, deal.x is an object"),
        ({}, use("slug"), "slug needs a text"),
        ([[1]], use("join"), "a list of objects cannot be written as text"),
        (["a"] * 60_000, use("join", "xx"), "longer than 100000 characters"),
        ("aaaa", use("replace", "a", "b" * 1000), None),
        ("a" * 1000, use("replace", "a", "b" * 1000), "longer than 100000 characters"),
        ("bob", use("lookup", "strict"), "table strict has neither 'bob' nor a default"),
        ("empty", use("lookup", "strict"), "deal.x has no value"),
        ([["a"]], use("lookup", "strict"), "lookup needs a text or a number"),
        ({"a": 1}, use("lookup", "strict"), "lookup needs a text or a number"),
        (["b", "c"], use("lookup", "strict"), r"table strict has neither \[b, c\] nor a default"),
        ([], use("lookup", "strict"), "deal.x has no value"),
        (None, use("lookup", "strict"), "deal.x has no value"),
        ("a", use("lookup", "nowhere"), "there is no table nowhere"),
        ([], use("first"), "deal.x has no value"),
        ([], use("join"), "deal.x has no value"),
        (" ", use("trim"), "deal.x has no value"),
        ("x", Filter("shout"), "there is no filter shout"),
    ],
)
def test_a_filter_refuses(given: Any, filter_: Filter, problem: str | None) -> None:
    if problem is None:
        assert len(filtered(given, filter_)) == 4000
        return
    with pytest.raises(ValueMissing, match=problem):
        filtered(given, filter_)


def test_every_filter_passes_absence_on_so_that_a_later_default_can_serve() -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "business_days": (1,),
        "at": ("09:00",),
        "date": ("%Y",),
        "replace": ("a", "b"),
        "truncate": (5,),
        "lookup": ("strict",),
        "default": (None,),
    }
    for name in FILTERS:
        kwargs = {"days": 1} if name in ("plus", "minus") else {}
        first = Filter(name, arguments.get(name, ()), kwargs)
        assert first.fault is None
        assert filtered(None, first, use("default", "none")) == "none"


def test_filters_work_one_after_the_other() -> None:
    three_days_later_at_nine = (use("business_days", 3), use("at", "09:00"))
    assert filtered("2026-10-02T15:00:00Z", *three_days_later_at_nine) == "2026-10-07T07:00:00.000Z"
    assert filtered([" Åsa "], use("first"), use("trim"), use("upper")) == "ÅSA"


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "fault"),
    [
        ("shout", (), {}, "there is no filter shout"),
        ("lower", (1,), {}, "lower takes no argument"),
        ("default", (), {}, r"default takes \(fallback\)"),
        ("default", ([1],), {}, "default: fallback must be a text, a number or true or false"),
        ("plus", (), {}, "plus takes at least one of days=, hours=, minutes=, weeks="),
        ("plus", (1,), {}, "plus takes days="),
        ("plus", (), {"day": 1}, "not day="),
        ("plus", (), {"days": 1.5}, "days must be a whole number between -3650 and 3650, not 1.5"),
        ("plus", (), {"days": True}, "days must be a whole number"),
        ("plus", (), {"hours": "1"}, "hours must be a number"),
        ("business_days", (99999,), {}, "count must be a whole number"),
        ("business_days", (1,), {"count": 1}, "not count="),
        ("at", ("9 o'clock",), {}, "clock must be a time of day such as '09:00'"),
        ("at", ("25:00",), {}, "clock must be a time of day"),
        ("at", ("09:00+02:00",), {}, "clock must be a time of day"),
        ("at", (9,), {}, "clock must be a time of day"),
        ("date", ("%d %Q",), {}, "layout must be a date layout"),
        ("date", ("100%",), {}, "layout must be a date layout"),
        ("replace", ("", "b"), {}, "old must be a text"),
        ("replace", ("a",), {}, r"replace takes \(old\), \(new\)"),
        ("replace", ("a", "b" * 1001), {}, "new must be a text"),
        ("truncate", (0,), {}, "length must be a whole number between 1"),
        ("round", (-1,), {}, "digits must be a whole number between 0 and 15"),
        ("lookup", (1,), {}, "table must be a text"),
    ],
)
def test_wrong_arguments_are_named(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], fault: str) -> None:
    found = check_arguments(name, args, kwargs)
    assert found is not None
    with pytest.raises(AssertionError, match=fault):
        raise AssertionError(found)


def test_arguments_may_be_given_by_name() -> None:
    assert check_arguments("replace", ("a",), {"new": "b"}) is None
    assert filtered("aa", use("replace", "a", new="b")) == "bb"


def test_a_slug_is_ascii_or_nothing() -> None:
    assert slugify("  Won: Ünïcode & Co.  ") == "won-unicode-co"
    assert slugify("日本") == ""
