"""Codes of six digits that a phone shows (TOTP, RFC 6238), asked for beside the password.

The secret is kept encrypted with the project's key; a code is taken once, up to half a minute early
or late.
"""

import hmac
from datetime import datetime

import pyotp
import segno
from cryptography.fernet import InvalidToken

from digest.project import Project
from digest.services.admins import audit
from digest.services.encryption import cipher
from digest.store import admins
from digest.store.admins import Admin

STEP_SECONDS = 30
_PURPOSE = b"digest.totp"


def new_secret() -> str:
    """One for a phone to keep; nothing is changed yet."""
    return pyotp.random_base32()


def qr_code(secret: str, admin: Admin, issuer: str) -> str:
    """What a phone's camera reads, as SVG without a style, black on white."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=admin.email, issuer_name=issuer)
    code = segno.make(uri, error="m")
    svg = code.svg_inline(scale=4, border=4, omitsize=True, light="#fff", dark="#000")
    assert isinstance(svg, str)
    return svg


def turn_on(project: Project, admin: Admin, secret: str, code: str) -> bool:
    """Ask for codes of this secret from now on; False where the code is none of it."""
    now = project.clock()
    step = step_of(secret, code, now)
    if step is None:
        return False
    with project.database.write() as connection:
        kept = cipher(project, _PURPOSE).encrypt(secret.encode()).decode()
        admins.set_totp(connection, admin.id, kept)
        admins.take_step(connection, admin.id, step)
        audit.record(connection, now, admin.name, "turn on codes", f"account {admin.name}")
    return True


def turn_off(project: Project, admin: Admin) -> None:
    """Ask for codes no more."""
    with project.database.write() as connection:
        admins.set_totp(connection, admin.id, "")
        audit.record(
            connection, project.clock(), admin.name, "turn off codes", f"account {admin.name}"
        )


def take_code(project: Project, admin: Admin, code: str) -> bool:
    """Whether this is a code of the admin's phone, which was not used yet."""
    try:
        secret = cipher(project, _PURPOSE).decrypt(admin.totp_secret.encode()).decode()
    except InvalidToken:  # the key is another one: a link of the operator lets in
        return False
    step = step_of(secret, code, project.clock())
    if step is None:
        return False
    with project.database.write() as connection:
        return admins.take_step(connection, admin.id, step)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute of a code, if it is the one of now, or the one before or after; pure."""
    digits = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode("utf-8", "replace")):
            return step
    return None
