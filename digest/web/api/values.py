"""What several subjects of the API share: fields, and lists that come in pages."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NotRequired, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from digest.compose.enough_stories import MOST_DAYS, MOST_STORIES
from digest.keywords import SEPARATORS
from digest.parsing import MOST_NUMBER
from digest.services.issues.edit_rules import LONGEST_LINE

T = TypeVar("T")

DEFAULT_LIMIT = 10
MOST_LIMIT = 100

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    _DATE.pattern + r"[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# A document has no other way to say that a text holds no NUL, which PostgreSQL takes none of.
WITHOUT_NUL = r"^[^\x00]*$"


def _whole(value: Any) -> Any:
    """JSON Schema has 7.0 for the integer that it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _day(value: Any) -> Any:
    """Of a text a date as RFC 3339 writes it, and nothing that could be one as well."""
    if isinstance(value, str):
        if not _DATE.fullmatch(value):
            raise ValueError("write a date such as 2026-11-21")
        return _read(dt.date.fromisoformat, value)
    return value


def _moment(value: Any) -> Any:
    """The same of a time."""
    if isinstance(value, str):
        if not _TIME.fullmatch(value):
            raise ValueError("write a time such as 2026-11-21T06:00:00Z")
        return _read(dt.datetime.fromisoformat, value)
    return value


def _read(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise ValueError("there is no such day or hour") from error


Number = Annotated[int, Field(ge=1, le=MOST_NUMBER), BeforeValidator(_whole)]
Hour = Annotated[int, Field(ge=0, le=23), BeforeValidator(_whole)]
StoryCount = Annotated[int, Field(ge=1, le=MOST_STORIES), BeforeValidator(_whole)]
DayCount = Annotated[int, Field(ge=1, le=MOST_DAYS), BeforeValidator(_whole)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Day = Annotated[dt.date, BeforeValidator(_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Line = Annotated[str, StringConstraints(max_length=2_000, pattern=WITHOUT_NUL)]
CURSOR = r"^[0-9a-f]{1,15}$"
# The same as a line, and at least something that is seen.
SEEN = r"^[^\x00]*[^\x00\s][^\x00]*$"
ONE_KEYWORD = rf"^[^\x00{SEPARATORS}]*[^\x00\s{SEPARATORS}][^\x00{SEPARATORS}]*$"
SeenLine = Annotated[str, Field(max_length=LONGEST_LINE, pattern=SEEN)]


class Strict(BaseModel):
    """A body or a query: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListQuery(Strict):
    """How much of a list is asked for."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MOST_LIMIT, description="The most that it holds.")


class PageQuery(ListQuery):
    """Which part of a list is asked for."""

    cursor: str | None = Field(
        None,
        pattern=CURSOR,
        description="What `next` of the page before says: take it as it comes.",
    )

    @property
    def after(self) -> int | None:
        """The number that the cursor stands for."""
        return int(self.cursor, 16) if self.cursor else None


class Page(TypedDict, Generic[T]):
    """Some of a list; `next` is the cursor of the page after it, null where there is none."""

    items: list[T]
    next: str | None


def page_of_rows(rows: list[dict[str, Any]], query: PageQuery, number: str = "id") -> Page[Any]:
    """A page of rows, of which one more than its limit was read.

    The next begins after the last that is on this one, by the number in a column.
    """
    shown = rows[: query.limit]
    return {"items": shown, "next": f"{shown[-1][number]:x}" if len(rows) > query.limit else None}


def page_of_list(items: Sequence[T], query: PageQuery) -> Page[T]:
    """A page of what is at hand whole."""
    start = query.after or 0
    end = start + query.limit
    return {"items": list(items[start:end]), "next": f"{end:x}" if end < len(items) else None}


class ProblemPlace(TypedDict):
    """A place of a request, and what is wrong there."""

    pointer: str
    detail: str


class Problem9457(TypedDict):
    """Why there is no other answer (RFC 9457). `remedy` says what helps, where something does."""

    type: str
    title: str
    status: int
    detail: NotRequired[str]
    remedy: NotRequired[str]
    errors: NotRequired[list[ProblemPlace]]
    reference: NotRequired[str]
