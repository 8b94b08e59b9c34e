"""What docs/explain.md shows is what `explain` says, and it names every key of its JSON."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import WON, Past
from tests.cli.test_offline_commands import ROOT, planhook

TEXT = (ROOT / "docs" / "explain.md").read_text("utf-8")
COMMAND = "$ .venv/bin/python -m planhook explain big.yaml\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shown"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "deals.yaml").write_text(TEXT.split("```yaml\n")[1].split("```")[0], "utf-8")
    (folder / "big.yaml").write_text(TEXT.split("$ cat big.yaml\n")[1].split(COMMAND)[0], "utf-8")
    return folder


def test_the_tree_that_is_shown_is_the_one_that_explain_draws(project: Path) -> None:
    shown = TEXT.split(COMMAND)[1].split("```")[0]

    assert planhook("explain", "big.yaml", cwd=project).stdout == shown


def test_every_key_of_the_json_is_named(project: Path, past: Past) -> None:
    (of_a_file,) = json.loads(planhook("explain", "big.yaml", "--json", cwd=project).stdout)["events"]
    (stored,) = json.loads(past.planhook("explain", WON.id, "--json").stdout)["events"]
    big, lost = of_a_file["decisions"]
    (action,) = big["actions"]

    said = {
        *(of_a_file | stored).keys(),
        *(big | lost).keys(),
        *_keys(big["condition"]),
        *_keys(big["listening"]),
        *action.keys(),
        *(key for field in action["fields"].values() for key in _keys(field)),
    }
    assert said <= set(re.findall(r"`(\w+)`", TEXT))
    assert {"gave", "parts", "placeholders"} <= said


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
