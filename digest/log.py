"""The log: one line an event, to standard error; readable on a terminal, key=value elsewhere."""

import sys
from typing import cast

import structlog
from structlog.typing import FilteringBoundLogger


def configure(level: int) -> None:
    """Set up the log for a process; `level` is one of the standard logging module's."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer()
            if terminal
            else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> FilteringBoundLogger:
    """The log of one module."""
    return cast("FilteringBoundLogger", structlog.get_logger(module=name))
