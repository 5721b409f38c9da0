"""The gate on words, links and pictures: slips are told, and what only looks like one is not."""

from dataclasses import replace

import pytest

from digest.model import Finding, Image, RenderedIssue, SourceRef
from digest.render.gate_content import inspect_content
from digest.render.links import Links
from digest.render.mail import Renderer
from tests.builders import issue, newsletter, picture, story

RENDERER = Renderer((), Links("https://news.example.org", "a key"))
LETTER = newsletter()


def findings(told, *, html: str = "", by_hand=(), dead=None, pictures=True) -> list[Finding]:
    rendered = RENDERER.render(told, LETTER, "0123456789abcdef")
    if html:
        rendered = RenderedIssue(rendered.nonce, {**rendered.html, "more": html}, rendered.text)
    return list(
        inspect_content(
            rendered,
            told,
            LETTER,
            by_hand=by_hand,
            has_picture=lambda _name: pictures,
            dead_links=dead or {},
        )
    )


def test_a_sound_issue_has_none():
    assert findings(issue()) == []


@pytest.mark.parametrize(
    "words",
    [
        "TK", "The mayor said TKTK on Monday", "{{ headline }} and more", "*|FNAME|*, look",
        "Lorem ipsum and so on", "TODO: ask her", "A [[name]] here", "XXXX people came",
    ],
)  # fmt: skip
def test_a_placeholder_is_an_error_where_we_wrote_it_and_a_warning_where_a_source_did(words):
    told = issue(story(1, headline=words), subject="All of it", preheader="A day of news")
    assert [(f.place, f.level) for f in findings(told)] == [("story 1", "warning")]
    assert [f.level for f in findings(told, by_hand={1})] == ["error"]
    assert [f.place for f in findings(issue(subject=words))] == ["subject"]


@pytest.mark.parametrize(
    "words",
    [
        "TK Maxx opens in Rome", "Super Bowl XXX", "[VIDEO] A river runs dry", "C++ << and >>",
        "Sets of {1, 2}", "100 %% sure", "The TKO of the year",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_placeholder_is_none(words):
    assert findings(issue(story(1, headline=words)), by_hand={1}) == []


def test_a_templates_own_placeholder_is_an_error():
    (finding,) = findings(issue(), html="<p>Dear *|FNAME|*</p>")
    assert (finding.place, finding.level) == ("templates/email", "error")


@pytest.mark.parametrize(
    ("footer", "year"),
    [("© 2024 Example", "2024"), ("Copyright 2019-2025 Example", "2025"), ("© 2019-2026 x", "")],
)
def test_a_copyright_of_another_year_is_told(footer, year):
    found = findings(issue(), html=f"<p>{footer}</p>")
    assert [f.detail for f in found] == ([f"its year is {year}"] if year else [])


def test_a_copyright_in_a_story_is_none_of_ours():
    assert findings(issue(story(1, headline="The © 1931 of Mickey Mouse is over"))) == []


@pytest.mark.parametrize("text", ["click here", "Here", "Hier »", "cliquez ici", "Read more …"])
def test_a_link_that_says_nothing_is_told(text):
    (finding,) = findings(issue(), html=f'<a href="https://example.org/a"><b>{text}</b></a>')
    assert finding.detail == f"says only {text!r}: https://example.org/a"


@pytest.mark.parametrize("text", ["Here is what the mayor said", "Hereford", "More Stories"])
def test_a_link_with_words_of_its_own_is_not(text):
    assert findings(issue(), html=f'<a href="https://example.org/a">{text}</a>') == []


def test_a_shortened_address_is_told_once():
    source = SourceRef("Example Times", "https://bit.ly/3abc")
    (finding,) = findings(issue(story(1, sources=(source,))))
    assert finding.detail.endswith("https://bit.ly/3abc")


def test_a_link_that_was_dead_is_told_as_long_as_it_is_in_the_mail():
    dead = {"https://example.org/a": "it does not answer: 404", "https://example.org/b": "gone"}
    assert [f.detail for f in findings(issue(), dead=dead)] == ["it does not answer: 404"]


def test_a_picture_that_a_person_promised_is_missed_and_one_of_a_feeds_small_story_is_not():
    file = story(2, image=Image("photos/b.jpg"))
    small = story(3, image=Image("https://example.org/c.jpg"))
    found = findings(issue(story(1), file, small))
    assert [(f.place, f.level) for f in found] == [("story 2", "warning")]
    lead = issue(story(1, image=Image("https://example.org/a.jpg")), file)
    assert len(findings(lead)) == 2
    assert findings(issue(replace(file, picture=picture()))) == []


def test_a_picture_whose_file_is_gone_is_an_error():
    found = findings(issue(story(1, picture=picture())), pictures=False)
    assert {(f.place, f.level) for f in found} == {("picture", "error")}
