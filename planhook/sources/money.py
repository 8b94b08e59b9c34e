"""Amounts that senders write in the smallest unit of a currency."""

from planhook.core.event import JSON
from planhook.sources import values


def amount_of_minor_units(count: JSON, decimals: int) -> int | float:
    """5200000 with 2 decimals is 52000. Raises ValueError that names `deal.amount`."""
    try:
        found = values.number(count) / 10**decimals
    except ValueError as error:
        raise ValueError(f"deal.amount {error}") from None
    return int(found) if found.is_integer() and abs(found) <= values.MAX_SEQUENCE else found
