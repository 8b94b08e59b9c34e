"""The YAML scanner, less strict than its author about tabs that YAML allows."""

from ruamel.yaml import YAML
from ruamel.yaml.scanner import Scanner

_ENDS_VALUE = "#\r\n\0"


class TabScanner(Scanner):
    """Takes a tab behind the colon of a key, and between a value and what ends its line."""

    def scan_to_next_token(self) -> None:
        if not self.allow_simple_key:
            behind_colon = self.reader.index > 0 and self.reader.buffer[self.reader.pointer - 1] == ":"
            blanks = 0
            while self.reader.peek(blanks) in " \t":
                blanks += 1
            if behind_colon or self.reader.peek(blanks) in _ENDS_VALUE:
                self.reader.forward(blanks)
        super().scan_to_next_token()


def yaml_reader() -> YAML:
    """What reads rule files: nothing is guessed, and no object made."""
    reader = YAML(typ="safe", pure=True)
    reader.Scanner = TabScanner
    return reader
