"""Examples that try what never comes are told at their line, with what to write; what tries the rule itself is not."""

from pathlib import Path

import pytest

from planhook.authoring import check

SOURCES = """
sources:
  crm: {kind: hubspot, secret: "${T}"}
  pipe: {kind: pipedrive, username: u, password: "${T}"}
  force: {kind: salesforce, organization_id: 00D000000000001AAA, verify: {scheme: bearer, token: "${T}"}}
  invites: {kind: icalendar, verify: {scheme: bearer, token: "${T}"}}
  shop: {kind: json, verify: {scheme: bearer, token: "${T}"}}
"""
ENV = {"T": "t" * 24}


def told(folder: Path, narrowed: str, given: str, expect: str = "[cancel: {}]", sources: str = SOURCES) -> list[str]:
    """What is told of the example of a rule, without what is the same in all; each must be an error at `given`."""
    rule = f"  - {{name: A, {narrowed}, then: {{cancel: {{_id: 58e231b14246fc73139f29e8}}}}, examples: [\n"
    example = f"      {{expect: {expect},\n       given: {{{given}}}}}]}}\n"
    (folder / "a.yaml").write_text(f"rules:\n{rule}{example}{sources}")
    found = check(folder, ENV)
    assert {(each.line, each.severity) for each in found} <= {(4, "error")}
    return [each.message.removeprefix("this example of 'A' fails: ") for each in found]


@pytest.mark.parametrize(
    ("narrowed", "given", "message"),
    [
        (
            "on: deal.won",
            "source: nowhere, deal: {id: D1}",
            "there is no source nowhere, so this never comes (known are crm, force, invites, pipe, shop)",
        ),
        (
            "on: deal.won",
            "source: crmm, deal: {id: D1}",
            "there is no source crmm, so this never comes (did you mean crm?)",
        ),
        (
            "on: deal.won",
            "source: hubspot, deal: {id: D1}",
            "there is no source hubspot, so this never comes (did you mean crm?)",
        ),
        (
            "on: deal.won, from: crm",
            "source: pipe, deal: {id: D1}",
            "this rule hears crm only, so nothing of pipe reaches it; write source: crm, or expect: nothing",
        ),
        (
            "on: deal.won, from: ['c*', 's*']",
            "source: pipe, deal: {id: D1}",
            "this rule hears c*, s* only, so nothing of pipe reaches it; write source: crm or shop, or expect: nothing",
        ),
        (
            "on: deal.won, if: {event.source: crm}",
            "source: pipe, deal: {id: D1}",
            "event.source is crm under if, so nothing of pipe meets it; write source: crm, or expect: nothing",
        ),
        (
            "on: deal.won, if: {none: [event.source: [pipe, shop, invites]]}",
            "source: pipe, deal: {id: D1}",
            "if leaves out what pipe sends; write source: crm or force, or expect: nothing",
        ),
        (
            "on: deal.won",
            "source: invites, deal: {id: D1}",
            "invites (of kind icalendar) never sends deal.won; write source: crm or force or pipe or shop",
        ),
        (
            "on: [meeting.scheduled, deal.won]",
            "source: crm, type: meeting.scheduled, meeting: {id: M1}",
            "crm (of kind hubspot) never sends meeting.scheduled; write source: invites or shop",
        ),
        (
            "on: [deal.deleted, deal.lost]",
            "source: force, type: deal.deleted, deal: {id: D1}",
            (
                "force (of kind salesforce, it tells deal.created, deal.updated, deal.won and deal.lost)"
                " never sends deal.deleted; write source: crm or pipe or shop"
            ),
        ),
        (
            "on: shop.order.paid",
            "source: shop, type: order.paid",
            "shop (of kind json) never sends order.paid; write type: shop.order.paid",
        ),
    ],
)
def test_an_example_of_what_never_comes_is_an_error(tmp_path: Path, narrowed: str, given: str, message: str) -> None:
    assert told(tmp_path, narrowed, given) == [message]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("source: crmm, deal: {id: D1}", "there is no source crmm, so this never comes (did you mean crm?)"),
        (
            "source: invites, deal: {id: D1}",
            "invites (of kind icalendar) never sends deal.won; write source: crm or force or pipe or shop",
        ),
    ],
)
def test_so_is_one_that_expects_nothing(tmp_path: Path, given: str, message: str) -> None:
    assert told(tmp_path, "on: deal.won", given, "nothing") == [message]


@pytest.mark.parametrize(
    ("narrowed", "given", "expect"),
    [
        ("on: deal.won", "source: pipe, deal: {id: D1}", "[cancel: {}]"),
        ("on: deal.won", "source: example, deal: {id: D1}", "[cancel: {}]"),
        ("on: deal.won, from: crm", "deal: {id: D1}", "[cancel: {}]"),
        ("on: deal.won, from: '*'", "source: shop, deal: {id: D1}", "[cancel: {}]"),
        ("on: deal.won, from: crm", "source: pipe, deal: {id: D1}", "nothing"),
        ("on: deal.won, from: crm", "source: invites, deal: {id: D1}", "nothing"),
        ("on: deal.won, if: {event.source: crm}", "source: pipe, deal: {id: D1}", "nothing"),
        ("on: deal.won, if: {event.source: CRM}", "source: crm, deal: {id: D1}", "[cancel: {}]"),
        (
            "on: deal.won, if: {any: [event.source: crm, deal.amount: {at_least: 5}]}",
            "source: pipe, deal: {id: D1, amount: 9}",
            "[cancel: {}]",
        ),
        ("on: shop.order.paid", "source: shop", "[cancel: {}]"),
        ("on: 'crm.*'", "source: crm, type: crm.contact.creation", "[cancel: {}]"),
        ("on: 'meeting.*'", "source: invites, type: meeting.updated, meeting: {id: M1}", "[cancel: {}]"),
    ],
)
def test_what_may_come_and_what_tries_the_rule_is_fine(tmp_path: Path, narrowed: str, given: str, expect: str) -> None:
    assert told(tmp_path, narrowed, given, expect) == []


def test_without_any_source_the_condition_names_those_that_may_be_tried(tmp_path: Path) -> None:
    narrowed = "on: deal.won, if: {event.source: [crm, pipe]}"

    assert told(tmp_path, narrowed, "source: shop, deal: {id: D1}", sources="") == [
        "event.source is crm, pipe under if, so nothing of shop meets it; write source: crm or pipe, or expect: nothing"
    ]


def test_where_a_rule_hears_one_source_alone_any_other_name_tries_that(tmp_path: Path) -> None:
    only = 'sources: {crm: {kind: hubspot, secret: "${T}"}}'

    assert told(tmp_path, "on: deal.won, from: crm", "source: other, deal: {id: D1}", "nothing", only) == []


@pytest.mark.parametrize(
    "sources", ["", 'sources: {pay: {kind: stripe, secret: "${T}"}, in: {kind: calendly, secret: "${T}"}}']
)
def test_sources_may_stand_elsewhere(tmp_path: Path, sources: str) -> None:
    assert told(tmp_path, "on: deal.won", "source: crm, deal: {id: D1}", sources=sources) == []


@pytest.mark.parametrize(
    ("narrowed", "given", "message"),
    [
        ("on: deal.won, from: crm", "type: deal.closed, deal: {id: D1}", "deal.closed (did you mean deal.won?)"),
        ("on: deal.won", "source: pipe, type: deal.wonn, deal: {id: D1}", "deal.wonn (did you mean deal.won?)"),
        ("on: 'deal.*', from: [crm, force]", "type: deal.moved", "deal.moved (did you mean deal.stage_changed?)"),
        ("on: 'meeting.*', from: invites", "type: meeting.booked", "meeting.booked (did you mean meeting.scheduled?)"),
        ("on: deal.won, from: crm", "types: [deal.closed], deal: {id: D1}", "deal.closed (did you mean deal.won?)"),
        ("on: deal.won, from: crm", "type: deals.won, deal: {id: D1}", "deals.won (did you mean deal.won?)"),
    ],
)
@pytest.mark.parametrize("expect", ["nothing", "[cancel: {}]"])
def test_a_type_that_none_of_the_sources_may_send_is_an_error(
    tmp_path: Path, narrowed: str, given: str, message: str, expect: str
) -> None:
    assert told(tmp_path, narrowed, given, expect) == [f"there is no type of event {message}"]


@pytest.mark.parametrize(
    "sources",
    [
        "",
        'sources: {pay: {kind: stripe, secret: "${T}"}, in: {kind: calendly, secret: "${T}"}}',
        'sources: {shop: {kind: json, verify: {scheme: bearer, token: "${T}"}}}',
        'sources: {a: {kind: attio, secret: "${T}"}, b: {kind: cloudevents, verify: {scheme: bearer, token: "${T}"}}}',
    ],
)
def test_where_a_source_may_send_any_type_an_unknown_one_is_a_warning(tmp_path: Path, sources: str) -> None:
    rule = "{name: A, on: 'deal.*', then: {cancel: {_id: 58e231b14246fc73139f29e8}}, examples: [\n%s]}"
    example = "{given: {type: deal.closed, deal: {id: D1}}, expect: [cancel: {}]}"
    (tmp_path / "a.yaml").write_text(f"rules:\n  - {rule % example}\n{sources}\n")

    (finding,) = check(tmp_path, ENV)

    assert (finding.line, finding.severity) == (3, "warning")
    assert finding.message == "there is no type of event deal.closed (did you mean deal.won?)"


def test_a_type_of_the_same_name_as_a_source_is_its_own(tmp_path: Path) -> None:
    sources = 'sources: {deals: {kind: json, verify: {scheme: bearer, token: "${T}"}}}'

    assert told(tmp_path, "on: 'deals.*'", "type: deals.won, payload: {id: 1}", sources=sources) == []
