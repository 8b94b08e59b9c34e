"""What a HubSpot event has when its deal, company and owner have been read."""

import pytest

from planhook.core.event import milliseconds
from planhook.store.journal import Filters
from tests.fetch.conftest import NOW_MS, Line, change
from tests.fetch.hubspot_api import TOKEN, HubSpotApi


def test_a_stage_change_gets_the_whole_deal(line: Line) -> None:
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.complete()

    deal = line.deal(won)
    properties = deal.pop("properties")
    assert deal == {
        "id": "42",
        "name": "Acme renewal",
        "stage": "closedwon",
        "pipeline": "default",
        "amount": 4800.5,
        "currency": "EUR",
        "status": "won",
        "owner_id": "5",
        "owner_email": "ann@example.com",
        "company_id": "7",
        "company_name": "Acme",
        "contact_ids": ["c1", "c2"],
        "closed_at": "2026-03-02T09:20:00.000Z",
        "url": "https://app.hubspot.com/contacts/48120077/record/0-3/42",
    }
    assert properties["dealname"] == "Acme renewal"
    assert properties["company"] == {"id": "7", "name": "Acme", "domain": "acme.com"}
    assert line.status(won) == ("ignored", "no rule")
    line.assert_books_balance()


def test_the_event_keeps_its_id_its_time_and_what_it_told(line: Line, api: HubSpotApi) -> None:
    (moved,) = line.accept(change("dealstage", "contractsent"))
    line.complete()

    shown = line.journal.event(moved.id)
    assert shown["event"]["deal"]["stage"] == "contractsent"
    assert "status" not in shown["event"]["deal"]  # "won" belongs to the stage the deal has now
    assert shown["event"]["changes"] == {"stage": {"to": "contractsent"}}
    assert shown["event"]["payload"]["objectId"] == 42
    assert shown["types"] == ["deal.stage_changed", "deal.updated"]
    stored = line.journal.event(moved.id)
    assert stored["occurred_at"] == "2026-03-02T09:21:03.952Z"
    assert moved.order == (NOW_MS, 0) == (milliseconds(moved.occurred_at), 0)
    assert api.taken("/deals/42") == 1


def test_an_open_deal_is_fetched_without_a_time_of_closing(line: Line, api: HubSpotApi) -> None:
    api.deals["42"]["properties"] |= {"dealstage": "contractsent", "hs_is_closed": "false", "hs_is_closed_won": "false"}
    (moved,) = line.accept(change("dealstage", "contractsent"))
    line.complete()

    deal = line.deal(moved)
    assert (deal["status"], "closed_at" in deal) == ("open", False)
    assert deal["properties"]["closedate"]


def test_a_stage_that_hubspot_calls_won_makes_the_deal_won(line: Line, api: HubSpotApi) -> None:
    api.deals["42"]["properties"]["dealstage"] = "190288"  # of a pipeline that no rule file names
    (won,) = line.accept(change("dealstage", "190288"))
    line.complete()

    shown = line.journal.event(won.id)
    assert shown["type"] == "deal.won"
    assert shown["types"] == ["deal.won", "deal.stage_changed", "deal.updated"]
    assert [row["type"] for row in line.journal.events(Filters(), 10, None)[0]] == ["deal.won"]


def test_an_open_deal_is_open(line: Line, api: HubSpotApi) -> None:
    properties = {"hs_is_closed": "false", "hs_is_closed_won": "false", "dealstage": "contractsent"}
    api.deals["42"]["properties"].update(properties)
    (named,) = line.accept(change("dealname", "Acme AB"))
    line.complete()

    assert line.deal(named)["status"] == "open"
    assert line.deal(named)["name"] == "Acme AB"


def test_the_company_may_be_known_by_another_property(line: Line, api: HubSpotApi) -> None:
    line.configure(company_key="planhat_id", properties=["renewal_date"])
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.complete()

    assert line.deal(won)["company_id"] == "P7"
    assert line.deal(won)["properties"]["renewal_date"] == "2027-01-01"
    (asked,) = [query for path, query in zip(api.calls, api.queries, strict=True) if "/companies/" in path]
    assert asked == {"properties": "name,domain,planhat_id"}


def test_a_company_without_that_property_gives_no_company(line: Line, api: HubSpotApi) -> None:
    """HubSpot's own number would be taken for an id of Planhat."""
    line.configure(company_key="planhat_id")
    api.add_deal("42", company="8", dealname="Bolt")
    (named,) = line.accept(change("dealname", "Bolt"))
    line.complete()

    assert "company_id" not in line.deal(named)
    assert line.deal(named)["company_name"] == "Bolt"


def test_a_new_primary_company_is_the_one_the_event_tells(line: Line) -> None:
    association = {
        **change("", ""),
        "subscriptionType": "deal.associationChange",
        "associationType": "DEAL_TO_COMPANY",
        "fromObjectId": 42,
        "toObjectId": 8,
        "isPrimaryAssociation": True,
    }
    (changed,) = line.accept(association)
    line.complete()

    assert (line.deal(changed)["company_id"], line.deal(changed)["company_name"]) == ("8", "Bolt")


def test_companies_and_owners_are_read_once_for_many_deals(line: Line, api: HubSpotApi) -> None:
    for number in range(50, 60):
        api.add_deal(str(number), company="7", dealname="x", hubspot_owner_id="5")
    line.accept(*(change("dealname", "x", deal=number) for number in range(50, 52)))
    line.complete()
    line.accept(*(change("dealname", "x", deal=number) for number in range(52, 60)))
    line.complete()

    assert api.taken("/deals/") == 10
    # Two deals that are looked up at the same time may both ask.
    assert api.taken("/companies/7") <= 2
    assert api.taken("/owners/5") <= 2


def test_a_company_or_owner_that_is_gone_is_left_out(line: Line, api: HubSpotApi) -> None:
    api.companies.clear()
    api.owners.clear()
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.complete()

    deal = line.deal(won)
    assert deal["company_id"] == "7"
    assert "company_name" not in deal
    assert "owner_email" not in deal
    assert line.status(won) == ("ignored", "no rule")


def test_the_token_goes_into_the_header_only(line: Line, api: HubSpotApi) -> None:
    line.accept(change("dealstage", "closedwon"))
    line.complete()

    assert TOKEN not in str(api.calls) + str(api.queries)
    assert TOKEN not in repr(line.source) + repr(line.fetcher)
    for key in line.redis.scan_iter("*"):
        assert TOKEN.encode() not in (line.redis.dump(key) or b"")


@pytest.mark.parametrize(
    "element",
    [
        {**change("", ""), "subscriptionType": "deal.deletion"},
        {**change("email", "a@b.c"), "subscriptionType": "contact.propertyChange"},
    ],
)
def test_what_is_gone_or_no_deal_is_not_fetched(line: Line, api: HubSpotApi, element: dict[str, object]) -> None:
    (event,) = line.accept(element)
    line.plan()

    assert line.status(event) == ("ignored", "no rule")
    assert api.calls == []


def test_a_workflow_tells_the_deal_and_gets_the_rest(line: Line) -> None:
    line.configure(signature="v2")
    (told,) = line.accept({"objectId": 42, "objectType": "DEAL", "properties": {"amount": "99"}})
    line.complete()

    deal = line.deal(told)
    assert (deal["amount"], deal["name"], deal["company_name"]) == (99, "Acme renewal", "Acme")


def test_a_record_that_cannot_be_read_ends_its_event_dead(line: Line, api: HubSpotApi) -> None:
    api.deals["42"]["properties"]["amount"] = "a lot"
    (named,) = line.accept(change("dealname", "x"))
    line.complete()

    status, reason = line.status(named)
    assert status == "dead"
    assert "deal.amount is not a number" in reason


def test_a_huge_deal_is_given_to_few_events_at_a_time(line: Line, api: HubSpotApi) -> None:
    api.deals["42"]["properties"]["dealname"] = "x" * 1_500_000
    events = line.accept(*(change("amount", "1", at=number) for number in range(5)))
    line.complete()

    assert api.taken("/deals/42") == 3
    assert {line.status(event) for event in events} == {("ignored", "no rule")}


@pytest.mark.parametrize("number", ["../../owners/5", "9" * 60, "x" * 100_000])
def test_what_is_no_number_of_a_deal_is_never_asked_for(line: Line, api: HubSpotApi, number: str) -> None:
    (event,) = line.accept({**change("dealname", "x"), "objectId": number})
    line.complete()

    assert line.status(event)[0] == "dead"
    assert all(len(path) < 100 and "owners" not in path for path in api.calls)


def test_without_fetch_nothing_is_called(line: Line, api: HubSpotApi) -> None:
    line.configure(fetch=None)
    (won,) = line.accept(change("dealstage", "closedwon"))
    assert (line.receipt.wake, line.receipt.wake_fetcher) == (True, False)
    line.plan()

    assert line.status(won) == ("ignored", "no rule")
    assert line.deal(won) == {
        "id": "42",
        "stage": "closedwon",
        "status": "won",
        "properties": {"dealstage": "closedwon"},
    }
    assert api.calls == []
