"""Which status and which custom field somebody meant."""

import pytest

from planhook.core.tenant_words import meant_field, meant_status

TENANT = ["In progress", "Waiting 1", "Signed", "Open", "Cancelled"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("done", "Done"),
        ("DONE", "Done"),
        ("Doen", "Done"),
        ("ignored", "Ignored"),
        ("In-Progress", "In progress"),
        ("In progres", "In progress"),
        ("Canceled", "Cancelled"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(written: str, meant: str) -> None:
    assert meant_status(written, TENANT) == meant


@pytest.mark.parametrize("written", [*TENANT, "Done", "Waiting 2", "Unsigned", "Opened", "New", "Won", "", "-"])
def test_a_status_of_its_own_is_no_slip(written: str) -> None:
    assert meant_status(written, TENANT) is None


@pytest.mark.parametrize(
    ("written", "meant"), [("deal Value", "Deal value"), ("Deal valu", "Deal value"), ("Ort", None)]
)
def test_the_custom_field_most_like_it_is_found(written: str, meant: str | None) -> None:
    assert meant_field(written, ["Deal value", "Region"]) == meant
