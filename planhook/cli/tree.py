"""Trees as lines: what belongs to something stands below it."""

from collections.abc import Iterator
from dataclasses import dataclass

from planhook.cli.output import say_styled, styled


@dataclass(frozen=True, slots=True)
class Branch:
    """One line and the branches below it. `aside` follows the text dimly: what few readers look for."""

    text: str
    below: tuple["Branch", ...] = ()
    colour: str | None = None
    bold: bool = False
    aside: str = ""


def show_tree(root: Branch) -> None:
    """The tree to stdout, coloured on a terminal only."""
    for before, branch in _lines(root, "", ""):
        aside = styled(f"  {branch.aside}", dim=True) if branch.aside else ""
        say_styled(styled(before, dim=True) + styled(branch.text, colour=branch.colour, bold=branch.bold) + aside)


def _lines(branch: Branch, before: str, below: str) -> Iterator[tuple[str, Branch]]:
    """Each line of a tree with what is drawn before it; `below` stands before all that hangs on the branch."""
    yield before, branch
    for one in branch.below[:-1]:
        yield from _lines(one, f"{below}├─ ", f"{below}│  ")
    for last in branch.below[-1:]:
        yield from _lines(last, f"{below}└─ ", f"{below}   ")
