"""A mail in full, in brief, or of headlines alone: put together from the parts of one render."""

import re
from dataclasses import replace

import pytest

from digest.compose.issue import variant
from digest.model import (
    MAIL_LAYOUTS,
    NO_PICTURES,
    Issue,
    Mail,
    NewsletterPictures,
    PictureFile,
    Story,
)
from digest.own_pictures import COVER_BYTES, LOGO_BYTES
from digest.pictures.cut import MOST_BYTES
from digest.render.gate import MOST_PICTURE_BYTES, inspect_mail
from digest.render.layout import FEATURES, in_order
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.mail_opening import LONGEST_SENTENCE, today
from digest.render.reading_time import minutes
from digest.render.size_limit import largest
from digest.render.skeleton import encode
from tests.builders import issue, newsletter, picture, story

LINKS = Links("https://news.example.org", "a key")
RENDERER = Renderer((), LINKS)
TOPICS = ("space", "medicine", "culture")
LOGO = PictureFile(f"{'1' * 32}.png", "", 540, 88, 9_000)
LOGO_DARK = PictureFile(f"{'2' * 32}.png", "", 540, 88, 9_000)
COVER = PictureFile(f"{'3' * 32}.jpg", "", 1200, 630, 90_000)
OWN = NewsletterPictures(LOGO, LOGO_DARK, COVER)


def illustrated() -> Issue:
    stories = [
        story(
            n, topic=TOPICS[n % 3], picture=picture(f"{n:031}0"), bullets=(f"One of {n}.", "Two.")
        )
        for n in range(1, 10)
    ]
    return issue(*stories, more=tuple(story(n, topic=TOPICS[n % 3]) for n in range(10, 16)))


def mails(whole: Issue, own: NewsletterPictures = NO_PICTURES) -> dict[str, Mail]:
    rendered = RENDERER.render(whole, newsletter(), own=own)
    return {layout: assemble(rendered, whole, newsletter(layout=layout)) for layout in MAIL_LAYOUTS}


def headlines(mail: Mail) -> list[int]:
    return [int(n) for n in re.findall(r">Headline (\d+)<", mail.html.partition("</head>")[2])]


@pytest.mark.parametrize("topics", [(), ("space",), ("medicine", "culture")])
def test_each_layout_has_the_same_stories_and_passes_the_gate(topics):
    whole = variant(illustrated(), frozenset(topics), newsletter())
    assert whole is not None
    rendered = RENDERER.render(illustrated(), newsletter())
    for layout in MAIL_LAYOUTS:
        letter = newsletter(layout=layout)
        mail = assemble(rendered, whole, letter)
        told = [each.id for each in in_order(whole, layout)]
        # At the top three of them are named, but for headlines alone.
        assert headlines(mail)[0 if layout == "headlines" else 3 :] == told
        findings = list(inspect_mail(mail, whole, letter, LINKS))
        assert [str(found) for found in findings if found.level == "error"] == []
        assert len(encode(mail.html)) <= largest(rendered, len(whole.stories))


def test_the_shorter_a_layout_the_smaller_its_mail_and_only_a_magazine_has_pictures():
    by_layout = mails(illustrated())
    sizes = [len(by_layout[layout].html) for layout in MAIL_LAYOUTS]
    assert sizes == sorted(sizes, reverse=True)
    counts = [by_layout[layout].html.count("<img") for layout in MAIL_LAYOUTS]
    assert counts == [1 + FEATURES, 0, 0]
    bullets = [by_layout[layout].text.count("  * One of") for layout in MAIL_LAYOUTS]
    assert bullets == [9, 9, 0]
    spans = [minutes(illustrated(), newsletter(layout=layout)) for layout in MAIL_LAYOUTS]
    assert spans == sorted(spans, reverse=True)


def test_an_issue_that_was_sealed_by_an_earlier_template_is_told_as_it_can_be():
    whole, letter = illustrated(), newsletter(layout="headlines")
    rendered = RENDERER.render(whole, letter)
    told = {f"more.{each.id}" for each in whole.stories}
    old = replace(
        rendered,
        html={name: part for name, part in rendered.html.items() if name not in told},
        text={name: part for name, part in rendered.text.items() if name not in told},
    )
    assert headlines(assemble(old, whole, letter))[:3] == [1, 2, 3]


def test_a_logo_stands_for_the_name_on_light_ground_and_on_dark():
    html = mails(illustrated(), OWN)["brief"].html
    heading = re.search(r"<h1.*?</h1>", html, re.DOTALL)
    assert heading is not None
    assert re.findall(r'alt="([^"]*)"', heading[0]) == ["Daily"] * 2
    assert re.findall(r'width="(\d+)" height="(\d+)"', heading[0]) == [("270", "44")] * 2
    assert f"/pictures/{LOGO.name}" in heading[0]
    assert ".logo-dark { display: block !important; }" in html
    assert "logo-dark" not in mails(illustrated(), NewsletterPictures(LOGO))["brief"].html


def test_without_a_logo_the_name_is_text():
    assert "Daily</h1>" in mails(illustrated())["magazine"].html


def test_a_cover_stands_where_the_lead_has_no_picture():
    first, *others = illustrated().stories
    bare = issue(replace(first, picture=None), *others)
    assert COVER.name in mails(bare, OWN)["magazine"].html
    assert COVER.name not in mails(illustrated(), OWN)["magazine"].html
    assert COVER.name not in mails(bare, OWN)["brief"].html
    none = newsletter(images="none")
    mail = assemble(RENDERER.render(bare, none, own=OWN), bare, none)
    assert COVER.name not in mail.html
    assert LOGO.name not in mail.html


def test_no_mail_has_more_than_600_kb_of_pictures():
    with_lead = 2 * LOGO_BYTES + MOST_BYTES + FEATURES * MOST_BYTES
    with_cover = 2 * LOGO_BYTES + COVER_BYTES + FEATURES * MOST_BYTES
    assert max(with_lead, with_cover) <= MOST_PICTURE_BYTES


def top(*bullets: str, **changes: object) -> Issue:
    stories = [
        story(n, bullets=(bullet,) if bullet else (), **changes)
        for n, bullet in enumerate(bullets, start=1)
    ]
    return issue(*stories)


@pytest.mark.parametrize(
    ("bullets", "sentences"),
    [
        (("A.", "B.", "C."), "B. C."),
        (("A.", "B.", ""), "A. B."),
        (("A.", "", "C."), "A. C."),
        (("A.", "", ""), ""),
        (("", "", "C."), ""),
        (("A.", "B."), "A. B."),
        (("A.", "no sentence", "C!"), "A. C!"),
        (("أ.", "ب؟", "ج."), "ب؟ ج."),
        (("A.", "B" * LONGEST_SENTENCE + ".", "C."), "A. C."),
    ],
)
def test_two_sentences_are_taken_from_the_stories_at_the_top(bullets, sentences):
    assert today(top(*bullets)) == sentences


def test_what_a_machine_wrote_is_not_said_at_the_top():
    assert today(top("A.", "B.", "C.", machine_written=True)) == ""


def test_they_are_in_both_parts_of_a_mail_where_there_are_two():
    whole = top("A & b.", "B < c.", "C.")
    mail = mails(whole)["magazine"]
    assert "B &lt; c. C.</p>" in mail.html
    assert "\nB < c. C.\n" in mail.text
    assert "B &lt; c. C." not in mails(whole)["brief"].html
    noted = replace(whole, note=("An editor's own words.",))
    assert "B &lt; c. C." not in mails(noted)["magazine"].html
    one: Story = whole.stories[0]
    assert 'class="today"' not in mails(issue(one))["magazine"].html
