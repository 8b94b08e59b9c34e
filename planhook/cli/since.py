"""The option `--since`, which the commands about stored events share, and its words."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from planhook.authoring.nouns import counted

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST_IN_HOURS = timedelta(hours=72)


class _Since(click.ParamType[timedelta]):
    """A length of time before now, such as `24h`."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,6})\s*([mhdw])", str(value).strip(), re.ASCII)
        if match is None:
            self.fail(f"{value} is no length of time; write 30m, 24h, 7d or 2w", param, ctx)
        try:
            length = timedelta(**{_UNITS[match[2]]: int(match[1])})
            datetime.now(UTC) - length
        except OverflowError:
            self.fail(f"{value} is longer than there have been years", param, ctx)
        return length


since_option = click.option(
    "--since", type=_Since(), help="Only events received in that time, such as 24h or 7d; default: all kept."
)


def period(since: timedelta | None) -> str:
    """The events that `--since` chooses, in words."""
    if since is None:
        return "all events that are kept"
    units = [("minute", timedelta(minutes=1)), ("hour", timedelta(hours=1)), ("day", timedelta(days=1))]
    units = units if since > _LONGEST_IN_HOURS else units[:2]
    noun, unit = next((each for each in reversed(units) if not since % each[1]), units[0])
    count = since // unit
    return f"the events of the last {noun if count == 1 else counted(count, noun)}"
