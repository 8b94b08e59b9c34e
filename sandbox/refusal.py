"""What the sandbox says no with."""


class Refusal(Exception):
    """The API refuses an operation: `status` for a single call, `text` for people and error arrays."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
