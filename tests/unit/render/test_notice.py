"""Notices as messages: small, clear, by the book; a stranger cannot write in them."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest

from digest.model import Notice, NoticeKind
from digest.render.editor_notice import paragraphs
from digest.render.links import Links
from digest.render.notice import NoticeRenderer, first_words
from tests.builders import NOON, TREE, newsletter

LINKS = Links("https://news.example.org", "a key", unsubscribe_mailbox="leave@example.org")
RENDERER = NoticeRenderer((), LINKS, TREE, days=7)
LETTER = newsletter(name="Example Daily", reply_to="editor@example.org")
DETAILS: dict[NoticeKind, dict[str, object]] = {
    NoticeKind.CONFIRM: {"signup": 5, "topics": ["space", "gone"]},
    NoticeKind.KNOWN: {"subscriber": 4},
    NoticeKind.WELCOME: {
        "subscriber": 4,
        "topics": ["space"],
        "first": "2026-11-23T06:00:00+00:00",
        "timezone": "Europe/Berlin",
        "at_once": True,
    },
    NoticeKind.PREFERENCES: {"subscriber": 4},
    NoticeKind.ADDRESS: {"change": 3},
    NoticeKind.ADDRESS_CHANGED: {"masked": "r…@example.org"},
    NoticeKind.ALERT: {
        "subscriber": 4,
        "story": 1,
        "headline": "A comet breaks up",
        "bullets": ["It was seen by three."],
        "machine_written": True,
        "count": 3,
        "sources": [{"name": "Example Post", "url": None}],
    },
    NoticeKind.REVIEW: {
        "date": "2026-11-23",
        "goes_at": "2026-11-23T06:00:00+00:00",
        "subject": "A galaxy far away",
        "stories": 12,
    },
    NoticeKind.NOT_SENT: {
        "date": "2026-11-23",
        "state": "held",
        "reason": "nobody approved it",
        "over_at": "2026-11-24T00:00:00+00:00",
    },
    NoticeKind.ALERT_HELD: {"headline": "A comet breaks up", "alert": 1, "reason": "no address"},
}
LINK = {
    NoticeKind.CONFIRM: LINKS.confirm(5),
    NoticeKind.KNOWN: LINKS.preferences("daily", 4),
    NoticeKind.WELCOME: LINKS.preferences("daily", 4),
    NoticeKind.PREFERENCES: LINKS.preferences("daily", 4),
    NoticeKind.ADDRESS: LINKS.confirm_address(3),
    NoticeKind.ADDRESS_CHANGED: None,
    NoticeKind.ALERT: LINKS.stop_alerts("daily", 4),
    NoticeKind.REVIEW: LINKS.review("daily", date(2026, 11, 23), "subscriber@example.org"),
    NoticeKind.NOT_SENT: LINKS.review("daily", date(2026, 11, 23), "subscriber@example.org"),
    NoticeKind.ALERT_HELD: None,
}
FOR_EDITORS = {NoticeKind.REVIEW, NoticeKind.NOT_SENT, NoticeKind.ALERT_HELD}  # in English
SUBSCRIBED = {NoticeKind.KNOWN, NoticeKind.WELCOME, NoticeKind.PREFERENCES, NoticeKind.ALERT}


def notice(kind: NoticeKind, **changes: Any) -> Notice:
    made = Notice(
        id=9,
        kind=kind,
        newsletter="daily",
        email="subscriber@example.org",
        name="Ann",
        language=None,
        details=DETAILS[kind],
        created_at=NOON,
    )
    return replace(made, **changes)


def message(kind: NoticeKind, letter=LETTER, **changes: Any) -> EmailMessage:
    raw = RENDERER.envelope(notice(kind, **changes), letter, NOON).message
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(found: EmailMessage, kind: str) -> str:
    body = found.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text


@pytest.mark.parametrize("kind", NoticeKind)
def test_both_parts_lead_where_the_notice_is_about(kind):
    found = message(kind)
    assert [one.get_content_type() for one in found.iter_parts()] == ["text/plain", "text/html"]
    for body in (part(found, "plain"), part(found, "html")):
        assert LETTER.postal_address in body
        assert "Example Daily" in body
        link = LINK[kind]
        if link is not None:
            assert link in body
    assert f'href="{LINK[kind]}"' in part(found, "html") or LINK[kind] is None


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind not in FOR_EDITORS])
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_kind_is_there_in_every_language(kind, language):
    found = message(kind, language=language)
    html = part(found, "html")
    assert f'lang="{language}"' in html
    assert ('dir="rtl"' in html) == (language == "ar")
    assert "%(" not in html + part(found, "plain") + str(found["Subject"])
    english = message(kind)
    is_a_headline = kind is NoticeKind.ALERT
    assert (found["Subject"] == english["Subject"]) == (language == "en" or is_a_headline)


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_bytes_keep_to_the_standards(kind):
    raw = RENDERER.envelope(notice(kind), LETTER, NOON).message
    assert b"\r\n.\r\n" not in raw
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"List-Unsub")]
    assert max(map(len, lines)) <= 78
    assert raw.isascii()
    assert len(raw) < 30_000


@pytest.mark.parametrize("kind", NoticeKind)
def test_headers_tell_machines_what_it_is(kind):
    found = message(kind)
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["From"] == "Daily <daily@example.org>"
    assert found["Reply-To"] == "editor@example.org"
    assert ("List-Unsubscribe" in found) == (kind in SUBSCRIBED)
    assert ("List-Id" in found) == (kind in SUBSCRIBED)
    if kind in SUBSCRIBED:
        assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        is_alert = kind is NoticeKind.ALERT  # it stops alerts alone, and not by mail
        leave = LINK[kind] if is_alert else LINKS.unsubscribe("daily", 4)
        assert str(leave) in found["List-Unsubscribe"]
        assert ("mailto:leave@example.org" in found["List-Unsubscribe"]) != is_alert


@pytest.mark.parametrize("kind", NoticeKind)
def test_nobody_is_watched(kind):
    html = part(message(kind), "html")
    assert "<img" not in html
    assert "<mj-" not in html
    links = set(re.findall(r'href="([^"]+)"', html))
    assert links <= {LINK[kind], LINKS.unsubscribe("daily", 4)}


def test_a_message_that_is_made_again_bears_the_same_name():
    one = RENDERER.envelope(notice(NoticeKind.CONFIRM), LETTER, NOON)
    two = RENDERER.envelope(notice(NoticeKind.CONFIRM), LETTER, NOON.replace(hour=15))
    other = RENDERER.envelope(notice(NoticeKind.CONFIRM, id=10), LETTER, NOON)
    ids = [re.search(rb"Message-ID: (\S+)", each.message) for each in (one, two, other)]
    found = [each[1] for each in ids if each]
    assert found[0] == found[1] == b"<confirm-20261121-9@example.org>"
    assert found[2] != found[0]
    assert one.name == two.name


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind not in SUBSCRIBED])
def test_a_name_stands_only_in_mail_to_those_who_are_subscribed(kind):
    raw = RENDERER.envelope(notice(kind, name="Cheap Pills"), LETTER, NOON).message
    assert b"Pills" not in raw
    assert message(NoticeKind.WELCOME)["To"] == "Ann <subscriber@example.org>"


def test_what_is_said_in_a_confirmation_is_ours_also_its_topics():
    text = part(message(NoticeKind.CONFIRM), "plain")
    assert "Topics: Space\r\n" in text
    assert "gone" not in text
    assert "7 days" in text


def test_the_welcome_tells_when_the_first_mail_comes_by_the_subscribers_clock():
    text = " ".join(part(message(NoticeKind.WELCOME), "plain").split())
    assert "on Monday, November 23, 2026 at 7:00" in text
    assert "by the clock of Europe/Berlin." in text
    assert "The latest issue comes right after this mail." in text
    nothing = message(NoticeKind.WELCOME, details={"subscriber": 4, "first": None})
    assert "next mail" not in part(nothing, "plain")


def test_an_hour_is_written_as_the_language_writes_it():
    assert "um 07:00 Uhr" in first_words(NOON.replace(hour=6), "Europe/Berlin", "de")


def test_text_of_the_settings_is_escaped_in_the_html():
    letter = newsletter(name="Cats & <Dogs>", postal_address="1 <b>Street</b>")
    html = part(message(NoticeKind.CONFIRM, letter), "html")
    assert "Cats &amp; &lt;Dogs&gt;" in html
    assert "<b>Street" not in html


def test_a_draft_that_is_held_is_not_said_to_go_out():
    held = notice(NoticeKind.REVIEW, details={**DETAILS[NoticeKind.REVIEW], "held": "a fact"})
    words = " ".join(paragraphs(held, LETTER))
    assert "It is held: a fact. Nothing goes out until it is released." in words
    assert "06:00" not in words
