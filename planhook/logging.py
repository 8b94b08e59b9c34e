"""Log lines of both processes: one JSON object per line on stdout.

Nothing is redacted here: bodies, header values, secrets and query strings are not logged in the first place.
"""

import logging
import sys
from typing import Any, TextIO

import structlog

_LIBRARIES = ("rq", "rq.worker", "gunicorn.error", "werkzeug")


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


def configure(level: str = "info", style: str = "json") -> None:
    """Send structlog's and the standard library's lines of `level` and above to stdout.

    `style` is "json" or "console". Lines of libraries count from warnings on.
    """
    stamps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *stamps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Stdout()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stamps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(style)],
        )
    )
    root = logging.getLogger()
    root.handlers = [known for known in root.handlers if not isinstance(known, _Stdout)] + [handler]
    root.setLevel(logging.WARNING)
    for ours in ("planhook", "service", "workers"):
        logging.getLogger(ours).setLevel(level.upper())
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.WARNING)


def _rendering(style: str) -> list[Any]:
    if style == "console":
        return [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=True)]
