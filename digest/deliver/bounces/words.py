"""What a mail system says in its own words, apart from the message that it returns; pure.

Each step looks at a bounded text, a line or a paragraph at a time.
"""

import re
from email.message import Message

from digest.deliver.bounces.parts import text
from digest.deliver.bounces.rules import best_status, is_vague, judge
from digest.model import Bounce, BounceKind
from digest.text import clean_line, mask_addresses, shorten

_WORDS = 20_000
_LINE = 1_000
_STATEMENT = 2_000
_REASON = 300

_ORIGINAL = re.compile(
    r"copy of|(?:original|returned|unsent|undelivered) (?:message|mail)|message (?:headers?|text)",
    re.IGNORECASE,
)
_RULES = ("--", "==", "__", "|-", "##")
_FOLLOWS = (":", "-", "|", "follow", "follow.", "follows", "follows.")
_RETURNED_HEADERS = ("received:", "return-path:", "dkim-signature:")
# A reply code where a reply begins, or an enhanced status of a failure; no part of an IP address.
_CODE = re.compile(
    r"(?:^|[\s:;>(\"'#])[45]\d\d(?!\w|\.\d)|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)"
)
# The server had taken the address before: what it says of the address now, a filter says.
_AFTER_DATA = re.compile(
    r">>> DATA\b|end of DATA command|SMTP command DATA\b|after (?:end of )?data", re.IGNORECASE
)
# With PIPELINING a server answers DATA so that took no address: that refusal was of the address.
_NO_ADDRESS_TAKEN = re.compile(r"\b503\b|no valid recipients", re.IGNORECASE)


def own_words(message: Message) -> str:
    """What the mail system says itself, before the message that it returns."""
    kept = []
    for line in text(message)[:_WORDS].splitlines():
        if _begins_original(line[:_LINE].strip("> \t").lower()):
            break
        kept.append(line.rstrip()[:_LINE])
    return "\n".join(kept)


def _begins_original(line: str) -> bool:
    """Whether a line says that the returned message follows, or is the first of its headers."""
    if line.startswith(_RETURNED_HEADERS):
        return True
    marked = line.startswith(_RULES) or line.endswith(_FOLLOWS)
    return marked and _ORIGINAL.search(line) is not None


def statement(words: str) -> str:
    """The paragraphs in which a code of SMTP stands, each as one line; empty where there is none.

    A reply may be broken over lines, and what belongs to it stands around it.
    """
    paragraphs = [" ".join(lines.split()) for lines in re.split(r"\n\s*\n", words)]
    return "\n".join(line for line in paragraphs if _CODE.search(line))[:_STATEMENT]


def telling_line(words: str, status: str | None) -> str:
    """The line with the status, or that says that nobody is there, or that names an address."""
    lines = [line for line in map(str.strip, words.splitlines()) if line]
    telling = [
        *(line for line in lines if status and status in line),
        *(line for line in lines if judge(None, line) is BounceKind.HARD),
        *(line for line in lines if _CODE.search(line)),
        *(line for line in lines if "@" in line),
        *lines,
        "",
    ]
    return telling[0]


def read_failure(field: str | None, diagnostic: str, words: str) -> Bounce:
    """How grave a failure is, by a report's field and diagnostic and by its own words.

    The diagnostic is the server's own, and is believed; where there is none, the words are.
    """
    said = diagnostic or statement(words) or words
    field_decides = field is not None and not diagnostic and not is_vague(field)
    status = field if field_decides else best_status(field, said)
    kind = judge(status, said)
    if is_vague(status) and _is_after_data(" ".join(words.split())):
        kind = BounceKind.SOFT
    return Bounce(kind, None, status, as_reason(diagnostic or telling_line(words, status)))


def _is_after_data(words: str) -> bool:
    return bool(_AFTER_DATA.search(words)) and not _NO_ADDRESS_TAKEN.search(words)


def as_reason(words: str) -> str:
    """A line that can be kept and shown: short, and without anybody's address."""
    return shorten(mask_addresses(clean_line(words)), _REASON)
