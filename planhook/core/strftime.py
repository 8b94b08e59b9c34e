"""Dates as text with English names, whatever the machine's locale."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DIRECTIVE = re.compile(r"%-?.?", re.DOTALL)

_DIRECTIVES: Mapping[str, Callable[[datetime], str]] = {
    "%d": lambda moment: f"{moment.day:02d}",
    "%-d": lambda moment: str(moment.day),
    "%e": lambda moment: f"{moment.day:2d}",
    "%m": lambda moment: f"{moment.month:02d}",
    "%-m": lambda moment: str(moment.month),
    "%b": lambda moment: _MONTHS[moment.month - 1][:3],
    "%B": lambda moment: _MONTHS[moment.month - 1],
    "%y": lambda moment: f"{moment.year % 100:02d}",
    "%Y": lambda moment: f"{moment.year:04d}",
    "%a": lambda moment: _DAYS[moment.weekday()][:3],
    "%A": lambda moment: _DAYS[moment.weekday()],
    "%H": lambda moment: f"{moment.hour:02d}",
    "%-H": lambda moment: str(moment.hour),
    "%I": lambda moment: f"{(moment.hour + 11) % 12 + 1:02d}",
    "%-I": lambda moment: str((moment.hour + 11) % 12 + 1),
    "%M": lambda moment: f"{moment.minute:02d}",
    "%S": lambda moment: f"{moment.second:02d}",
    "%p": lambda moment: "AM" if moment.hour < 12 else "PM",
    "%j": lambda moment: f"{moment.timetuple().tm_yday:03d}",
    "%V": lambda moment: f"{moment.isocalendar().week:02d}",
    "%G": lambda moment: f"{moment.isocalendar().year:04d}",
    "%u": lambda moment: str(moment.isoweekday()),
    "%F": lambda moment: moment.date().isoformat(),
    "%T": lambda moment: f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}",
    "%Z": lambda moment: moment.tzname() or "",
    "%z": lambda moment: f"{moment:%z}",
    "%%": lambda moment: "%",  # noqa: ARG005 - every directive takes the moment
}


def unknown_directives(layout: str) -> list[str]:
    """The parts of `layout` that begin with % and mean nothing here."""
    return [directive for directive in _DIRECTIVE.findall(layout) if directive not in _DIRECTIVES]


def formatted(moment: datetime, layout: str) -> str:
    """`moment` in its own zone as `layout` says. Raises KeyError for a directive that is unknown."""
    return _DIRECTIVE.sub(lambda directive: _DIRECTIVES[directive[0]](moment), layout)
