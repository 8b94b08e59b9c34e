"""Names, addresses and other personal texts get stand-ins, the same one always the same."""

from hypothesis import assume, given
from hypothesis import strategies as st

from planhook.authoring.masking import Masks


def test_one_person_has_one_stand_in_everywhere() -> None:
    masked = Masks(()).mask(
        {
            "meeting": {
                "id": "x-1@nordlys.example",
                "title": "Svea Lind & Nordlys",
                "organizer": {"email": "Svea@Nordlys.example", "name": "Svea Lind"},
                "attendees": [{"email": "svea@nordlys.example", "response": "accepted"}, {"email": "b@gmail.com"}],
                "domains": ["nordlys.example", "gmail.com"],
                "url": "https://meet.example/svea",
            },
            "payload": {"log": "from svea lind <svea@nordlys.example>", "people": 3, "ok": True, "none": None},
        }
    )
    meeting, (svea, other) = masked["meeting"], masked["meeting"]["attendees"]

    assert meeting["organizer"] == {"email": "person1@company1.example", "name": "Person 1"}
    assert svea == {"email": "person1@company1.example", "response": "accepted"}
    assert other == {"email": "person2@company2.example"}
    assert meeting["domains"] == ["company1.example", "company2.example"]
    assert (meeting["id"], meeting["title"], meeting["url"]) == (
        "id1@company1.example",
        "Meeting 1",
        "https://link1.example",
    )
    assert masked["payload"] == {
        "log": "from Person 1 <person1@company1.example>",
        "people": 3,
        "ok": True,
        "none": None,
    }


def test_a_known_domain_stays_while_its_people_are_masked() -> None:
    masked = Masks(["ourco.example"]).mask({"deal": {"owner_email": "eva@ourco.example"}, "domains": ["ourco.example"]})

    assert masked == {"deal": {"owner_email": "person1@ourco.example"}, "domains": ["ourco.example"]}


def test_what_a_field_changed_from_is_masked_as_the_field_is() -> None:
    masks = Masks(())
    masked = masks.mask(
        {
            "deal": {"name": "Acme rollout"},
            "changes": {
                "name": {"from": "Acme pilot", "to": "Acme rollout"},
                "owner_name": {"from": "Anna Svensson", "to": "Bo Ek"},
                "organizer": {"from": {"email": "anna@acme.example", "name": "Anna"}, "to": None},
                "title": {"to": "Call with Svea"},
                "amount": {"from": "5", "to": "9"},
            },
            "payload": {"from": "nightly", "to": "daily"},
        }
    )

    assert masked["deal"] == {"name": "Deal 1"}
    assert masked["changes"] == {
        "name": {"from": "Deal 2", "to": "Deal 1"},
        "owner_name": {"from": "Person 1", "to": "Person 2"},
        "organizer": {"from": {"email": "person3@company1.example", "name": "Person 3"}, "to": None},
        "title": {"to": "Meeting 1"},
        "amount": {"from": "5", "to": "9"},
    }
    assert masked["payload"] == {"from": "nightly", "to": "daily"}
    assert masks.count == 8


def test_addresses_are_masked_where_they_are_keys() -> None:
    by_address = {"anna@acme.example": {"answer": "yes"}, "Anna@Acme.example": 2, "eva@ourco.example": 3, "x": 4}
    masks = Masks(["eva@ourco.example"])
    masked = masks.mask({"payload": {"replies": by_address, "from": "ANNA@acme.example"}})

    assert masked["payload"] == {
        "replies": {
            "person1@company1.example": {"answer": "yes"},
            "person1@company1.example 2": 2,
            "eva@ourco.example": 3,
            "x": 4,
        },
        "from": "person1@company1.example",
    }
    assert masks.count == 2


_name = st.from_regex(r"[A-Z][a-z]{3,8} [A-Z][a-z]{3,8}", fullmatch=True)


@given(st.dictionaries(st.sampled_from(["name", "company_name", "owner_email", "title", "note"]), _name), _name)
def test_no_name_that_stands_under_a_name_is_left_anywhere(deal: dict[str, str], name: str) -> None:
    # Another name may begin with this one, as Aaaa Aaaaa with Aaaa Aaaa; it is not this one.
    assume(not any(name.casefold() in other.casefold() for other in deal.values() if other != name))
    email = name.replace(" ", ".").lower() + "@firm.example"
    data = {"deal": {**deal, "company_name": name}, "payload": {"x": [f"about {name}: {email}", {"y": email.upper()}]}}
    masked = str(Masks(()).mask(data)).casefold()

    assert name.casefold() not in masked
    assert email not in masked
