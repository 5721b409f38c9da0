"""What an editor decided of an issue, laid over what the rules make of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose.issue import compose, variant
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind, Edits
from digest.model import NO_PICTURES, Issue
from digest.render.gate import inspect_mail
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.size_limit import BUDGET, largest
from digest.services.issues.edit_rules import judge
from digest.services.issues.fit_size import fit_to_size
from tests.builders import DAY, TREE, newsletter, picture, story
from tests.sampling import examples

STORIES = [story(n, topic=topic) for n, topic in enumerate(("space", "medicine", "space"), 1)]


def edited(*made: Edit, **settings: object) -> Issue | None:
    return compose(newsletter(**settings), DAY, STORIES, TREE, Edits(made))


def numbers(issue: Issue | None) -> list[int]:
    return [story.id for story in issue.stories] if issue else []


def test_without_an_edit_nothing_changes():
    assert edited() == compose(newsletter(), DAY, STORIES, TREE)


def test_the_lead_comes_before_what_is_put_in_order_and_that_before_the_rest():
    order = Edit(EditKind.ORDER, ("2", "1"))
    assert numbers(edited(order)) == [2, 1, 3]
    assert numbers(edited(order, Edit(EditKind.LEAD, story=3))) == [3, 2, 1]
    assert numbers(edited(Edit(EditKind.LEAD, story=1), order)) == [1, 2, 3]


def test_only_the_last_lead_leads():
    leads = [Edit(EditKind.LEAD, story=number) for number in (2, 3)]
    assert numbers(edited(*leads)) == [3, 1, 2]
    assert numbers(edited(*leads[:1])) == [2, 1, 3]


def test_what_an_editor_puts_first_has_a_place_whatever_its_topic_has():
    made = edited(Edit(EditKind.ORDER, ("3",)), stories_per_topic=1, max_stories=2)
    assert numbers(made) == [3, 2]


def test_a_hidden_story_is_not_in_the_issue_and_without_any_there_is_none():
    assert numbers(edited(Edit(EditKind.HIDE, story=1))) == [2, 3]
    assert edited(*(Edit(EditKind.HIDE, story=number) for number in (1, 2, 3))) is None


def test_words_and_topic_are_those_that_an_editor_gave():
    made = edited(
        Edit(EditKind.HEADLINE, ("First",), 1),
        Edit(EditKind.HEADLINE, ("Second",), 1),
        Edit(EditKind.BULLETS, ("one", "two"), 1),
        Edit(EditKind.TOPIC, ("medicine",), 1),
    )
    assert made is not None
    told = next(story for story in made.stories if story.id == 1)
    assert (told.headline, told.bullets, told.topic) == ("Second", ("one", "two"), "medicine")
    assert made.subject == "Second"


def test_a_story_is_news_from_its_first_day_to_its_last_whatever_its_age():
    old = [replace(told, dropped=DAY - timedelta(days=9)) for told in STORIES]
    tomorrow, yesterday = (str(DAY + timedelta(days=days)) for days in (1, -1))

    def on(*lines: str) -> list[int]:
        days = Edit(EditKind.DAYS, lines, 1)
        return numbers(compose(newsletter(), DAY, [*old, *STORIES[1:]], TREE, Edits((days,))))

    assert on("", "") == [2, 3]
    assert on(str(DAY), "") == [1, 2, 3]
    assert on(yesterday, str(DAY))[-1] == 1  # as if it had come yesterday
    assert on(tomorrow, "") == on(yesterday, yesterday) == [2, 3]


def test_a_picture_and_its_words_are_those_that_an_editor_chose():
    mine, theirs = picture("1" * 32), picture("2" * 32)
    shown = replace(STORIES[0], picture=theirs)
    alt = Edit(EditKind.ALT, ("A moon",), 1)
    chosen = Edits((Edit(EditKind.PICTURE, ("https://example.org/a.png",), 1, mine), alt))
    assert chosen.apply([shown])[0].picture == replace(mine, alt="A moon")
    assert Edits((alt,)).apply([shown])[0].picture == replace(theirs, alt="A moon")
    assert Edits((Edit(EditKind.PICTURE, (), 1), alt)).apply([shown])[0].picture is None


def test_the_note_is_the_issues_and_goes_to_all():
    made = edited(Edit(EditKind.NOTE, ("We are away.", "Back on Monday.")))
    assert made is not None
    part = variant(made, frozenset({"medicine"}), newsletter())
    assert part is not None
    assert part.note == ("We are away.", "Back on Monday.")


def test_subject_and_preheader_stay_where_the_lead_is_the_issues():
    made = edited(Edit(EditKind.SUBJECT, ("Subject",)), Edit(EditKind.PREHEADER, ("Preheader",)))
    assert made is not None
    assert (made.subject, made.preheader) == ("Subject", "Preheader")
    for topic, subject in (("space", "Subject"), ("medicine", "Headline 2")):
        part = variant(made, frozenset({topic}), newsletter())
        assert part is not None
        assert part.subject == subject


LINES = st.tuples(st.sampled_from(["1", "2", "3", "9"]))
DATES = st.sampled_from(["", *(str(DAY + timedelta(days=days)) for days in (-1, 0, 1))])
NUMBERS = st.none() | st.sampled_from([1, 2, 3, 9])
OF_LINES = sorted(set(EditKind) - {EditKind.DAYS, EditKind.HOUR})
EDITS = st.builds(Edit, st.sampled_from(OF_LINES), LINES, NUMBERS)
HOURS = st.builds(Edit, st.just(EditKind.HOUR), st.tuples(st.sampled_from(["", "07:30", "23:59"])))
DAYS = st.builds(Edit, st.just(EditKind.DAYS), st.tuples(DATES, DATES), NUMBERS)


@settings(max_examples=examples(2_000))
@given(st.lists(EDITS | HOURS | DAYS, max_size=12), st.integers(1, 3), st.integers(1, 3))
def test_whatever_is_decided_an_issue_has_each_story_once_or_there_is_none(made, per_topic, places):
    letter = newsletter(stories_per_topic=per_topic, max_stories=places)
    issue = compose(letter, DAY, STORIES, TREE, Edits(tuple(made)))
    edits = Edits(tuple(made))
    shown = edits.apply(story for story in STORIES if edits.is_news(story.id, DAY) is not False)
    if issue is None:
        assert shown == []
        return
    told = [story.id for story in (*issue.stories, *issue.more)]
    assert sorted(told) == sorted(story.id for story in shown)
    assert 1 <= len(issue.stories) <= places
    first = [number for number in Edits(tuple(made)).first if number in told]
    assert told[: len(first)][:places] == first[:places]


@pytest.mark.parametrize("kind", EditKind)
def test_an_edit_of_a_story_that_is_gone_changes_nothing_else(kind):
    gone = Edit(kind, ("", "2026-11-20") if kind is EditKind.DAYS else ("9",), 9)
    made, plain = edited(gone), edited()
    assert made is not None
    assert plain is not None
    assert made.stories == plain.stories
    unwritten = replace(made, subject="", written=plain.written, note=())
    assert unwritten == replace(plain, subject="")


WORDS = st.text(min_size=1, max_size=40) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "{{ 7*7 }} \"'&",
        "🌍" * 300,
        "&" * 2_000,
        "x" * 301,
        "a\u0301" * 200,
    ]
)
SOME_DAY = st.sampled_from(["", "2026-11-20", "2026-11-21", "2026-11-30", "never"])
MADE_BY_HAND = (
    st.builds(
        Edit,
        st.sampled_from(sorted(set(EditKind) - {EditKind.ORDER, EditKind.DAYS, EditKind.PICTURE})),
        st.lists(WORDS, min_size=1, max_size=4).map(tuple),
        st.integers(1, 20),
    )
    | st.builds(
        Edit,
        st.just(EditKind.ORDER),
        st.lists(st.integers(1, 20), max_size=20).map(lambda numbers: tuple(map(str, numbers))),
    )
    | st.builds(Edit, st.just(EditKind.DAYS), st.tuples(SOME_DAY, SOME_DAY), st.integers(1, 20))
)
LINKS = Links("https://news.example.org", "k" * 40)
RENDERER = Renderer((), LINKS)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(MADE_BY_HAND, min_size=100, max_size=100))
def test_ten_thousand_edits_break_neither_the_issue_nor_the_budget_of_the_gate(wanted):
    stories = [story(number, topic=TREE.topics[number % 4].id) for number in range(1, 21)]
    letter = newsletter()
    made: list[Edit] = []
    issue = compose(letter, DAY, stories, TREE)
    for place, edit in enumerate(wanted, 1):
        try:
            made.append(judge(edit, issue, DAY, TREE))
        except UsageError:
            continue  # such as a service refuses
        if place % 20 == 0:
            issue = compose(letter, DAY, stories, TREE, Edits(tuple(made)))
    issue = compose(letter, DAY, stories, TREE, Edits(tuple(made)))
    if issue is None:
        return
    fitted, rendered = fit_to_size(RENDERER, issue, letter, NO_PICTURES)
    assert largest(rendered, len(fitted.stories)) <= BUDGET
    mail = assemble(rendered, fitted, letter)
    found = inspect_mail(mail, fitted, letter, LINKS)
    assert [str(finding) for finding in found if finding.level == "error"] == []
    assert "<script>" not in mail.html
