"""`python -m planhook`."""

import sys

try:
    from planhook.cli import main
except ImportError as fault:
    # Most likely the system's Python. A module of our own that is missing is a fault of ours, not of whoever calls.
    if (fault.name or "").partition(".")[0] == "planhook":
        raise
    print(f"{fault}: run `make setup`, then .venv/bin/python -m planhook …", file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    main()
