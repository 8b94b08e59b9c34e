"""`python -m planhook`."""

from planhook.cli import main

if __name__ == "__main__":
    main()
