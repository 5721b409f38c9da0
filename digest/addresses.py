"""An email address: as people type it, as we keep it, as a page may show it."""

import re
from email.utils import getaddresses

from digest.hosts import plain_name

# RFC 5321, section 4.5.3.1.3: a path has 256 octets, of which two are the angle brackets.
LONGEST_ADDRESS = 254

# Names of one mail host, the dots before whose @ say nothing.
_WITHOUT_DOTS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), "gmail.com"),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), "proton.me"),
}

# What most addresses are before the @: words with single dots between them, at most 64 characters.
_PLAIN_LOCAL_PART = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")


def read_address(text: str) -> str:
    """The address as we keep it, in ASCII where that can be; ValueError says what is wrong.

    Whether mail can reach it is not asked: `root@mailhost` is an address too.
    """
    text = text.strip()
    if len(text) > LONGEST_ADDRESS:  # far longer ones take long to look through
        raise ValueError(f"it is longer than {LONGEST_ADDRESS} characters")
    from email_validator import validate_email

    checked = validate_email(text, check_deliverability=False, globally_deliverable=False)
    return checked.ascii_email or checked.normalized


def is_own_address(text: str) -> bool:
    """Whether an operator may name this as an address of their own: `digest@mail.local` too."""
    local, _, domain = text.rpartition("@")
    if plain_name(domain) is None or not text.isprintable():
        return False
    if _PLAIN_LOCAL_PART.fullmatch(local):
        return True  # without the library, which every command would load for it
    try:
        # The library refuses names such as .local and .test, whoever asks.
        return bool(read_address(f"{local}@example.org")) and text == text.strip()
    except ValueError:
        return False


def is_own_sender(text: str) -> bool:
    """The same with a name before it or without: `Science Daily <news@example.org>`."""
    parsed = getaddresses([text])
    return len(parsed) == 1 and text.isprintable() and is_own_address(parsed[0][1])


def read_public_address(text: str) -> str:
    """An address that a page takes: one of the Internet, so its domain has a dot; ValueError."""
    email = read_address(text)
    if "." not in email.rpartition("@")[2]:
        raise ValueError("its domain is none of the Internet")
    return email


def masked(email: str) -> str:
    """`r…@example.org`: enough for its owner to know it by."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def counted_mailbox(email: str) -> str:
    """The mailbox that most probably gets an address's mail: for counting alone, never to mail.

    Without the subaddress (RFC 5233: `ann+news@`), and without dots where the host ignores them.
    """
    local, _, domain = email.lower().rpartition("@")
    domain = _WITHOUT_DOTS.get(domain, domain)
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if domain in _WITHOUT_DOTS else local}@{domain}"
