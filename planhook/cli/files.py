"""How commands write rule files."""

from pathlib import Path

import click


def replace_file(file: Path, content: str) -> None:
    """Write all of `file` or nothing: a running planhook never sees half of it. Raises ClickException."""
    draft = file.with_name(f".{file.name}.draft")  # hidden files are no rule files
    try:
        draft.write_bytes(content.encode())
        draft.chmod(file.stat().st_mode)
        draft.replace(file)
    except OSError as fault:
        draft.unlink(missing_ok=True)
        raise click.ClickException(f"{file} cannot be written: {fault.strerror}") from None
