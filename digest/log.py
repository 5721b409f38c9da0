"""The log: one line an event, to standard error; readable on a terminal, key=value elsewhere.

No subscriber's address stands in it, whoever wrote it there: a setting, a server's reply, an
exception. Nor does anything that a terminal would obey.
"""

import logging
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from digest.text import mask_addresses, visible


def configure(level: int) -> None:
    """Set up the log for a process; `level` is one of the standard logging module's."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_event,
            # Without colour a traceback is text like any other, and the locals stay out of it.
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if sys.stderr.isatty()
            else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.lastResort = library_handler()


def get_logger(name: str) -> FilteringBoundLogger:
    """The log of one module."""
    return cast("FilteringBoundLogger", structlog.get_logger(module=name))


def mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor of structlog: no address and no control is left in any value, however deep."""
    return {key: _mask_value(value) for key, value in event.items()}


def _mask_value(value: Any) -> Any:
    if isinstance(value, str):
        return visible(mask_addresses(value))
    if isinstance(value, Mapping):
        return {_mask_value(key): _mask_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask_value(each) for each in value]
    if value is None or isinstance(value, int | float):
        return value
    return visible(mask_addresses(str(value)))


def tell_unhandled(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A hook for `sys.excepthook`: the traceback as ever, but for the addresses in it."""
    lines = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(visible(mask_addresses(lines)))


class _MaskingFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(mask_addresses(super().format(record)))


def library_handler() -> logging.Handler:
    """What writes the warnings of libraries, which log by the standard module."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_MaskingFormatter())
    return handler
