"""The log: one line an event, to standard error; readable on a terminal, key=value elsewhere.

No subscriber's address stands in it, whoever wrote it there: a setting, a server's reply, an
exception. Nor does anything that a terminal would obey. What libraries log comes in the same form.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO

from digest.error_words import causes_of, first_cause, words_of
from digest.errors import DigestError
from digest.text import mask_addresses, visible

LogForm = Literal["logfmt", "json"]

_CODE = str(Path(__file__).parent)
_MOST_FRAMES = 6
# Seconds for which a process that stays does not say the same trouble again.
_SILENCE = 3600
# What stands first in a line, in this order.
_FIRST = ("timestamp", "level", "event")
_QUOTED = re.compile(r'[ ="]')


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
        """The same, with the first cause of the exception that is being handled, in words."""
        error = sys.exc_info()[1]
        self._write(logging.ERROR, event, values | (told_of(error) if error else {}))

    def _write(self, level: int, event: str, values: Mapping[str, object]) -> None:
        _write(self._module, level, event, values)


@dataclass(slots=True)
class _Setup:
    """From which level on lines are written, how and where; structlog's logger once it knows that.

    A process that never calls `configure` leaves all to structlog.
    """

    threshold: int = logging.NOTSET
    form: LogForm = "logfmt"
    stream: TextIO | None = None
    repeats: "Repeats | None" = None
    is_configured: bool = False
    logger: Any = None


_setup = _Setup()


def configure(level: int) -> None:
    """Set up the log for a process; `level` is one of the standard logging module's."""
    _setup.threshold, _setup.is_configured, _setup.logger = level, True, None
    handler = library_handler()
    logging.lastResort = handler
    for name in ("uvicorn", "apscheduler", "procrastinate"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [handler], False
    # It warns of what its exception says too, in the spelling of Python.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def stay_and_tell() -> None:
    """Set up the log for a process that stays: what is done is told, too, and trouble once an hour.

    A mail server that is away would else be a line a minute.
    """
    configure(min(_setup.threshold, logging.INFO))
    _setup.repeats = Repeats()


def write_to(stream: TextIO | None) -> None:
    """Where lines go, instead of to standard error; None for that again."""
    _setup.stream = stream


class Repeats:
    """A processor of structlog: of warnings and errors that are alike, one an hour is written."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._written: dict[str, float] = {}

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """The line, unless it was written within the hour."""
        import structlog

        if event.get("level") in ("debug", "info"):
            return event
        now, line = self._now(), str(sorted(event.items()))
        since = self._written.get(line)
        if since is not None and now - since < _SILENCE:
            raise structlog.DropEvent
        self._written = {
            other: at for other, at in self._written.items() if now - at < _SILENCE
        } | {line: now}
        return event


def use_form(form: LogForm) -> None:
    """The form of the lines, where nobody reads along on a terminal."""
    if form != _setup.form:
        _setup.form, _setup.is_configured, _setup.logger = form, True, None


def get_logger(name: str) -> Log:
    """The log of one module."""
    return Log(name)


def told_of(error: BaseException) -> dict[str, str]:
    """What a line says of an error: its first cause, and where that is a fault of ours, the place.

    The places are those of this program, the innermost first.
    """
    for fault in causes_of(error):
        if isinstance(fault, DigestError):
            return {"cause": fault.message}
    cause = first_cause(error)
    words = words_of(cause)
    if _is_from_outside(error, words):
        return {"cause": words}
    places = next(filter(None, map(_places_of, reversed(list(causes_of(error))))), [])
    return {
        "cause": f"a fault in this program: {type(cause).__name__}: {words}",
        "at": " < ".join(places),
    }


def _places_of(error: BaseException) -> list[str]:
    """Where in this program an error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_CODE)]
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in reversed(ours[-_MOST_FRAMES:])
    ]


def _is_from_outside(error: BaseException, words: str) -> bool:
    """Whether the system, the network or a database is at fault.

    The name is PEP 249's, which all drivers have. What such an error says that we have no other
    words for, such as a table that is missing, is ours.
    """
    return any(
        isinstance(cause, OSError)
        or (type(cause).__name__ == "OperationalError" and words not in str(cause))
        for cause in causes_of(error)
    )


def _write(module: str, level: int, event: str, values: Mapping[str, object]) -> None:
    if level < _setup.threshold:
        return
    if _setup.logger is None:
        _setup.logger = _make_logger()
    _setup.logger.log(level, event, module=module, **values)


def _make_logger() -> Any:
    import structlog

    if not _setup.is_configured:
        return structlog.get_logger()
    renderer: Any = render_logfmt
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    elif _setup.form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            mask_event,
            *([_setup.repeats] if _setup.repeats else []),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_setup.threshold),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger().bind()


class _Lines:
    """Where structlog writes: standard error as it is now, or what `write_to` was given."""

    def msg(self, line: str) -> None:
        """Write a line by one call, so that those of several threads stay whole."""
        stream = _setup.stream or sys.stderr
        stream.write(f"{line}\n")
        stream.flush()

    debug = info = warning = error = msg


def render_logfmt(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """A processor of structlog: `key=value key="two words"`.

    The line of its own LogfmtRenderer, without a look at each character of each key: a request of
    the site is a line.
    """
    ordered = {**{key: event.pop(key) for key in _FIRST}, **event}
    return " ".join([_logfmt_pair(key, value) for key, value in ordered.items()])


def _logfmt_pair(key: str, value: object) -> str:
    if value is True:
        return key
    text = "" if value is None else "false" if value is False else str(value)
    if _QUOTED.search(text):
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        text = f'"{text}"'
    return f"{key}={text}".replace("\n", "\\n")


def mask_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor of structlog: no address and no control is left in any value, however deep."""
    return {key: _mask_value(value) for key, value in event.items()}


def _mask_value(value: Any) -> Any:
    if isinstance(value, str):
        return visible(mask_addresses(value))
    if isinstance(value, Mapping):
        return {_mask_value(key): _mask_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask_value(item) for item in value]
    if value is None or isinstance(value, int | float):
        return value
    return visible(mask_addresses(str(value)))


def tell_unhandled(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A hook for `sys.excepthook`: the traceback as ever, but for the addresses in it."""
    lines = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(visible(mask_addresses(lines)))


class _LibraryHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        # A library may put a traceback into its text: uvicorn does.
        text = record.getMessage().strip().partition("\n")[0]
        _write(record.name, record.levelno, text, told_of(error) if error else {})


def library_handler() -> logging.Handler:
    """What writes the warnings of libraries, which log by the standard module, as our own lines."""
    return _LibraryHandler(logging.WARNING)
