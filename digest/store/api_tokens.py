"""The tokens by which programs use the API. Of the token itself only a hash is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.roles import Role
from digest.scopes import Scope
from digest.store.database import Database, conflict_insert
from digest.store.schema import api_tokens


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token: what it may do, until when, and when it was last used."""

    id: int
    name: str
    role: Role
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    used_at: datetime | None

    @property
    def who(self) -> str:
        """What stands beside that which was done by it."""
        return f"token {self.name}"

    def works(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and now < self.expires_at

    def may(self, scope: Scope) -> bool:
        """Whether it has a scope, and the role that the scope asks for."""
        return scope in self.scopes and self.role.includes(scope.role)


def add(
    connection: sa.Connection,
    name: str,
    token_hash: str,
    role: Role,
    scopes: Collection[Scope],
    who: str,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Keep a new one; False where one of this name is there, or was."""
    row = {
        "name": name,
        "token_hash": token_hash,
        "role": role.value,
        "scopes": [scope.value for scope in Scope if scope in scopes],
        "created_at": now,
        "created_by": who,
        "expires_at": expires_at,
    }
    added = conflict_insert(connection, api_tokens).values(row).on_conflict_do_nothing()
    return connection.scalar(added.returning(api_tokens.c.id)) is not None


def everything(connection: sa.Connection) -> list[ApiToken]:
    """All of them, by name."""
    query = sa.select(api_tokens).order_by(api_tokens.c.name)
    return [_token_of(row) for row in connection.execute(query)]


def find(connection: sa.Connection, token_hash: str) -> ApiToken | None:
    """The one with this hash, whether it works or not."""
    row = connection.execute(_BY_HASH, {"hash": token_hash}).first()
    return _token_of(row) if row else None


def find_named(connection: sa.Connection, name: str) -> ApiToken | None:
    """The one of this name."""
    row = connection.execute(sa.select(api_tokens).where(api_tokens.c.name == name)).first()
    return _token_of(row) if row else None


def revoke(connection: sa.Connection, number: int, who: str, now: datetime) -> bool:
    """End one; False where somebody did before."""
    changed = sa.update(api_tokens).where(
        api_tokens.c.id == number, api_tokens.c.revoked_at.is_(None)
    )
    return connection.execute(changed.values(revoked_at=now, revoked_by=who)).rowcount > 0


def is_revoked(database: Database, number: int) -> bool:
    """Whether one was ended by hand by now; quick enough to be asked at each request."""
    query = f"SELECT 1 FROM api_tokens WHERE id = {number:d} AND revoked_at IS NULL"  # noqa: S608
    return database.peek(query) is None


def note_use(connection: sa.Connection, number: int, now: datetime) -> None:
    """Note that it is in use."""
    used = sa.update(api_tokens).where(api_tokens.c.id == number).values(used_at=now)
    connection.execute(used)


# Made once: it is asked at each request.
_BY_HASH = sa.select(api_tokens).where(api_tokens.c.token_hash == sa.bindparam("hash"))
_SCOPES = {scope.value: scope for scope in Scope}


def _token_of(row: sa.Row[tuple[object, ...]]) -> ApiToken:
    return ApiToken(
        row.id,
        row.name,
        Role(row.role),
        # One that this version does not know gives nothing.
        frozenset(_SCOPES[scope] for scope in row.scopes if scope in _SCOPES),
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
        row.revoked_by,
        row.used_at,
    )
