"""Where in the rule files something stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A line and column of a file, both from 1; 0 when none can be named.

    `used_in` is the other place that matters: of a part that files share, the rule that uses it; of a value given
    to a template, the line of the template that takes it.
    """

    file: str
    line: int = 0
    column: int = 0
    used_in: "Place | None" = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


NOWHERE = Place("")
