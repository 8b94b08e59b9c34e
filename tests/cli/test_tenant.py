"""`tenant`: an operator asks, and may say, whether Planhat is the one whose tasks Redis knows."""

from tests.cli.conftest import Past

FIRST = {"PLANHAT_API_URL": "https://api.planhat.com", "PLANHAT_API_TOKEN": "first"}
SECOND = {**FIRST, "PLANHAT_API_TOKEN": "second"}


def test_what_an_operator_accepted_is_known_for_that_token_only(past: Past) -> None:
    assert past.planhook("tenant", **FIRST).returncode == 1

    accepted = past.planhook("tenant", "--accept", **FIRST)

    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert past.planhook("tenant", **FIRST).returncode == 0
    assert past.planhook("tenant", **SECOND).returncode == 1


def test_without_a_token_it_says_what_is_missing(past: Past) -> None:
    done = past.planhook("tenant", PLANHAT_API_TOKEN="")

    assert done.returncode == 2
    assert "PLANHAT_API_TOKEN is not set" in done.stderr
