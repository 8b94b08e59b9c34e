"""How commands write rule files."""

from pathlib import Path

import click


def replace_file(file: Path, content: str) -> None:
    """Write all of `file` or nothing: a running planhook never sees half of it. Raises ClickException.

    A link stays a link, and the file that it leads to gets the content.
    """
    target = file.resolve()
    draft = target.with_name(f".{target.name}.draft")  # hidden files are no rule files
    try:
        draft.write_bytes(content.encode())
        draft.chmod(target.stat().st_mode)
        draft.replace(target)
    except OSError as fault:
        draft.unlink(missing_ok=True)
        raise click.ClickException(f"{file} cannot be written: {fault.strerror}") from None
