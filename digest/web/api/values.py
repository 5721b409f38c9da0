"""What several subjects of the API share: fields, and lists that come in pages."""

import datetime as dt
from typing import Annotated, Generic, NotRequired, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

T = TypeVar("T")

# What PostgreSQL numbers rows by.
_MOST_NUMBER = 2**63 - 1
DEFAULT_LIMIT = 20
MOST_LIMIT = 100

# A document has no other way to say that a text holds no NUL, which PostgreSQL takes none of.
_WITHOUT_NUL = r"^[^\x00]*$"

Number = Annotated[int, Field(ge=1, le=_MOST_NUMBER)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Day = Annotated[
    dt.date,
    Field(ge=dt.date(2000, 1, 1), le=dt.date(2999, 12, 31)),
]
Line = Annotated[str, StringConstraints(max_length=2_000, pattern=_WITHOUT_NUL)]


class Strict(BaseModel):
    """A body or a query: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(Strict):
    """Which part of a list is asked for."""

    cursor: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{1,15}$",
        description="What `next` of the page before says: take it as it comes.",
    )
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MOST_LIMIT, description="The most that it holds.")

    @property
    def after(self) -> int | None:
        """The number that the cursor stands for."""
        return int(self.cursor, 16) if self.cursor else None


class Page(TypedDict, Generic[T]):
    """Some of a list; `next` is the cursor of the page after it, null where there is none."""

    items: list[T]
    next: str | None


def page_of(items: list[T], limit: int, last: int | None) -> Page[T]:
    """A page of at most `limit` of the items, of which one more was read.

    `last` is the number by which the next page begins, of the last item that is on this one.
    """
    is_cut = len(items) > limit
    return {"items": items[:limit], "next": f"{last:x}" if is_cut and last is not None else None}


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
