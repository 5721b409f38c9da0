"""Passkeys: a device's key in place of a password (WebAuthn); the device knows its owner.

What the browser is to sign is sealed into the page's form; it works for some minutes, and with the
cookie of that browser alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import webauthn
from webauthn.helpers import (
    bytes_to_base64url,
    options_to_json,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from digest.project import Project
from digest.services.admins import audit
from digest.services.admins.tokens import sealed, unsealed
from digest.store import admins, passkeys
from digest.store.admins import Admin
from digest.store.database import Database
from digest.store.passkeys import Passkey
from digest.text import clean_line

CHALLENGE_LIFE = timedelta(minutes=5)
LONGEST_NAME = 60
# What a verification raises for an answer that is none.
_NO_ANSWER = (WebAuthnException, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class PasskeyPlace:
    """Where passkeys are used: the host of the pages, and their origin as browsers write it.

    `secret` is the cookie of the browser.
    """

    host: str
    origin: str
    secret: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a script hands to the browser (JSON), and what comes back with the answer."""

    options: str
    seal: str


def registration(project: Project, admin: Admin, place: PasskeyPlace) -> Challenge:
    """For adding a passkey to an account."""
    present = [
        PublicKeyCredentialDescriptor(key.credential) for key in keys_of(project.database, admin)
    ]
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=project.config.first_newsletter.name,
        user_id=str(admin.id).encode(),
        user_name=admin.email,
        user_display_name=admin.name,
        exclude_credentials=present,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return Challenge(options_to_json(options), _seal(project, place, options.challenge))


def add(
    project: Project, admin: Admin, place: PasskeyPlace, *, seal: str, answer: str, name: str
) -> bool:
    """Keep the passkey that a browser made; False where it does not fit the challenge."""
    challenge = _challenge_of(project, place, seal)
    if challenge is None:
        return False
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except _NO_ANSWER:
        return False
    shown_name = clean_line(name)[:LONGEST_NAME] or "Passkey"
    with project.database.write() as connection:
        if passkeys.find(connection, verified.credential_id):
            return False
        now = project.clock()
        passkeys.add(
            connection,
            admin.id,
            shown_name,
            verified.credential_id,
            verified.credential_public_key,
            verified.sign_count,
            now,
        )
        audit.record(
            connection, now, admin.name, "add passkey", f"account {admin.name}", after=shown_name
        )
    return True


def log_in_challenge(project: Project, place: PasskeyPlace) -> Challenge:
    """For logging in, with whichever passkey the device has for these pages."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Challenge(options_to_json(options), _seal(project, place, options.challenge))


def log_in(project: Project, place: PasskeyPlace, *, seal: str, answer: str) -> Admin | None:
    """The account whose passkey answered."""
    challenge = _challenge_of(project, place, seal)
    if challenge is None:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
        with project.database.read() as connection:
            key = passkeys.find(connection, credential.raw_id)
        if key is None:
            return None
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except _NO_ANSWER:
        return None
    with project.database.write() as connection:
        passkeys.use(connection, key.id, verified.new_sign_count, project.clock())
        return admins.get(connection, key.admin_id)


def remove(project: Project, admin: Admin, number: int) -> bool:
    """Delete a passkey of an account; whether it had it."""
    with project.database.write() as connection:
        removed = passkeys.remove(connection, number, admin.id)
        if removed:
            audit.record(
                connection, project.clock(), admin.name, "remove passkey", f"account {admin.name}"
            )
    return removed


def keys_of(database: Database, admin: Admin) -> Sequence[Passkey]:
    """The passkeys of an account."""
    with database.read() as connection:
        return passkeys.of_admin(connection, admin.id)


def _seal(project: Project, place: PasskeyPlace, challenge: bytes) -> str:
    return sealed(project.links.key, f"passkey {place.secret}", bytes_to_base64url(challenge))


def _challenge_of(project: Project, place: PasskeyPlace, seal: str) -> bytes | None:
    purpose = f"passkey {place.secret}"
    challenge = unsealed(project.links.key, purpose, seal, CHALLENGE_LIFE)
    if not isinstance(challenge, str):
        return None
    return webauthn.base64url_to_bytes(challenge)
