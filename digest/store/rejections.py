"""The files that collecting rejects, kept from one look to the next: each is news only once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from digest.store.schema import rejections
from digest.text import at_line


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file that a source cannot take: the line (from 1), the reason, and since when.

    `raw_hash` is as digest.collect.files.result has it.
    """

    source: str
    file: str
    line: int | None
    reason: str
    raw_hash: str
    since: datetime

    def __str__(self) -> str:
        return at_line(self.file, self.line, self.reason)


_COLUMNS = [rejections.c[name] for name in Rejection.__slots__]


def everything(connection: sa.Connection) -> list[Rejection]:
    """All that is rejected, by source and file."""
    query = sa.select(*_COLUMNS).order_by(rejections.c.source, rejections.c.file)
    return [Rejection(*row) for row in connection.execute(query)]


def of_file(connection: sa.Connection, name: str) -> Rejection | None:
    """Why a file is rejected, if it is; `name` is its path, or the end of it."""
    rejected = everything(connection)
    return next((item for item in rejected if f"/{item.file}".endswith(f"/{name}")), None)


def keep(connection: sa.Connection, rejected: Sequence[Rejection]) -> list[Rejection]:
    """These are rejected from now on, and no others; those of them that are new or changed.

    One that changed is rejected since it first was.
    """
    before = {(item.source, item.file): item for item in everything(connection)}
    lasting = []
    for item in rejected:
        first = before.get((item.source, item.file))
        lasting.append(replace(item, since=first.since) if first else item)
    news = [item for item in lasting if before.get((item.source, item.file)) != item]
    if news or len(lasting) < len(before):
        connection.execute(sa.delete(rejections))
        rows = [{name: getattr(item, name) for name in Rejection.__slots__} for item in lasting]
        if rows:
            connection.execute(sa.insert(rejections), rows)
    return news
