"""A fault of ours in reading rule files is a finding that names the file."""

from pathlib import Path

import pytest

from planhook.authoring.check import check
from tests.rulebook.conftest import OddEnvironment

FINE = "rules:\n  - {name: %s, on: deal.won, then: {cancel: {_id: 58e231b14246fc73139f29e8}}}\n"
ODD = "sources:\n  h: {kind: hubspot, secret: '${HS}'}\n"


@pytest.mark.parametrize("odd", range(5))
def test_check_names_the_one_file_that_reading_fails_on(folder: Path, odd: int) -> None:
    for index in range(5):
        (folder / f"{index}.yaml").write_text(ODD if index == odd else FINE % f"R{index}")

    (finding,) = check(folder, OddEnvironment())

    assert (finding.file, finding.severity) == (f"{folder}/{odd}.yaml", "error")
    assert "(LookupError, conftest.py:" in finding.message


def test_of_several_such_files_one_is_named_in_one_finding(folder: Path) -> None:
    for name, text in {"a": FINE % "A", "b": ODD, "c": ODD.replace("h:", "i:"), "d": "rulez: []"}.items():
        (folder / f"{name}.yaml").write_text(text)

    (finding,) = check(folder, OddEnvironment())

    assert finding.file in (f"{folder}/b.yaml", f"{folder}/c.yaml")


def test_what_the_fault_says_is_not_told_for_it_may_hold_a_secret(folder: Path) -> None:
    (folder / "a.yaml").write_text(ODD)

    (finding,) = check(folder, OddEnvironment())

    assert "HS" not in finding.message
