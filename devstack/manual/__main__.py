"""`make docs`: writes the made parts of docs/ anew."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from devstack.manual.cookbook import recipes
from devstack.manual.ends import reasons
from devstack.manual.sections import filled
from devstack.manual.tables import TABLES
from devstack.manual.tellers import tellers

DOCS = Path(__file__).parents[2] / "docs"
PAGES: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    DOCS / "rules.md": {
        **TABLES,
        "who tells of deals": partial(tellers, DOCS / "senders.md", "deal"),
        "who tells of meetings": partial(tellers, DOCS / "senders.md", "meeting"),
    },
    DOCS / "cookbook.md": {"recipes": partial(recipes, DOCS / "cookbook")},
    DOCS / "reasons.md": {"reasons": reasons},
}


def main() -> None:
    for page, sections in PAGES.items():
        page.write_text(filled(page.read_text("utf-8"), sections), "utf-8")


if __name__ == "__main__":
    main()
