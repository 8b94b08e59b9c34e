"""Personal texts are known by their form, by keys that name a role, and by names that the event has elsewhere."""

from typing import Any

import pytest

from planhook.authoring.masking import Masks
from planhook.authoring.personal_forms import ibans_in, phones_in


def masked(data: dict[str, Any], whole: dict[str, Any] | None = None) -> dict[str, Any]:
    return Masks(()).mask(data, whole)


@pytest.mark.parametrize(
    "phone",
    [
        "+43 660 1234567",
        "+436601234567",
        "+43 (0)660 / 123 45 67",
        "+1 (555) 867-5309",
        "0043 660 1234567",
        "00436601234567",
        "0660/1234567",
        "0660 123 45 67",
        "(030) 1234-567",
        "06.12.34.56.78",
        "555-867-5309",
        "(555) 867 5309",
        "12 34 56 78",
    ],
)
@pytest.mark.parametrize("around", ["{}", "Call {}, please", "tel:{} 2026-10-02"])
def test_phone_numbers_are_known_by_their_form(phone: str, around: str) -> None:
    assert list(phones_in(around.format(phone), only_with_country=False)) == [phone]
    assert phone not in str(masked({"payload": {"contact_info": around.format(phone)}}))


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-02T15:00:00.000Z",
        "2026-10-02 15:00",
        "02.10.2026",
        "10/02/2026",
        "02.10.26",
        "2 10 2026",
        "9000.00",
        "1.234.567,89",
        "1,234,567.00",
        "1 234 567",
        "14820331",
        "31588204417",
        "58e231b14246fc73139f29e8",
        "550e8400-e29b-41d4-a716-446655440000",
        "192.168.100.200",
        "RE-2026-000123",
        "v1.2.3",
        "+5 %",
        "08:00-09:00",
    ],
)
def test_numbers_dates_and_ids_are_no_phone_numbers(text: str) -> None:
    assert list(phones_in(text, only_with_country=False)) == []
    assert list(ibans_in(text)) == []
    assert masked({"payload": {"info": text}}) == {"payload": {"info": text}}


def test_one_number_written_in_two_ways_has_one_stand_in() -> None:
    data = {"deal": {"mobil": "+43 660 1234567", "note_2": "0043 660 / 1234567", "tel": 436601234567}}

    assert masked(data) == {"deal": {"mobil": "+1 555 0001", "note_2": "+1 555 0001", "tel": 15550001}}


def test_a_plain_number_under_an_id_is_no_phone_number() -> None:
    data = {"deal": {"id": "0043 1234 5678", "ref": "0012-345678"}}

    assert masked(data) == data


@pytest.mark.parametrize("iban", ["AT611904300234573201", "AT61 1904 3002 3457 3201", "GB82WEST12345698765432"])
def test_bank_accounts_are_known_by_their_form(iban: str) -> None:
    assert masked({"payload": {"konto": iban, "x": f"to {iban} at once"}}) == {
        "payload": {"konto": "IBAN 1", "x": "to IBAN 1 at once"}
    }


@pytest.mark.parametrize(
    "key",
    [
        "owner",
        "account_manager",
        "accountManager",
        "signed_by",
        "createdBy",
        "csm",
        "assignee",
        "deal_owner",
        "owners",
        "sales_rep",
        "assigned_to",
        "hubspot_owner",
        "author",
        "contact",
        "owner_name",
    ],
)
def test_names_stand_under_keys_that_name_a_role(key: str) -> None:
    assert masked({"deal": {"properties": {key: "Mechthild Oyelaran"}}}) == {"deal": {"properties": {key: "Person 1"}}}
    assert masked({"changes": {key: {"from": "Mechthild Oyelaran", "to": None}}}) == {
        "changes": {key: {"from": "Person 1", "to": None}}
    }


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("owner_id", "14820331"),
        ("owner", "14820331"),
        ("owner", "user_7"),
        ("contact_type", "partner"),
        ("ordered_by_date", "no"),
        ("account_size", "big"),
    ],
)
def test_ids_and_other_texts_about_a_role_stay(key: str, text: str) -> None:
    assert masked({"deal": {key: text}}) == {"deal": {key: text}}


@pytest.mark.parametrize(
    "told",
    [
        {"deal": {"stage": "Closed Won", "properties": {"StageName": "Closed Won"}}},
        {"deal": {"stage": "Proposal/Price Quote"}, "payload": {"stage_name": "Proposal/Price Quote"}},
        {"payload": {"stage": {"id": 3, "name": "Contract Sent"}, "pipeline": {"label": "Sales Nord"}}},
        {"payload": {"pipelineName": "Sales Nord", "statusName": "In Progress", "currency": {"name": "Swiss Franc"}}},
        {"payload": {"product_name": "Fleet Licence", "products": [{"name": "Fleet Licence"}], "plan": "Growth"}},
        {"payload": {"propertyName": "dealstage", "LogicalName": "opportunity", "MessageName": "Update"}},
        {"deal": {"company_id": "cus_Sx9Kq2WmZr41Ta", "properties": {"customer": "cus_Sx9Kq2WmZr41Ta"}}},
        {"deal": {"company_id": "C7"}, "payload": {"account": "C7", "company": "14820331"}},
        {"changes": {"StageName": {"from": "Closed Won", "to": "Value Proposition"}}},
        {"payload": {"owner": "Sales Team", "assigned_to": "unassigned"}},
    ],
)
def test_stages_products_and_ids_are_no_names(told: dict[str, Any]) -> None:
    assert masked(told) == told


def test_a_company_that_only_looks_like_an_id_is_masked_where_its_key_says_that_it_is_a_name() -> None:
    assert masked({"payload": {"company_name": "C7", "company": "3M"}}) == {
        "payload": {"company_name": "Company 1", "company": "Company 2"}
    }


def test_the_names_of_a_company_in_the_name_of_a_product_are_masked_as_a_whole_only() -> None:
    told = {"company_name": "Growth Partners", "plan": "Growth", "product": "Licence of Growth Partners"}

    assert masked({"deal": told}) == {
        "deal": {"company_name": "Company 1", "plan": "Growth", "product": "Licence of Company 1"}
    }


GRUBER = {"deal": {"company_name": "Gruber Stahlbau GmbH", "owner": "Wendelin Gruber"}}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("gruber-stahlbau-2026", "company1-2026"),
        ("GRUBER_STAHLBAU-77", "company1-77"),
        ("gruberstahlbau7", "company1-7"),
        ("lead_77GruberStahlbau", "lead_77company1"),
        ("wendelin.gruber-17", "person1-17"),
        ("wgruber", "person1"),
        ("user_Wendelin19", "user_person1-19"),
        ("D1", "D1"),
    ],
)
def test_words_of_names_in_ids_are_masked_and_equal_ids_stay_equal(text: str, made: str) -> None:
    data = {"deal": {**GRUBER["deal"], "id": text}, "payload": {"ref": text, "log": f"about {text}"}}
    told = masked(data)

    assert (told["deal"]["id"], told["payload"]) == (made, {"ref": made, "log": f"about {made}"})


@pytest.mark.parametrize("text", ["58e231ada46fc73139f29e8", "adagio-7", "acme"])
def test_what_only_looks_like_a_name_in_an_id_stays(text: str) -> None:
    assert masked({"deal": {"owner": "Ada Lo", "id": text}})["deal"]["id"] == text


def test_different_ids_stay_different() -> None:
    told = masked({"deal": {**GRUBER["deal"], "id": "gruber-1", "company_id": "stahlbau-1", "lead_id": "gruber-2"}})

    assert len({told["deal"][key] for key in ("id", "company_id", "lead_id")}) == 3
    assert "gruber" not in str(told).casefold()


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("ref:wendelin.gruber%40gruber-stahlbau.example", "ref:person1%40company1.example"),
        (
            "https://x.example/?to=http%3A%2F%2Fgruber-stahlbau.example%2Fa",
            "https://x.example/?to=http://company1.example/a",
        ),
        ("a?name=Wendelin%20Gruber", "a?name=Person%202"),
        ("100%25 sure", "100%25 sure"),
    ],
)
def test_what_is_encoded_for_the_web_is_masked_too(text: str, made: str) -> None:
    data = {"payload": {"x": text}}
    mail = {"mail": "wendelin.gruber@gruber-stahlbau.example", "owner": "Wendelin Gruber"}

    assert masked({"a": mail, **data})["payload"]["x"] == made


def test_names_are_learnt_from_what_the_rule_does_not_read() -> None:
    whole = {"payload": {"properties": {"firma": "Gruber Stahlbau", "owner": "Wendelin Gruber", "by": "admin"}}}
    data = {"deal": {"log": "Herr Gruber, Stahlbau; then Wendelin by admin", "stage": "Stahlbau"}}
    masks = Masks(())
    told = masks.mask(data, {**whole, **data})

    assert told["deal"] == {"log": "Herr Company 1; then Person 1 by admin", "stage": "Stahlbau"}
    assert masks.count == 2


def test_a_text_that_is_opened_stays_but_for_the_names_in_it() -> None:
    data = {"meeting": {"title": "Kickoff Gruber Stahlbau: Wendelin"}}

    assert Masks((), ["kickoff gruber stahlbau: wendelin"]).mask(data, {**data, **GRUBER})["meeting"] == {
        "title": "Kickoff Company 1: Person 1"
    }


def test_names_shown_before_their_addresses_are_those_of_the_person() -> None:
    data = {"payload": {"From": "Svea Lind <svea@nordlys.example>", "x": "Svea"}}

    assert masked(data) == {"payload": {"From": "Person 1 <person1@company1.example>", "x": "person1"}}
