"""An answer to the test mail of a draft: a comment, in its writer's own words; pure."""

import re
from email.message import Message
from email.utils import parseaddr

from digest.deliver.bounces.addressee import SignedAddresses, find_draft
from digest.deliver.bounces.parts import header, text
from digest.model import DraftComment
from digest.text import clean_line

LONGEST = 2_000
# What stands before a quotation in the most common programs.
_ATTRIBUTION = re.compile(r".{0,200}(?:wrote|schrieb|écrit|escribió|scritto).{0,40}:\s*$|-{3,}.*")


def read_answer(message: Message, seals: SignedAddresses) -> DraftComment | None:
    """What somebody says of the draft that they got a test of, None where it is no answer."""
    named = find_draft(message, seals)
    if named is None:
        return None
    words = _own_words(text(message)) or clean_line(header(message, "Subject"))
    sender = clean_line(parseaddr(header(message, "From"))[1]) or "somebody"
    return DraftComment(*named, sender[:100], words)


def _own_words(answer: str) -> str:
    """The lines above what is quoted, and above the signature."""
    kept: list[str] = []
    for line in answer[: LONGEST * 2].splitlines():
        if line.startswith(">") or line.rstrip() == "--" or _ATTRIBUTION.match(line):
            break
        kept.append(clean_line(line[:LONGEST]))
    return "\n".join(kept).strip()[:LONGEST]
