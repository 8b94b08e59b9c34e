"""The settings of a running stack as a file for shells, so that the command line can be used beside it."""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from planhook.settings import SETTINGS

MARK = "PLANHOOK_RUN"  # tells a shell that has read the file from any other


def write_env_file(file: Path, env: Mapping[str, str], secrets: Iterable[str]) -> None:
    """Write `export` lines for planhook's settings and those `secrets` that `env` has; nobody else may read them."""
    names = [setting.variable for setting in SETTINGS.values()] + list(secrets)
    lines = [f"export {MARK}={shlex.quote(str(file))}\n"]
    lines += [f"export {name}={shlex.quote(env[name])}\n" for name in dict.fromkeys(names) if env.get(name)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)  # one that was there might be open to others
    file.touch(mode=0o600, exist_ok=False)
    file.write_text("".join(lines), "utf-8")
