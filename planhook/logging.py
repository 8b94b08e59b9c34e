"""Log lines of both processes: one JSON object per line on stdout.

Nothing is redacted here: bodies, header values, secrets and query strings are not logged in the first place.
"""

import json
import logging
import sys
from typing import Any, TextIO

import structlog

_LIBRARIES = ("rq", "rq.worker", "gunicorn.error", "werkzeug")
_encode = json.JSONEncoder(default=repr).encode


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to what is stdout at the time of each line."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stdout

    @stream.setter
    def stream(self, _: TextIO) -> None:
        raise AttributeError("log lines go to stdout")


class _Lines:
    """Writes finished lines of the logger `name`; the standard library's way would cost five times the time."""

    def __init__(self, name: str = "planhook") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = msg


def configure(level: str = "info", style: str = "json") -> None:
    """Send structlog's and the standard library's lines of `level` and above to stdout.

    `style` is "json" or "console". Lines of libraries count from warnings on.
    """
    stamps: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = _rendering(style)
    structlog.configure(
        processors=[*stamps, _name, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=False,
    )
    handler = _Stdout()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*stamps, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [known for known in root.handlers if not isinstance(known, _Stdout)] + [handler]
    root.setLevel(logging.WARNING)
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.WARNING)


def _name(logger: _Lines, _: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    line["logger"] = logger.name
    return line


def _rendering(style: str) -> list[Any]:
    if style == "console":
        return [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(lambda line, **_: _encode(line))]
