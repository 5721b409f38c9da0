"""The log: one line an event, to standard error; readable on a terminal, key=value elsewhere.

No subscriber's address stands in it, whoever wrote it there: a setting, a server's reply, an
exception. Nor does anything that a terminal would obey.
"""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

from digest.text import mask_addresses, visible


class Log:
    """The log of one module.

    structlog writes it, and is loaded with the first line: it is slow to load, and most runs of
    a command have nothing to log.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def debug(self, event: str, **values: object) -> None:
        """What one needs who looks for a fault."""
        self._write(logging.DEBUG, event, values)

    def info(self, event: str, **values: object) -> None:
        """What was done."""
        self._write(logging.INFO, event, values)

    def warning(self, event: str, **values: object) -> None:
        """What somebody should know."""
        self._write(logging.WARNING, event, values)

    def error(self, event: str, **values: object) -> None:
        """What somebody has to do something about."""
        self._write(logging.ERROR, event, values)

    def exception(self, event: str, **values: object) -> None:
        """The same, with the exception that is being handled."""
        self._write(logging.ERROR, event, {"exc_info": True, **values})

    def _write(self, level: int, event: str, values: Mapping[str, object]) -> None:
        if level < _threshold:
            return
        import structlog

        if not _set_up:
            _set_up_structlog()
        structlog.get_logger(module=self._module).log(level, event, **values)


# From which level on lines are written; and whether structlog knows how. A process that never
# calls `configure` leaves both to structlog.
_threshold = logging.NOTSET
_set_up = True


def configure(level: int) -> None:
    """Set up the log for a process; `level` is one of the standard logging module's."""
    global _threshold, _set_up
    _threshold, _set_up = level, False
    logging.lastResort = library_handler()


def get_logger(name: str) -> Log:
    """The log of one module."""
    return Log(name)


def _set_up_structlog() -> None:
    global _set_up  # noqa: PLW0603
    import structlog

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
        wrapper_class=structlog.make_filtering_bound_logger(_threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _set_up = True


def mask_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
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
