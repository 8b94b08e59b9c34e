"""A fault of ours in reading rule files, told as a finding: whoever edits them sees where, and nothing breaks off."""

import traceback
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from planhook.core.errors import Finding, RulesInvalid
from planhook.rulebook.folder import Snapshot


def finding_of(fault: Exception, snapshot: Snapshot, read: Callable[[Snapshot], object]) -> Finding:
    """What to tell when `read` raised `fault`; it names the file without which those before it can be read."""

    def breaks(last: int) -> bool:
        return _breaks(replace(snapshot, files=snapshot.files[: last + 1]), read)

    name = snapshot.files[bisect_left(range(len(snapshot.files) - 1), True, key=breaks)][0]
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    # Not the words of the fault: they may hold a secret.
    where = f"{type(fault).__name__}, {Path(frame.filename).name}:{frame.lineno}"
    return Finding(name, 0, f"planhook itself fails on this file ({where}); undo the last change, and report it")


def _breaks(snapshot: Snapshot, read: Callable[[Snapshot], object]) -> bool:
    try:
        read(snapshot)
    except RulesInvalid:
        return False
    except Exception:  # noqa: BLE001 - it is looked for because nobody knows it
        return True
    return False
