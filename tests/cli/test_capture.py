"""`capture` from the shell: an event of the journal becomes an example in a rule file."""

import json
import stat

import pytest

from tests.cli.conftest import NAMELESS, SMALL, WON, Past

UNKNOWN = "evt_000000000000000000000000"


def test_an_event_becomes_an_example_that_passes(past: Past) -> None:
    file = past.folder / "rules" / "rules.yaml"
    file.chmod(0o640)
    before = file.read_text("utf-8")
    done = past.planhook("capture", WON.id, "--rule", "Start")

    assert done.returncode == 0
    assert done.stdout.startswith("rules/rules.yaml:10: this example was added\n  - given:\n")
    assert "personal texts masked: 1\n" in done.stdout
    assert file.read_text("utf-8").startswith(before)
    assert "Acme" not in file.read_text("utf-8").removeprefix(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert "1 example passed, 0 failed\n" in past.planhook("test").stdout


def test_a_link_to_a_rule_file_stays_a_link(past: Past) -> None:
    link, real = past.folder / "rules" / "rules.yaml", past.folder / "shared.yaml"
    link.rename(real)
    link.symlink_to("../shared.yaml")
    past.planhook("capture", WON.id, "--rule", "Start")

    assert link.is_symlink()
    assert "examples:" in real.read_text("utf-8")


def test_both_ways_of_a_condition_are_captured_from_two_events(past: Past) -> None:
    past.planhook("capture", WON.id, "--rule", "Start")
    past.planhook("capture", SMALL.id, "--rule", "start")

    assert "no example" not in past.planhook("test").stdout


def test_a_rule_that_is_switched_off_is_said_to_be_and_its_example_is_run(past: Past) -> None:
    file = past.folder / "rules" / "rules.yaml"
    file.write_text(file.read_text("utf-8").replace("on: deal.won", "on: deal.won\n    enabled: false"), "utf-8")
    done = past.planhook("capture", WON.id, "--rule", "Start")

    assert done.returncode == 0
    assert "the rule is switched off (enabled: false): `test` runs its examples all the same\n" in done.stdout
    assert "✓ Start (1 example, switched off)" in past.planhook("test").stdout


def test_a_second_time_nothing_is_added(past: Past) -> None:
    past.planhook("capture", WON.id, "--rule", "Start")
    before = (past.folder / "rules" / "rules.yaml").read_bytes()
    done = past.planhook("capture", WON.id, "--rule", "Start")

    assert done.returncode == 0
    assert "the rule has this example already" in done.stdout
    assert (past.folder / "rules" / "rules.yaml").read_bytes() == before


def test_a_dry_run_shows_and_writes_nothing(past: Past) -> None:
    before = (past.folder / "rules" / "rules.yaml").read_bytes()
    told = json.loads(past.planhook("capture", WON.id, "--rule", "Start", "--dry-run", "--json").stdout)

    assert (told["file"], told["line"], told["written"]) == ("rules/rules.yaml", 10, False)
    assert told["example"]["given"]["deal"] == {"id": "D1", "name": "Deal 1", "amount": 9000}
    assert (past.folder / "rules" / "rules.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("event", "rule", "said"),
    [
        (UNKNOWN, "Start", "there is no event"),
        (WON.id, "Stat", "there is no rule called Stat (did you mean Start?)"),
        (NAMELESS.id, "Start", "cannot be carried out: create: action: deal.name has no value"),
    ],
)
def test_what_cannot_be_captured_ends_with_1_and_one_line(past: Past, event: str, rule: str, said: str) -> None:
    done = past.planhook("capture", event, "--rule", rule)

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_used_is_told_by_file_and_line(past: Past) -> None:
    (past.folder / "rules" / "rules.yaml").write_text("rules: [{}]\n", "utf-8")
    done = past.planhook("capture", WON.id, "--rule", "Start")

    assert done.returncode == 1
    assert "rules/rules.yaml:1" in done.stdout
