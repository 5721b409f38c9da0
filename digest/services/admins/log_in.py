"""Logging in: a password within limits, and the session that it begins.

Tries are counted by account and by network, under hashes that need our key; one that succeeds is
given back. An account that somebody guesses at stays open to its owner by a link.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from digest.networks import networks_of
from digest.project import Project
from digest.rate_limits import RateLimits, Reservation
from digest.services.admins import audit
from digest.services.admins.codes import take_code
from digest.services.admins.passwords import hash_password, is_outdated, is_password
from digest.services.admins.tokens import hash_of, new_token
from digest.store import admin_sessions, admins, rate_limits
from digest.store.admin_sessions import AdminSession
from digest.store.admins import Admin
from digest.text import clean_line

# Begins the names under which tries are counted, beside those of the backends.
PREFIX = "log-in"
SPANS = (3600,)
TRIES_OF_ACCOUNT = RateLimits(per_hour=10)
TRIES_OF_NETWORK = RateLimits(per_hour=30)

# A session ends when it was not used for so long, and at the latest so long after it began.
IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
# What is grave asks for the password where it was not typed within this time.
CONFIRMED_FOR = timedelta(minutes=10)
# How often a session that is in use is written to.
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 200


class LogInRefusal(StrEnum):
    """Why nobody was let in."""

    WRONG = "wrong"
    TOO_MANY = "too many tries"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody is: an address of the network, and what the browser calls itself."""

    address: str
    agent: str


def log_in(project: Project, email: str, password: str, browser: Browser) -> Admin | LogInRefusal:
    """The account whose password this is."""
    email = email.strip().lower()
    tries = _count_try(project, email, browser)
    if tries is None:
        return LogInRefusal.TOO_MANY
    with project.database.read() as connection:
        admin = admins.find(connection, email)
    is_right = is_password(admin.password_hash if admin else "", password)
    with project.database.write() as connection:
        if admin is None or not is_right:
            name = admin.name if admin else "somebody unknown"
            audit.record(connection, project.clock(), name, "log-in refused", "log-in")
            return LogInRefusal.WRONG
        for counted in tries:
            rate_limits.give_back(connection, *counted, 1)
        if is_outdated(admin.password_hash):
            admins.rehash_password(connection, admin.id, hash_password(password))
    return admin


def enter_code(project: Project, number: int, code: str, browser: Browser) -> Admin | LogInRefusal:
    """The account of a number, whose password was right, if this is the code of its phone."""
    with project.database.read() as connection:
        admin = admins.get(connection, number)
    if admin is None:
        return LogInRefusal.WRONG
    tries = _count_try(project, f"code of {admin.email}", browser)
    if tries is None:
        return LogInRefusal.TOO_MANY
    if not take_code(project, admin, code):
        with project.database.write() as connection:
            audit.record(connection, project.clock(), admin.name, "code refused", "log-in")
        return LogInRefusal.WRONG
    with project.database.write() as connection:
        for counted in tries:
            rate_limits.give_back(connection, *counted, 1)
    return admin


def confirm(project: Project, admin: Admin, session: AdminSession, password: str) -> bool:
    """Whether this is the password of who is logged in already; within the same limits."""
    browser = Browser(session.address, session.agent)
    if log_in(project, admin.email, password, browser) != admin:
        return False
    with project.database.write() as connection:
        admin_sessions.confirm(connection, session.id, project.clock())
    return True


def is_confirmed(project: Project, session: AdminSession) -> bool:
    """Whether the password was typed a short while ago."""
    return project.clock() - session.confirmed_at < CONFIRMED_FOR


def begin_session(project: Project, admin: Admin, browser: Browser) -> str:
    """A new session; its token, which is kept nowhere. What has had its time is forgotten here."""
    token = new_token()
    with project.database.write() as connection:
        now = project.clock()
        admin_sessions.forget_old(connection, seen=now - IDLE, created=now - LONGEST)
        admins.forget_old_links(connection, now)
        rate_limits.forget_idle(connection, PREFIX, SPANS, now)
        admin_sessions.add(
            connection,
            admin.id,
            hash_of(token),
            now,
            address=browser.address,
            agent=clean_line(browser.agent)[:_LONGEST_AGENT],
        )
        audit.record(connection, now, admin.name, "log in", "log-in")
    return token


def find_session(project: Project, token: str) -> tuple[Admin, AdminSession] | None:
    """Who has this session, while it lasts."""
    now = project.clock()
    with project.database.read() as connection:
        session = admin_sessions.find(connection, hash_of(token))
        admin = admins.get(connection, session.admin_id) if session else None
    if session is None or admin is None:
        return None
    if now - session.seen_at > IDLE or now - session.created_at > LONGEST:
        return None
    if now - session.seen_at > _SEEN_EVERY:
        with project.database.write() as connection:
            admin_sessions.see(connection, session.id, now)
    return admin, session


def sessions_of(project: Project, admin: Admin) -> list[AdminSession]:
    """Where an admin is logged in, the one seen last first."""
    with project.database.read() as connection:
        return admin_sessions.of_admin(connection, admin.id)


def end_session(project: Project, admin: Admin, number: int) -> bool:
    """Log out one browser of an admin; whether it was logged in."""
    with project.database.write() as connection:
        ended = admin_sessions.end(connection, number, admin.id)
        if ended:
            audit.record(connection, project.clock(), admin.name, "log out", "log-in")
    return ended


def end_other_sessions(project: Project, admin: Admin, session: AdminSession) -> int:
    """Log out all browsers of an admin but this one; how many."""
    with project.database.write() as connection:
        count = admin_sessions.end_others(connection, admin.id, session.id)
        audit.record(
            connection, project.clock(), admin.name, "log out elsewhere", "log-in", before=count
        )
    return count


def _count_try(
    project: Project, email: str, browser: Browser
) -> list[tuple[str, RateLimits, Reservation]] | None:
    """What a try was counted for; None where there were too many. Of addresses inside none is."""
    networks = networks_of(browser.address)[:1]
    limits = [(_name(project, f"network {network}"), TRIES_OF_NETWORK) for network in networks]
    limits.append((_name(project, f"account {email}"), TRIES_OF_ACCOUNT))
    counted = []
    with project.database.write() as connection:
        for name, limit in limits:
            reservation = rate_limits.reserve(connection, name, limit, project.clock(), 1)
            if not reservation.count:
                return None
            counted.append((name, limit, reservation))
    return counted


def _name(project: Project, counted: str) -> str:
    hashed = hmac.digest(project.links.key.encode(), f"digest.log-in.{counted}".encode(), "sha256")
    return f"{PREFIX} {hashed.hex()[:32]}"
