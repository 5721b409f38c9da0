"""What the API answered to requests with an Idempotency-Key, so that none is done twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.database import conflict_insert
from digest.store.schema import api_answers


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What was asked with a key, and answered; `status` is None while it is being answered."""

    request_hash: str
    created_at: datetime
    status: int | None
    headers: Mapping[str, str]
    body: bytes


def begin(
    connection: sa.Connection, token_id: int, key: str, request_hash: str, now: datetime
) -> bool:
    """Take a key for a request; False where it is taken."""
    row = {"token_id": token_id, "key": key, "request_hash": request_hash, "created_at": now}
    taken = conflict_insert(connection, api_answers).values(row).on_conflict_do_nothing()
    return connection.scalar(taken.returning(api_answers.c.token_id)) is not None


def find(connection: sa.Connection, token_id: int, key: str) -> ApiAnswer | None:
    """What became of the request with a key."""
    row = connection.execute(sa.select(api_answers).where(_one(token_id, key))).first()
    if row is None:
        return None
    return ApiAnswer(
        row.request_hash, row.created_at, row.status, row.headers or {}, row.body or b""
    )


def keep(
    connection: sa.Connection,
    token_id: int,
    key: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> None:
    """Keep the answer."""
    answered = sa.update(api_answers).where(_one(token_id, key))
    connection.execute(answered.values(status=status, headers=dict(headers), body=body))


def drop(connection: sa.Connection, token_id: int, key: str) -> None:
    """Give a key free: the request with it changed nothing."""
    connection.execute(sa.delete(api_answers).where(_one(token_id, key)))


def forget_old(connection: sa.Connection, until: datetime, most: int) -> None:
    """Delete those of before a time, and all but the newest `most`."""
    connection.execute(sa.delete(api_answers).where(api_answers.c.created_at < until))
    newest = sa.select(api_answers.c.created_at).order_by(api_answers.c.created_at.desc())
    last = connection.scalar(newest.limit(1).offset(most))
    if last is not None:
        connection.execute(sa.delete(api_answers).where(api_answers.c.created_at <= last))


def forget_all(connection: sa.Connection) -> None:
    """Delete all: the address of somebody who is erased may stand in one."""
    connection.execute(sa.delete(api_answers))


def _one(token_id: int, key: str) -> sa.ColumnElement[bool]:
    return (api_answers.c.token_id == token_id) & (api_answers.c.key == key)
