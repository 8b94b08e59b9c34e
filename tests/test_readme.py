"""The README stays true: what it names exists, and what exists is named."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from planhook.settings import SETTINGS
from planhook.sources import KINDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("variable", [setting.variable for setting in SETTINGS.values()])
def test_every_setting_is_named(variable: str) -> None:
    assert f"`{variable}`" in README


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_sender_has_a_row(kind: str) -> None:
    assert f"| `{kind}` |" in README


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_inside_the_repository_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z]+)`", README))))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_explanation_shown_is_the_one_that_explain_gives(tmp_path: Path) -> None:
    shown = README.split("$ .venv/bin/python -m planhook explain won.json\n")[1].split("\n…")[0]
    event = README.split("$ cat won.json\n")[1].split("\n$ ")[0]
    json.loads(event)
    (tmp_path / "won.json").write_text(event, "utf-8")

    command = [sys.executable, "-m", "planhook", "explain", str(tmp_path / "won.json"), "--rules", "rules"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert told.stdout.startswith(shown)
