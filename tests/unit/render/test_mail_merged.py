"""Merged stories in the mail: news of an event told before, reports that differ, many sources."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose.issue import headings
from digest.model import DifferingFact, Issue, Mail, Newsletter, SourceRef, Story, Version
from digest.render.gate import inspect_issue, inspect_mail
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.reading_time import minutes
from digest.render.translations import update_label
from tests.builders import DAY, issue, newsletter, story

LINKS = Links("https://news.example.org", "a key", "leave@example.org")
RENDERER = Renderer((), LINKS)
NAMES = tuple(f"Example {letter}" for letter in "ABCDEFGHIJKL")
LONG = "A sentence of some sixty letters which a preheader would be of. "


def mail_of(whole: Issue, letter: Newsletter | None = None) -> Mail:
    letter = letter or newsletter()
    return assemble(RENDERER.render(whole, letter), whole, letter)


def bodies(mail: Mail) -> list[str]:
    """The words of the HTML and of the text part, without links, in their order, in one line."""
    html = re.sub(r"<[^>]+>", " ", mail.html.partition("</head>")[2])
    text = re.sub(r" \[\d+\]", "", " ".join(mail.text.split()))
    return [" ".join(unescape(html).split()), text]


def sources(count: int) -> tuple[SourceRef, ...]:
    return tuple(SourceRef(name, "https://example.org/a") for name in NAMES[:count])


def differ(*versions: tuple[str, tuple[str, ...]]) -> DifferingFact:
    return DifferingFact("dead", tuple(Version(*version) for version in versions))


@pytest.mark.parametrize(
    ("days", "language", "label"),
    [
        (1, "en", "Update since Friday"),
        (4, "en", "Update since Tuesday"),
        (6, "en", "Update since Sunday"),
        (7, "en", "Update since November 14"),
        (9, "en-GB", "Update since 12 November"),
        (0, "en", "Update since November 21"),
        (-1, "en", "Update since November 22"),
        (400, "en", "Update since October 17, 2025"),
        (4, "de", "Neues seit Dienstag"),
        (9, "de-AT", "Neues seit dem 12. November"),
        (4, "ar", "مستجدات منذ الثلاثاء"),
        (9, "ar", "مستجدات منذ 12 نوفمبر"),
    ],
)
def test_an_update_names_the_weekday_while_there_is_one_of_that_name(days, language, label):
    assert update_label(DAY - timedelta(days=days), DAY, language) == label


@given(st.dates(), st.dates(), st.sampled_from(["en", "de", "ar", "fr", "zh", "xx"]))
def test_every_two_dates_have_a_label(since, today, language):
    label = update_label(since, today, language)
    assert "%" not in label
    assert ("Update since" in label) == (language not in ("de", "ar"))


def test_an_update_is_labelled_before_its_headline_wherever_it_stands():
    since = DAY - timedelta(days=4)
    told = [story(n, update_since=since) for n in (1, 2)]
    mail = mail_of(issue(*told, story(3), more=(story(4, update_since=since), story(5))))
    html, text = bodies(mail)
    assert "Space · Update since Tuesday Headline 1" in html
    assert "Space - Update since Tuesday Headline 1" in text
    for body in (html, text):
        assert "Update since Tuesday Headline 2" in body
        assert body.count("Update since") == 2
        assert "Update: Headline 4" in body.replace("* ", "")
        assert body.count("Update:") == 1


def test_who_goes_from_heading_to_heading_hears_that_it_is_an_update():
    since = date(2026, 11, 17)
    mail = mail_of(issue(story(1), story(2, update_since=since)))
    (heading,) = re.findall(r"<h3.*?</h3>", mail.html)
    assert bodies(Mail("", "", "</head>" + heading, "", ""))[0] == "Update since Tuesday Headline 2"


FACT = differ(("12 dead", ("Example Times",)), ("at least 15 dead", ("Example Post", "Radio Ash")))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Reports differ"),
        ("de", "Die Berichte weichen voneinander ab"),
        ("ar", "تختلف التقارير"),
    ],
)
def test_what_reports_differ_on_stands_side_by_side_before_the_bullets(language, words):
    for whole in (issue(story(differing=(FACT,))), issue(story(2), story(1, differing=(FACT,)))):
        html, text = bodies(mail_of(whole, newsletter(language=language)))
        told = "12 dead Example Times at least 15 dead Example Post, Radio Ash"
        assert f"Headline 1 {words} {told} First bullet of 1." in html
        told = "12 dead (Example Times); at least 15 dead (Example Post, Radio Ash)"
        assert f"* {words}: {told} * First bullet of 1." in text


def test_two_facts_do_not_run_into_one_another():
    size = differ(("magnitude 6.3", ("A",)), ("magnitude 6.7", ("B",)))
    html, text = bodies(mail_of(issue(story(differing=(FACT, size)))))
    assert "Radio Ash magnitude 6.3 A magnitude 6.7 B First" in html
    assert html.count("Reports differ") == 1
    assert text.count("Reports differ: ") == 2


def test_a_version_that_many_give_names_three_of_them():
    fact = differ(("12 dead", NAMES[:5]), ("15 dead", NAMES[5:8]))
    for body in bodies(mail_of(issue(story(differing=(fact,))))):
        assert "Example A, Example B, Example C and 2 more" in body
        assert "Example F, Example G, Example H" in body
        assert body.count(" more") == 1


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "Summary based on 1 source: Example A"),
        (5, "Summary based on 5 sources: Example A, Example B, Example C, Example D, Example E"),
        (6, "Example D, Example E and 1 more"),
        (12, "Example C, Example D, Example E and 7 more"),
    ],
)
def test_five_sources_are_named_and_the_story_page_has_the_rest(count, words):
    told = story(source_count=count, sources=sources(count))
    mail = mail_of(issue(told))
    html, text = bodies(mail)
    assert words in re.sub(r" (?=,)", "", html)
    assert words in text
    assert "Example F" not in html + text
    rest = re.search(r'<a href="([^"]+)"[^>]*>and \d+ more</a>', mail.html)
    assert (rest[1] if rest else None) == (LINKS.story(told) if count > 5 else None)


@pytest.mark.parametrize("count", range(6, 13))
def test_the_rest_of_the_sources_has_arabic_plurals(count):
    told = story(source_count=count, sources=sources(count))
    left = {6: "ومصدر آخر", 7: "ومصدران آخران"}.get(count, f"و{count - 5} مصادر أخرى")
    for body in bodies(mail_of(issue(told), newsletter(language="ar"))):
        assert f"Example E {left}" in body


def test_a_headline_alone_leaves_no_empty_list_and_no_hole():
    mail = mail_of(issue(story(1, bullets=()), story(2, bullets=()), preheader=LONG))
    assert "<ul" not in mail.html
    line = "Summary based on 1 source: Example Times [1]\nRead on the web [3]\n"
    assert f"Headline 2\n----------\n\n{line}" in mail.text
    html, _ = bodies(mail)
    assert "Headline 1 Summary based on 1 source: Example Times" in html


@pytest.mark.parametrize(
    ("stories", "tagline", "preheader"),
    [
        ([story(1), story(2)], "A tagline", "First bullet of 1."),
        ([story(1, bullets=()), story(2)], "A tagline", "Headline 2"),
        ([story(1, bullets=())], "A tagline", "A tagline"),
        ([story(1, bullets=(), sources=sources(2))], "", "Example A, Example B"),
        ([story(1, bullets=(), sources=())], "", "Headline 1"),
    ],
)
def test_a_lead_without_bullets_still_has_a_preheader(stories, tagline, preheader):
    assert headings(stories, tagline) == ("Headline 1", preheader)


def test_the_versions_of_a_fact_are_read_too():
    fact = differ(("word " * 476, ("Example Times",)), ("15 dead", ("Example Post",)))
    assert minutes(issue(story(differing=(fact,))), newsletter()) == 3


LINES = st.sampled_from(["Short.", "A word and " * 27, "كلمة " * 60, "x" * 300, "{{ x }} <b> & %s"])
PUBLISHERS = st.lists(st.sampled_from([*NAMES, "الأهرام", "<b>"]), min_size=1, unique=True)
FACTS = st.builds(
    DifferingFact,
    st.just("dead"),
    st.lists(
        st.builds(Version, LINES.map(str.strip), PUBLISHERS.map(tuple)), min_size=2, max_size=4
    ).map(tuple),
)


@st.composite
def merged(draw: st.DrawFn, number: int) -> Story:
    """A story as odd as merging may make it."""
    count = draw(st.integers(0, 12))
    headline = draw(st.sampled_from(["A headline", "A long word " * 16, "عنوان " * 30, "y" * 200]))
    return story(
        number,
        headline=f"{headline.strip()} {number}",
        bullets=tuple(draw(st.lists(LINES.map(str.strip), max_size=8))),
        sources=sources(count),
        source_count=max(1, count),
        update_since=draw(st.none() | st.dates(date(2025, 1, 1), DAY)),
        differing=tuple(draw(st.lists(FACTS, max_size=2))),
        topic=draw(st.sampled_from(["space", "medicine"])),
    )


@given(
    st.tuples(*(merged(number) for number in range(1, 5))),
    st.sampled_from(["en", "ar"]),
    st.integers(1, 8),
)
@settings(max_examples=40, deadline=None)
def test_the_gate_lets_pass_whatever_merging_makes(stories, language, bullets):
    letter = newsletter(language=language, bullets=bullets)
    subject, preheader = headings(stories)
    whole = issue(*stories[:3], more=stories[3:], subject=subject, preheader=preheader)
    rendered = RENDERER.render(whole, letter)
    mail = assemble(rendered, whole, letter)
    found = [*inspect_issue(rendered, whole, None), *inspect_mail(mail, whole, letter, LINKS)]
    assert {finding.place for finding in found} <= {"preheader", "size"}
    assert not [finding for finding in found if finding.level == "error"]
    assert "direction:ltr" not in mail.html or language == "en"
    body = mail.text.partition("[1] http")[0]
    assert max(len(line) for line in body.splitlines() if "x" * 30 not in line
               and "y" * 30 not in line) <= 72  # fmt: skip
