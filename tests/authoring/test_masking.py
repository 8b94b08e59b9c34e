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
