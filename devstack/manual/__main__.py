"""`make docs`: writes the made parts of docs/ anew."""

from pathlib import Path

from devstack.manual.sections import filled
from devstack.manual.tables import TABLES

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    reference = DOCS / "rules.md"
    reference.write_text(filled(reference.read_text("utf-8"), TABLES), "utf-8")


if __name__ == "__main__":
    main()
