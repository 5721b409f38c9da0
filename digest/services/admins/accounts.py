"""The accounts: made by an owner or by the operator, who hand over a link that works once."""

from datetime import timedelta

import sqlalchemy as sa

from digest.addresses import read_address
from digest.errors import DigestError, UsageError
from digest.project import Project
from digest.roles import Role
from digest.services.admins import audit
from digest.services.admins.passwords import hash_password, password_fault
from digest.services.admins.tokens import hash_of, new_token
from digest.store import admins
from digest.store.admins import Admin
from digest.store.database import exclusively
from digest.text import clean_line

LINK_LIFE = timedelta(days=1)
LONGEST_NAME = 60


def all_admins(project: Project) -> list[Admin]:
    """Every account, by name."""
    with project.database.read() as connection:
        return admins.everyone(connection)


def add_admin(project: Project, email: str, name: str, role: Role, who: str) -> Admin:
    """Add an account; nobody can log in to it before its link is used. Its name stays free to see.

    UsageError for what is no address, DigestError where the address or the name is taken.
    """
    address = _read_email(email)
    shown_name = clean_line(name) or address.partition("@")[0]
    if len(shown_name) > LONGEST_NAME:
        raise UsageError(f"a name has at most {LONGEST_NAME} characters", remedy="shorten it")
    with project.database.write() as connection:
        now = project.clock()
        if not admins.add(connection, address, shown_name, role, who, now):
            raise DigestError(
                f"somebody has the address {address} or the name {shown_name} already",
                remedy="`digest admins list` shows all; their role is changed under Accounts; "
                "for another account give another --name",
            )
        audit.record(connection, now, who, "add account", f"account {shown_name}", after=str(role))
        return _get(connection, address)


def remove_admin(project: Project, email: str, who: str) -> Admin:
    """Delete an account, and end its sessions. What its owner did stays on record."""
    with project.database.write() as connection:
        exclusively(connection)
        admin = _get(connection, email)
        _refuse_to_lose_the_last_owner(connection, admin)
        admins.remove(connection, admin.id)
        audit.record(
            connection,
            project.clock(),
            who,
            "remove account",
            f"account {admin.name}",
            before=str(admin.role),
        )
    return admin


def change_role(project: Project, email: str, role: Role, who: str) -> Admin:
    """Give an account another role, which counts at once."""
    with project.database.write() as connection:
        exclusively(connection)
        admin = _get(connection, email)
        if role is not Role.OWNER:
            _refuse_to_lose_the_last_owner(connection, admin)
        admins.set_role(connection, admin.id, role)
        audit.record(
            connection,
            project.clock(),
            who,
            "change role",
            f"account {admin.name}",
            before=str(admin.role),
            after=str(role),
        )
        return _get(connection, email)


def make_link(project: Project, email: str, who: str) -> str:
    """The path of a page on which a new password can be chosen: once, and for a day.

    Whoever has lost their second factor is let in by it, too.
    """
    token = new_token()
    with project.database.write() as connection:
        now = project.clock()
        admin = _get(connection, email)
        admins.add_link(connection, admin.id, hash_of(token), now + LINK_LIFE)
        audit.record(connection, now, who, "make link", f"account {admin.name}")
    return f"/admin/link/{token}"


def find_by_link(project: Project, token: str) -> Admin | None:
    """Whose password a link is for, while it works."""
    with project.database.read() as connection:
        return admins.find_by_link(connection, hash_of(token), project.clock())


def use_link(project: Project, token: str, password: str) -> tuple[Admin | None, str]:
    """Choose a password by a link, which is used up: the account, and what is wrong if anything.

    None where the link does not work any more. Codes of a phone are asked for no more: it may be
    lost.
    """
    admin = find_by_link(project, token)
    if admin is None:
        return None, ""
    fault = password_fault(password, email=admin.email, name=admin.name)
    if fault:
        return admin, fault
    password_hash = hash_password(password)
    with project.database.write() as connection:
        exclusively(connection)
        now = project.clock()
        if admins.find_by_link(connection, hash_of(token), now) is None:
            return None, ""  # used by another in the meantime
        admins.set_totp(connection, admin.id, "")
        admins.set_password(connection, admin.id, password_hash)
        audit.record(connection, now, admin.name, "choose password", f"account {admin.name}")
    return admin, ""


def change_password(project: Project, email: str, password: str, who: str) -> str:
    """Give an account a password, and end its sessions; what is wrong with it, if anything."""
    with project.database.read() as connection:
        admin = _get(connection, email)
    fault = password_fault(password, email=admin.email, name=admin.name)
    if fault:
        return fault
    password_hash = hash_password(password)
    with project.database.write() as connection:
        admins.set_password(connection, admin.id, password_hash)
        audit.record(connection, project.clock(), who, "change password", f"account {admin.name}")
    return ""


def _get(connection: sa.Connection, email: str) -> Admin:
    admin = admins.find(connection, email.strip().lower())
    if admin is None:
        raise DigestError(
            f"no account has the address {email.strip()}", remedy="see `digest admins list`"
        )
    return admin


def _read_email(email: str) -> str:
    try:
        return read_address(email).lower()
    except ValueError as error:
        raise UsageError(f"{email!r} is no mail address: {error}") from error


def _refuse_to_lose_the_last_owner(connection: sa.Connection, admin: Admin) -> None:
    owners = [other for other in admins.everyone(connection) if other.role is Role.OWNER]
    if owners == [admin]:
        raise DigestError(
            f"{admin.name} is the only owner",
            remedy="make another account an owner first: `digest admins add --role owner`",
        )
