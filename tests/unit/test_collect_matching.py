"""Which items of a feed are new: GUIDs flip, addresses change, and neither makes a story twice."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collect.feeds.matching import (
    NewReport,
    SameReport,
    UpdatedReport,
    as_known,
    match_reports,
)
from digest.collect.feeds.report import key_of
from digest.model import Report, SourceRef


def told(guid="g1", url="https://a.example/1", headline="Title one", summary="Text."):
    return Report(
        source="feed",
        key=key_of(guid, url, headline),
        headline=headline,
        bullets=(),
        sources=(SourceRef("A"),),
        summary=summary,
        url=url,
        guid=guid,
    )


FIRST = told()
OTHER = "https://a.example/2"
HOME = "https://a.example"


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
        (told(guid="g2", headline="Title changed"), UpdatedReport),
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
