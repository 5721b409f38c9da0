"""What every client sends: one issue whose message is some 66 kB, with three personal slots."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from digest.model import Issue, RenderedIssue
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.placeholders import PERSONAL, Placeholders
from tests.bench.render import day
from tests.builders import newsletter, story

LETTER = newsletter()
LINKS = Links("https://news.example.org", "a key")
# An issue of so many stories makes a message of that size.
STORIES = 21
# The lines of X that smtp-source sends instead: with its headers, as many bytes as our message.
SIZE = 66_900


def today() -> Issue:
    """The issue that is sent."""
    return day(STORIES)


def yesterday() -> Issue:
    """One before it, for a database in which today's is not the first."""
    whole = today()
    older = story(STORIES + 1, topic=whole.topics[0].id)
    return replace(whole, date=whole.date - timedelta(days=1), stories=(older,))


@cache
def rendered() -> RenderedIssue:
    """The parts of today's issue."""
    return Renderer((), LINKS).render(today(), LETTER)


def write_plain(path: Path) -> None:
    """The same mail for clients of other houses, as JSON: `{{name}}` stands for a slot's value."""
    mail = assemble(rendered(), today(), LETTER)
    marks = Placeholders(mail.nonce)
    slots = {name: f"{{{{{name}}}}}" for name in PERSONAL}
    values = {
        "sender": LETTER.sender,
        "subject": mail.subject,
        "html": marks.fill(mail.html, slots),
        "text": marks.fill(mail.text, slots),
        "unsubscribe": LINKS.unsubscribe(LETTER.id, 0),
        "preferences": LINKS.preferences(LETTER.id, 0),
    }
    path.write_text(json.dumps(values), encoding="utf-8")
