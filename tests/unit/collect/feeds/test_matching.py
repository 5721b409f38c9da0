"""Which items of a feed are new: GUIDs flip, addresses change, and neither makes a story twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collect.feeds.matching import (
    MatchRule,
    NewReport,
    SameReport,
    UpdatedReport,
    as_known,
    match_reports,
)
from digest.collect.feeds.report_from_item import key_of
from digest.model import Report, SourceRef
from tests.sampling import examples


def told(
    guid="g1", url="https://a.example/1", headline="Title one", summary="Text.", published=None
):
    return Report(
        source="feed",
        key=key_of(guid, url, headline),
        headline=headline,
        bullets=(),
        sources=(SourceRef("A"),),
        summary=summary,
        url=url,
        published=published,
        guid=guid,
    )


FIRST = told()
OTHER = "https://a.example/2"
HOME = "https://a.example"
DAY = timedelta(days=1)


def match(known, *reports):
    told = [(report, as_known(report)) for report in reports]
    return match_reports([as_known(report) for report in known], told)


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (told(), SameReport),
        (told(summary="Another text."), UpdatedReport),
        (told(headline="Title changed"), UpdatedReport),
        (told(guid="g2"), SameReport),
        (told(guid="g2", headline="Title changed"), NewReport),
        (told(guid=None), SameReport),
        (told(url=OTHER), SameReport),
        (told(url=None), SameReport),
        (told(url=None, headline="Title changed"), UpdatedReport),
        (told(headline="TITLE: one!"), UpdatedReport),
        (told(guid="g2", url=None), SameReport),
        (told(url=OTHER, headline="Something else"), NewReport),
        (told(guid="g2", url=OTHER), NewReport),
        (told(guid="g2", url=OTHER, headline="Title two"), NewReport),
        (told(guid="g2", url=None, summary="Another text."), NewReport),
        (told(guid=None, url=OTHER), NewReport),
    ],
)
def test_a_report_is_known_by_two_of_its_three_names(report, kind):
    (found,) = match([FIRST], report)
    assert type(found) is kind
    assert (found.report.key == FIRST.key) == (kind is not NewReport)


def test_an_item_without_guid_and_link_is_known_by_its_title():
    bare = told(guid=None, url=None)
    assert isinstance(match([bare], bare)[0], SameReport)
    assert isinstance(match([bare], replace(bare, summary="More."))[0], UpdatedReport)
    assert isinstance(match([bare], told(guid=None, url=None, headline="Other"))[0], NewReport)


def numbered(count, **changes):
    return [
        told(
            **{
                "guid": f"g{n}",
                "url": f"https://a.example/{n}",
                "headline": f"Title {n}",
                **changes,
            }
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"guid": "same"},
        {"guid": None},
        {"url": HOME},
        {"url": "https://a.example/page"},
        {"url": None},
        {"guid": "same", "url": HOME},
        {"guid": "same", "url": None},
        {"guid": None, "url": None},
    ],
)
def test_a_name_that_all_items_share_loses_none_of_them_and_doubles_none(changes):
    reports = numbered(5, **changes)
    first = match([], *reports)
    assert all(isinstance(found, NewReport) for found in first)
    assert len({found.report.key for found in first}) == 5
    again = match([found.report for found in first], *reports)
    assert [type(found) for found in again] == [SameReport] * 5
    assert [found.report.key for found in again] == [found.report.key for found in first]


def test_one_item_a_day_that_leads_to_the_home_page_is_a_new_report_each_day():
    known: list[Report] = []
    for day in range(5):
        (found,) = match(known, told(f"g{day}", HOME, f"News of day {day}"))
        assert isinstance(found, NewReport)
        known.append(found.report)
    assert len({report.key for report in known}) == 5


def test_an_item_that_stands_twice_in_a_feed_is_new_once():
    kinds = [type(found) for found in match([], told(), told(), told(guid="g2"))]
    assert kinds == [NewReport, SameReport, SameReport]


def test_an_item_that_comes_back_is_known():
    first, second = numbered(2)
    assert isinstance(match([first, second], first)[0], SameReport)


def test_a_live_page_with_two_entries_at_one_address_has_two_reports():
    page = "https://a.example/live"
    entries = [told(guid=f"e{n}", url=page, headline=f"Entry {n}") for n in range(2)]
    first = match([], *entries)
    assert [type(found) for found in first] == [NewReport, NewReport]
    again = match([found.report for found in first], *reversed(entries))
    assert [type(found) for found in again] == [SameReport, SameReport]


def test_a_name_that_was_that_of_several_before_is_not_believed_later():
    page = "https://a.example/live"
    entries = [told(guid=f"e{n}", url=page, headline=f"Entry {n}") for n in range(2)]
    assert isinstance(match(entries, told(guid="e3", url=page, headline="Entry 3"))[0], NewReport)
    slots = [told(guid="top", url=f"https://a.example/{n}", headline=f"Top {n}") for n in range(2)]
    assert isinstance(match(slots, told(guid="top", url=None, headline="Top 3"))[0], NewReport)


REPORTS = st.builds(
    told,
    guid=st.sampled_from([None, "g1", "g2", "g3"]),
    url=st.sampled_from([None, HOME, "https://a.example/1", OTHER]),
    headline=st.sampled_from(["Title one", "Title two", "Title three"]),
    summary=st.sampled_from(["", "Text."]),
)


@given(st.lists(REPORTS, max_size=8))
@settings(deadline=None)
def test_a_second_fetch_of_the_same_feed_brings_nothing_new(reports):
    first = match([], *reports)
    known = [found.report for found in first if isinstance(found, NewReport)]
    assert len({report.key for report in known}) == len(known)
    assert not any(isinstance(found, NewReport) for found in match(known, *reports))


@given(st.lists(REPORTS, max_size=8))
@settings(deadline=None)
def test_no_headline_is_lost_but_by_a_change_of_what_is_the_same(reports):
    found = match([], *reports)
    kept = {entry.report.headline for entry in found if not isinstance(entry, UpdatedReport)}
    updated = {entry.report.headline for entry in found if isinstance(entry, UpdatedReport)}
    assert kept | updated == {report.headline for report in reports}


# What becomes of an item that is like one told before, but for the parts that are named: over two
# fetches, and where both stand in one.
PARTS = ("guid", "link", "title", "text", "time")  # in the order of `told`
SAME_THING = {
    "": ("same", "same"),
    "text": ("changed", "same"),
    "time": ("same", "same"),
    "time text": ("changed", "same"),
    "title": ("changed", "new"),
    "title text": ("changed", "new"),
    "title time": ("changed", "new"),
    "link": ("same", "same"),
    "link text": ("changed", "same"),
    "link time": ("same", "same"),
    "link time text": ("changed", "same"),
    "link title": ("changed", "new"),
    "guid": ("same", "same"),
    "guid text": ("changed", "same"),
    "guid time": ("same", "same"),
    "guid link": ("same", "same"),
}
ANOTHER_THING = (
    "title time text", "link title text", "link title time", "link title time text",
    "guid time text", "guid title", "guid title text", "guid title time", "guid title time text",
    "guid link text", "guid link time", "guid link time text", "guid link title",
    "guid link title text", "guid link title time", "guid link title time text",
)  # fmt: skip
VERDICTS = SAME_THING | dict.fromkeys(ANOTHER_THING, ("new", "new"))
WORDS = {NewReport: "new", UpdatedReport: "changed", SameReport: "same"}
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)


def test_the_verdicts_are_those_of_all_32_mutations():
    assert len(VERDICTS) == 2 ** len(PARTS)


@given(
    guids=st.sampled_from([("g1", "g2"), ("https://a.example/g", "https://b.example/g")]),
    urls=st.sampled_from([(OTHER, "https://a.example/3"), (OTHER, f"{OTHER}?sid=7")]),
    titles=st.sampled_from([("A comet passes", "Dust runners"), ("Top 7 tools", "Top 10 tools")]),
    hours=st.sampled_from([6, 24, 80_000]),
    texts=st.sampled_from([("The bank acted.", "Water rose."), ("Water rose.", "")]),
    mutation=st.sampled_from(sorted(VERDICTS)),
)
@settings(deadline=None, max_examples=examples(300))
def test_each_mutation_of_an_item_has_its_verdict(guids, urls, titles, hours, texts, mutation):
    times = (MONDAY, MONDAY + timedelta(hours=hours))
    values = (guids, urls, titles, texts, times)
    first = told(*(before for before, _ in values))
    then = told(*(pair[part in mutation.split()] for part, pair in zip(PARTS, values, strict=True)))
    over_fetches = match([first], then)[0]
    in_one_fetch = match([], first, then)[1]
    found = WORDS[type(over_fetches)], WORDS[type(in_one_fetch)]
    assert (mutation, found) == (mutation, VERDICTS[mutation])
    assert over_fetches.rule.is_same == (found[0] != "new")


@pytest.mark.parametrize("text", ["The bank acted.", ""])
@pytest.mark.parametrize("published", [MONDAY, None])
def test_without_a_guid_a_session_number_in_the_link_makes_nothing_new(text, published):
    visits = [
        told(None, f"{OTHER}?sid={number}", "Bank lowers its rate", text, published)
        for number in range(5)
    ]
    kinds = [type(match(visits[:1], visit)[0]) for visit in visits]
    says_something = bool(text or published)
    assert kinds == [SameReport, *([SameReport if says_something else NewReport] * 4)]
    assert match(visits[:1], visits[1])[0].rule.is_same == says_something


def test_a_date_ahead_of_the_clock_makes_nothing_new_at_each_fetch():
    first = told(None, f"{OTHER}?sid=1", "Bank lowers its rate", "The bank acted.", MONDAY)
    again = replace(first, url=f"{OTHER}?sid=2", published=MONDAY + timedelta(hours=1))
    assert type(match([first], again)[0]) is SameReport
    assert type(match([first], replace(again, published=MONDAY + DAY))[0]) is NewReport


def test_an_article_under_a_guid_and_link_of_another_is_new_and_known_from_then_on():
    old = told("best", OTHER, "The seven best tools", "Seven tools.", MONDAY - 3000 * DAY)
    new = told("best", OTHER, "The ten best tools", "Ten tools.", MONDAY)
    (found,) = match([old], new)
    assert (type(found), found.rule) == (NewReport, MatchRule.OTHER_TEXT)
    assert found.report.key != old.key
    assert type(match([old, found.report], new)[0]) is SameReport
    retitled = match([old, found.report], replace(new, headline="Ten best tools for shops"))[0]
    assert (type(retitled), retitled.report.key) == (UpdatedReport, found.report.key)


def test_a_headline_that_is_reworded_with_its_text_within_hours_is_a_revision():
    first = told("g1", OTHER, "Storm floods the old harbour", "Water rose.", MONDAY)
    soon = replace(
        first,
        headline="Storm floods old harbour and two streets",
        summary="Water rose by a metre.",
        published=MONDAY + timedelta(hours=2),
    )
    assert type(match([first], soon)[0]) is UpdatedReport
    assert type(match([first], replace(soon, published=MONDAY + DAY))[0]) is NewReport
    other = replace(soon, headline="Bank lowers its rate by a quarter")
    assert type(match([first], other)[0]) is NewReport


def test_a_fixed_link_without_dates_tells_each_of_its_items():
    known: list[Report] = []
    for title, text in (
        ("Dust runners of a spiral galaxy", "Dark dust crosses the arms."),
        ("A comet passes the Pleiades", "The green comet was seen over Chile."),
        ("Shadows on Mercury", "The probe looked into a crater."),
    ):
        (found,) = match(known, told(None, OTHER, title, text))
        assert isinstance(found, NewReport)
        known.append(found.report)


def test_what_was_kept_without_its_text_is_known_by_its_other_names():
    first = replace(as_known(told(published=MONDAY)), text_hash=None)
    (again,) = match_reports([first], [(told(), as_known(told(published=MONDAY)))])
    assert type(again) is SameReport
    later = told(headline="Another headline", summary="More.", published=MONDAY + DAY)
    (other,) = match_reports([first], [(later, as_known(later))])
    assert type(other) is NewReport
