"""A folder of rules that a test fills."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import RulesInvalid
from planhook.rulebook import Rulebook, load

Load = Callable[..., Rulebook]
Faults = Callable[..., list[str]]


class OddEnvironment(dict[str, str]):
    """Stands for a fault that nobody foresaw, in the reading of files that ask for variables."""

    def get(self, name: str, default: object = None) -> Any:
        raise LookupError(f"no idea of {name}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    return rules


@pytest.fixture
def load_files(folder: Path) -> Load:
    """Load files given as `name="text"`, `.yaml` added."""

    def load_files(env: Mapping[str, str] | None = None, *, require_env: bool = False, **files: str) -> Rulebook:
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        return load(folder, env or {}, require_env=require_env)

    return load_files


@pytest.fixture
def faults_of(folder: Path, load_files: Load) -> Faults:
    """The findings of a broken set, as `file:line: message` with the file relative to the folder's parent."""

    def faults_of(env: Mapping[str, str] | None = None, *, require_env: bool = False, **files: str) -> list[str]:
        with pytest.raises(RulesInvalid) as raised:
            load_files(env, require_env=require_env, **files)
        return [str(finding).removeprefix(f"{folder.parent}/") for finding in raised.value.findings]

    return faults_of
