"""What has become of the operations of one register. Pure."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from planhook.core.register import Pending, Register, Writes
from planhook.core.step import must_delete

PENDING, APPLIED, SUPERSEDED, REFUSED = "p", "a", "s", "r"
ABSENT_BY_POLICY: Mapping[str, str] = {"ignore": "b", "wait": "h", "fail": "f"}
PROBLEM = "x"  # not an operation's outcome: stands for a rule that could not be carried out
SHADOW = "-"  # decided and recorded, never sent

OUTCOMES: Mapping[str, str] = {
    PENDING: "pending",
    APPLIED: "applied",
    SUPERSEDED: "superseded",
    REFUSED: "refused",
    SHADOW: "shadow",
    **dict.fromkeys(ABSENT_BY_POLICY.values(), "absent"),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """An operation that got its outcome (one letter, see `OUTCOMES`) and Planhat's words, if any."""

    version: str
    index: int
    outcome: str
    answer: str = ""


def resolve(register: Register, *, told_absent: bool = False) -> list[Settled]:
    """Take the operations that have an outcome by now out of `pending`.

    `told_absent`: Planhat just said that it has no such task.
    """
    wanted = register.wanted()
    difference, touched = register.difference(wanted), register.touched(wanted)
    settled = []
    for version, pending in sorted(register.pending.items()):
        outcome = _outcome(register, version, pending, touched.get(version, set()), difference, told_absent)
        if outcome is None:
            continue
        del register.pending[version]
        if outcome in ABSENT_BY_POLICY.values():
            register.remember_absent(version, pending)
        settled.append(Settled(version, pending.index, outcome))
    if not register.pending and not difference:
        register.careful, register.tries = False, 0
    return settled


def _outcome(
    register: Register,
    version: str,
    pending: Pending,
    touched: Set[str],
    difference: Writes,
    told_absent: bool,
) -> str | None:
    known, floor = register.known, register.floor
    if pending.action == "delete" and version == register.deleted:
        gone = known.exists is False or (known.exists is True and known.life >= version)
        return (ABSENT_BY_POLICY[pending.if_absent] if told_absent else APPLIED) if gone else None
    if version <= register.deleted:
        return SUPERSEDED
    if must_delete(register):
        return None  # what Planhat has now belongs to an earlier life
    if floor is not None and version < floor:
        return ABSENT_BY_POLICY[pending.if_absent]
    if known.exists is not True and (told_absent or register.creates) and not register.waits_for_create():
        return ABSENT_BY_POLICY[pending.if_absent]
    if not touched and (floor is not None or known.exists or not difference):
        return SUPERSEDED
    if known.exists is not True or touched & difference.keys():
        return None
    return APPLIED
