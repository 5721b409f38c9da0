"""The gate: each thing that must hold of a mail is told where it does not, with a remedy."""

from dataclasses import replace

import pytest

from digest.model import Mail
from digest.render.gate import inspect_issue, inspect_mail
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.placeholders import Placeholders
from tests.builders import issue, newsletter, picture, story

LINKS = Links("https://news.example.org", "a key")
NONCE = "0123456789abcdef"
LEAVE = str(Placeholders(NONCE).slot("unsubscribe"))
LONG = "A first bullet that is long enough to stand in the preheader."


def whole(**changes):
    return issue(
        story(1, bullets=(LONG,), headline="A lead", **changes), story(2, topic="medicine"),
        preheader=LONG, subject="A lead",
    )  # fmt: skip


def mail_of(some, letter=None) -> Mail:
    letter = letter or newsletter()
    return assemble(Renderer((), LINKS).render(some, letter, NONCE), some, letter)


def found(mail: Mail, some=None, letter=None) -> dict[str, str]:
    findings = list(inspect_mail(mail, some or whole(), letter or newsletter(), LINKS))
    assert all(f.remedy for f in findings)
    return {f.detail: f.level for f in findings}


def test_a_sound_issue_has_no_findings():
    rendered = Renderer((), LINKS).render(whole(), newsletter(), NONCE)
    assert list(inspect_issue(rendered, whole(), "Yesterday's")) == []
    assert found(mail_of(whole())) == {}


@pytest.mark.parametrize(
    ("change", "detail", "level"),
    [
        (lambda m: replace(m, subject=" "), "is empty", "error"),
        (lambda m: replace(m, subject="x" * 91), "has 91 characters", "warning"),
        (lambda m: replace(m, subject="ALL NEW STUFF"), "is in capitals: ALL NEW STUFF", "warning"),
        (lambda m: replace(m, subject="The winner"), "has the spam word 'winner'", "warning"),
        (lambda m: replace(m, preheader=""), "is empty", "error"),
        (lambda m: replace(m, preheader="Short."), "has only 6 characters: Short.", "warning"),
        (lambda m: replace(m, html=m.html.replace('lang="en"', "", 1)),
         "the page does not tell its language and direction", "error"),
        (lambda m: replace(m, html=m.html.replace("</h1>", '</h1><img src="x">')),
         "pictures without alt: 1", "error"),
        (lambda m: replace(m, html=m.html.replace("<h1", "<h2").replace("</h1", "</h2")),
         "has 0 headings h1", "warning"),
        (lambda m: replace(m, html=m.html.replace("</h1>", '</h1><a href="/x">x</a>')),
         "leads nowhere: '/x'", "error"),
        (lambda m: replace(m, html=m.html.replace("</h1>", '</h1><a href="#gone">x</a>')),
         "leads nowhere: '#gone'", "error"),
        (lambda m: replace(m, html=m.html.replace("</h1>", '</h1><a href="javascript:x">x</a>')),
         "leads nowhere: 'javascript:x'", "error"),
        (lambda m: replace(m, html=m.html.replace(LEAVE, "https://x.test")),
         "has no unsubscribe link", "error"),
        (lambda m: replace(m, html=m.html.replace("1 Example Street", "")),
         "has no postal address", "error"),
        (lambda m: replace(m, html=m.html.replace("color:#5d5b57", "color:#c0c0c0")),
         "#c0c0c0 on #f4f2ed has a contrast of 1.6 in the light theme", "warning"),
        (lambda m: replace(m, html=m.html.replace("color: #b3b0aa", "color: #303030")),
         "#303030 on #1b1c1e has a contrast of 1.3 in the dark theme", "warning"),
        (lambda m: replace(m, text=m.text.replace("Headline 2", "")),
         "story 2 is missing or out of order: Headline 2", "error"),
        (lambda m: replace(m, text=m.text + Placeholders(NONCE).slot("typo")),
         "nothing fills the slot 'typo'", "error"),
    ],
)  # fmt: skip
def test_each_fault_of_a_mail_is_found(change, detail, level):
    assert found(change(mail_of(whole()))).get(detail) == level


def test_a_subject_like_yesterdays_and_a_double_story_are_told():
    twice = issue(
        story(1, headline="Whales sing in Arctic"), story(2, headline="In Arctic: Whales sing!")
    )
    rendered = Renderer((), LINKS).render(twice, newsletter(), NONCE)
    details = [f.detail for f in inspect_issue(rendered, twice, twice.subject)]
    assert "the same as that of the issue before" in details
    assert sum("another story has the same words" in detail for detail in details) == 1


def test_a_picture_without_words_is_told():
    some = whole(picture=picture(alt=""))
    rendered = Renderer((), LINKS).render(some, newsletter(), NONCE)
    (finding,) = inspect_issue(rendered, some, None)
    assert (finding.place, finding.level) == ("story 1", "warning")


def test_what_cannot_fit_is_an_error():
    some = issue(story(1, bullets=("é" * 90_000,)))
    rendered = Renderer((), LINKS).render(some, newsletter(), NONCE)
    assert [f.place for f in inspect_issue(rendered, some, None) if f.level == "error"] == ["size"]


def test_of_what_cannot_fit_the_largest_story_is_named():
    some = issue(story(1), story(12, headline="h" * 90_000), more=(story(3),))
    rendered = Renderer((), LINKS).render(some, newsletter(), NONCE)
    (finding,) = (f for f in inspect_issue(rendered, some, None) if f.level == "error")
    assert "; the largest story is 12, with " in finding.detail
    assert "digest stories drop 12" in finding.remedy


def test_a_short_preheader_is_mended_where_it_was_written():
    short = replace(mail_of(whole()), preheader="Short.")
    remedies = {
        written: next(
            iter(inspect_mail(short, replace(whole(), written=written), newsletter(), LINKS))
        ).remedy
        for written in (("", ""), ("", "Short."))
    }
    assert remedies["", ""].startswith("lengthen the first bullet of story 1")
    assert remedies["", "Short."].startswith("write more")
