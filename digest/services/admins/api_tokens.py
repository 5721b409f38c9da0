"""The tokens of the API: made by an owner or by the operator, shown once, ended by time or hand."""

import re
from collections.abc import Collection, Iterable
from datetime import timedelta

from digest.errors import DigestError, NotFoundError, UsageError
from digest.project import Project
from digest.roles import Role
from digest.scopes import Scope
from digest.services.admins import audit
from digest.services.admins.tokens import hash_of, new_token
from digest.store import api_tokens
from digest.store.api_tokens import ApiToken

# Begins each, so that programs that look for secrets in the wrong place know one.
PREFIX = "digest_"
DEFAULT_DAYS = 90
MOST_DAYS = 366
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_FORM = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")
# How often a token that is in use is written to.
_USED_EVERY = timedelta(minutes=1)


def all_tokens(project: Project) -> list[ApiToken]:
    """Each that was ever made, by name."""
    with project.database.read() as connection:
        return api_tokens.everything(connection)


def add_token(
    project: Project, name: str, role: Role, scopes: Collection[Scope], days: int, who: str
) -> tuple[ApiToken, str]:
    """Make a token that works for some days; with it the secret, which nobody can be shown again.

    UsageError for a name, scopes or days that cannot be, DigestError where the name is taken.
    """
    _check(name, role, scopes, days)
    secret = PREFIX + new_token()
    with project.database.write() as connection:
        now = project.clock()
        expires_at = now + timedelta(days=days)
        if not api_tokens.add(
            connection, name, hash_of(secret), role, scopes, who, now, expires_at
        ):
            raise DigestError(
                f"there is or was a token {name}: its name stands beside what it did",
                remedy="give this one another name",
            )
        token = api_tokens.find_named(connection, name)
        assert token is not None
        rights = [str(role), *(scope.value for scope in Scope if scope in scopes)]
        audit.record(connection, now, who, "add token", token.who, after=rights)
    return token, secret


def revoke_token(project: Project, name: str, who: str) -> ApiToken:
    """Let a token open nothing from now on, and give it back as it was."""
    with project.database.write() as connection:
        now = project.clock()
        token = api_tokens.find_named(connection, name)
        if token is None:
            raise NotFoundError(f"there is no token {name!r}", remedy="see `digest tokens list`")
        if not api_tokens.revoke(connection, token.id, who, now):
            raise DigestError(
                f"the token {name} was revoked by {token.revoked_by}",
                remedy="nothing is left to do",
            )
        audit.record(connection, now, who, "revoke token", token.who)
    return token


def secret_of(authorization: str) -> str:
    """The secret in an Authorization header (RFC 6750, section 2.1); empty where there is none."""
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def find_token(project: Project, secret: str) -> ApiToken | None:
    """The token with this secret, if it works. That it is used is noted, to the minute."""
    if not _FORM.fullmatch(secret):
        return None
    with project.database.read() as connection:
        token = api_tokens.find(connection, hash_of(secret))
    now = project.clock()
    if token is None or not token.works(now):
        return None
    if token.used_at is None or now - token.used_at > _USED_EVERY:
        with project.database.write() as connection:
            api_tokens.note_use(connection, token.id, now)
    return token


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of these names; UsageError for one that is none."""
    scopes = set()
    for name in names:
        try:
            scopes.add(Scope(name))
        except ValueError as error:
            raise UsageError(
                f"{name!r} is no scope", remedy=f"choose of {', '.join(Scope)}"
            ) from error
    return frozenset(scopes)


def _check(name: str, role: Role, scopes: Collection[Scope], days: int) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a token",
            remedy="write up to 63 of a to z, 0 to 9 and hyphens, such as website-feed",
        )
    if not scopes:
        raise UsageError(
            "a token without a scope is good for nothing",
            remedy=f"choose of {', '.join(Scope)}",
        )
    for scope in Scope:
        if scope in scopes and not role.includes(scope.role):
            raise UsageError(
                f"{scope} asks for the role {scope.role}, and this token is to be {role}",
                remedy="give it that role, or leave the scope out",
            )
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(
            f"a token works for 1 to {MOST_DAYS} days", remedy="choose another number of days"
        )
