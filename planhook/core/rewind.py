"""A register as it would be if certain events had never come. Pure."""

from collections.abc import Container

from planhook.core.register import FIXED_AT_CREATION, Known, Register
from planhook.core.version import event_of


def rewound(register: Register, events: Container[str]) -> Register:
    """A new register with what is left of `register` without the operations of `events` (ids).

    A register keeps the newest value of each field only, so a field that one of `events` wrote is left without a value,
    unless Planhat keeps it since the task was made; a task that one of them deleted counts as never created.
    """

    def stays(version: str) -> bool:
        return event_of(version) not in events

    rest = Register(
        register.key,
        register.by_id,
        writes={name: write for name, write in register.writes.items() if stays(write[0])},
        creates=[version for version in register.creates if stays(version)],
        closing=register.closing if register.closing and stays(register.closing.version) else None,
        deleted=register.deleted if stays(register.deleted) else "",
        adopted=register.adopted,
        pending={version: pending for version, pending in register.pending.items() if stays(version)},
        absent={version: pending for version, pending in register.absent.items() if stays(version)},
    )
    known = register.known
    # A task that no rule created, or that Planhat had before one did, does not come from `events`.
    is_older = bool(rest.creates) or register.adopted or register.by_id or not register.creates
    life = known.life if stays(known.life) else rest.floor or rest.deleted
    if is_older:
        fixed = {name: value for name, value in known.properties.items() if name in FIXED_AT_CREATION}
        rest.known = Known(known.exists, known.id, life, fixed if stays(known.life) else {})
    return rest
