"""Where a mail's pictures are, and how the shapes of its stories follow from them."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from digest.compose.issue import variant
from digest.model import Issue, Mail, Newsletter, RenderedIssue, Subscriber
from digest.render.layout import FEATURES
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.message import VariantMessages
from digest.render.pictures import attached_names, picture_names, with_pictures_at
from digest.render.size_limit import largest
from digest.render.skeleton import encode
from tests.builders import NOON, issue, newsletter, picture, story

LINKS = Links("https://news.example.org", "a key")
RENDERER = Renderer((), LINKS)
TOPICS = ("space", "medicine", "culture")


def illustrated(count: int = 8, **changes: object) -> Issue:
    """Stories on three topics, all with a picture of their own."""
    stories = (
        story(n, topic=TOPICS[n % 3], picture=picture(f"{n:031}0", **changes))  # type: ignore[arg-type]
        for n in range(1, count + 1)
    )
    return issue(*stories)


def mail_of(whole: Issue, letter: Newsletter | None = None) -> Mail:
    letter = letter or newsletter()
    return assemble(RENDERER.render(whole, letter), whole, letter)


def widths(html: str) -> list[str]:
    return re.findall(r'<img [^>]*width="(\d+)"', html)


def test_the_lead_has_a_wide_picture_the_next_three_a_small_one_the_others_none():
    assert widths(mail_of(illustrated()).html) == ["540"] + ["174"] * FEATURES


def test_so_it_is_for_whoever_chose_one_topic():
    whole, letter = illustrated(30), newsletter(stories_per_topic=20)
    rendered = RENDERER.render(whole, letter)
    seen = variant(whole, frozenset({"culture"}), letter)
    assert seen is not None
    assert widths(assemble(rendered, seen, letter).html) == ["540"] + ["174"] * FEATURES


def test_a_picture_too_narrow_for_a_lead_stands_beside_it():
    assert widths(mail_of(illustrated(1, wide=False)).html) == ["174"]


def test_every_picture_keeps_its_place_and_says_what_it_shows_or_nothing():
    for alt in ("A moon", ""):
        html = mail_of(illustrated(alt=alt)).html
        imgs = re.findall(r"<img [^>]*>", html)
        assert all(re.search(r'width="\d+" height="\d+"', img) for img in imgs)
        assert all(f'alt="{alt}"' in img for img in imgs)
        hidden = html.count('aria-hidden="true" tabindex="-1"')
        assert hidden == (0 if alt else len(imgs))


@pytest.mark.parametrize("images", ["hosted", "attached"])
def test_a_page_shows_the_pictures_of_a_mail_from_its_own_place(images):
    html = mail_of(illustrated(), newsletter(images=images)).html
    page = with_pictures_at(html, "/pictures/")
    assert len(picture_names(page, "/pictures/")) == 1 + FEATURES
    assert "cid:" not in page
    assert "news.example.org/pictures" not in page
    assert len(attached_names(html)) == (1 + FEATURES if images == "attached" else 0)


def test_what_a_story_says_is_no_picture():
    words = ' src="cid:00000000000000000000000000000001.jpg@example.org"'
    whole = issue(story(headline=words, bullets=(words,)))
    assert attached_names(mail_of(whole, newsletter(images="attached")).html) == []


def test_an_attached_picture_that_is_gone_costs_itself_alone():
    letter = newsletter(images="attached")
    whole = illustrated()
    first, *_, last = attached_names(mail_of(whole, letter).html)

    def read(name: str) -> bytes | None:
        return None if name == first else b"\xff\xd8" + bytes(200)

    messages = VariantMessages(mail_of(whole, letter), whole, letter, LINKS, read)
    envelope = messages.envelope(Subscriber(1, "ada@example.org"), NOON)
    message = message_from_bytes(envelope.message, policy=default)
    parts = [part for part in message.walk() if part.get_content_type() == "image/jpeg"]
    assert len(parts) == FEATURES
    assert parts[-1]["Content-ID"] == f"<{last}@example.org>"
    assert parts[-1].get_content() == b"\xff\xd8" + bytes(200)
    attached = envelope.message.partition(b"Content-Type: image/jpeg")[2]
    assert all(len(line) <= 78 for line in attached.split(b"\r\n"))


def test_an_issue_that_an_earlier_version_sealed_goes_out_as_it_was_rendered():
    """It has a row of topics, no list at the top, and one shape for every story."""
    whole, letter = illustrated(), newsletter()
    now = RENDERER.render(whole, letter)

    def as_before(parts: dict[str, str]) -> dict[str, str]:
        kept = {k: v for k, v in parts.items() if not k.startswith(("top", "feature."))}
        row = {f"contents.{topic}": f"[{topic}]" for topic in TOPICS}
        return kept | {"contents": "(", "contents-gap": ", ", "contents-end": ")"} | row

    before = RenderedIssue(now.nonce, as_before(now.html), as_before(now.text))
    mail = assemble(before, whole, letter)
    assert "([space], [medicine], [culture])" in mail.html
    assert widths(mail.html) == ["540"]
    assert all(f"Headline {n}" in mail.html for n in range(1, 9))


def test_thirty_stories_with_pictures_are_small_and_no_variant_is_larger_than_is_said():
    point = "A result that a subscriber would be glad to have seen, with the figures of it. " * 2
    stories = tuple(
        replace(one, bullets=(point,) * 3, source_count=3) for one in illustrated(30).stories
    )
    whole, letter = issue(*stories), newsletter(max_stories=30, stories_per_topic=30)
    rendered = RENDERER.render(whole, letter)
    size = len(encode(assemble(rendered, whole, letter).html))
    assert size <= largest(rendered, 30) <= 80_000
