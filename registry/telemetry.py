"""Where logs go: one line for each record, on the standard error of the process that serves.

Modules log through :mod:`logging`; what a dependency says goes the same way. A terminal belongs to
the person before it: nothing below a warning is shown unless asked for.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Final, TextIO

from structlog.processors import LogfmtRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

SERVER_LOGGING: Final[Mapping[str, object]] = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}},
}
"""For the HTTP server, which otherwise brings handlers of its own."""


class _Terminal(logging.StreamHandler[TextIO]):
    """Writes to what is the standard error now, not to what it was at the start."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure_logging(level: int = logging.WARNING) -> None:
    """Send all records at or above ``level`` to standard error; calling it again replaces it."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _Terminal):
            root.removeHandler(handler)
    terminal = _Terminal()
    terminal.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[
                TimeStamper("iso", key="at"),
                add_log_level,
                add_logger_name,
                format_exc_info,
            ],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                LogfmtRenderer(key_order=["at", "level", "logger", "event"]),
            ],
        )
    )
    root.addHandler(terminal)
    root.setLevel(level)
