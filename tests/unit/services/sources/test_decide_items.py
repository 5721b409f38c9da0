"""What becomes of each item of a feed, and why: one rule for collecting and for a trial."""

from dataclasses import replace
from datetime import timedelta

from digest.collect.feeds.matching import as_known
from digest.collect.feeds.quarantine import History, PastReport
from digest.collect.feeds.report_from_item import title_form
from digest.services.sources.decide_items import FeedRecord, ItemOutcome, SourceKeywords, decide
from digest.services.sources.read_feed import FeedContent, ReadReport
from digest.services.sources.try_feed import FetchedFeed
from tests.builders import NOON, report

DAY = timedelta(days=1)
NEVER = History()


def told(number: int, **changes):
    values = {
        "key": str(number),
        "headline": f"Headline {number}",
        "bullets": (),
        "summary": "Text.",
        "guid": f"guid {number}",
        "published": NOON,
    }
    return report(**{**values, **changes})


def reading(*reports) -> FeedContent:
    told = tuple(ReadReport(one, as_known(one), b"") for one in reports)
    return FeedContent("The Times", told, timedelta(), ())


def decisions(found, known=(), history=NEVER, first_seen=NOON, *, quarantined=False):
    record = FeedRecord(first_seen, known, history, quarantined)
    return decide(found.reports, record, now=NOON, backlog=DAY)


def outcomes(found, known=(), history=NEVER, first_seen=NOON):
    found = decisions(found, known, history, first_seen)
    return [decision.outcome for decision in found.items], found.quarantine


def test_each_item_is_new_old_changed_or_known():
    items = [
        told(1),
        told(2, published=NOON - 2 * DAY),
        told(3, summary="Another text."),
        told(4),
        told(5, published=None),
    ]
    known = [as_known(told(3)), as_known(told(4))]
    assert outcomes(reading(*items), known)[0] == [
        ItemOutcome.NEW,
        ItemOutcome.OLD,
        ItemOutcome.CHANGED,
        ItemOutcome.KNOWN,
        ItemOutcome.OLD,
    ]


def test_what_is_undated_is_new_in_a_source_that_was_read_before():
    assert outcomes(reading(told(1, published=None)), first_seen=NOON - DAY)[0] == [ItemOutcome.NEW]


def test_a_flood_is_kept_back_with_the_reason_for_the_quarantine():
    before = [told(number) for number in range(12)]
    history = History(
        tuple(PastReport(NOON - DAY, title_form(one.headline)) for one in before), NOON - DAY
    )
    flood = [replace(one, guid=f"moved {one.guid}") for one in before]
    found = decisions(reading(*flood), history=history, first_seen=NOON - 9 * DAY)
    assert "12 reports at once" in str(found.quarantine)
    assert {(each.outcome, each.reason) for each in found.items} == {
        (ItemOutcome.KEPT_BACK, found.quarantine)
    }
    assert outcomes(reading(*flood[:3]), history=history)[1] is None


def test_what_a_quarantined_source_tells_is_kept_back_and_what_it_changes_is_not():
    items = [told(1), told(2, summary="Another text."), told(3), told(4, published=NOON - 9 * DAY)]
    known = [as_known(told(2)), as_known(told(3))]
    found = decisions(reading(*items), known, quarantined=True)
    assert [each.outcome for each in found.items] == [
        ItemOutcome.KEPT_BACK,
        ItemOutcome.CHANGED,
        ItemOutcome.KNOWN,
        ItemOutcome.OLD,
    ]
    assert found.items[0].reason == "its source is quarantined"
    assert found.quarantine is None


def test_an_old_item_is_told_with_its_date_and_that_of_its_source():
    found = decisions(reading(told(1, published=NOON - 2 * DAY), told(2, published=None)))
    read = "its source was first read at 2026-11-21 12:00 UTC"
    assert [each.reason for each in found.items] == [
        f"never mailed, because it is of 2026-11-19 12:00 UTC, and {read}",
        f"never mailed, because it has no date and was there when {read}",
    ]


def test_old_items_of_a_young_source_are_not_a_flood():
    archive = [told(number, published=NOON - 30 * DAY) for number in range(12)]
    found = outcomes(reading(*archive), history=History((), NOON - DAY), first_seen=NOON - DAY)
    assert found == ([ItemOutcome.OLD] * 12, None)


def test_the_newest_item_is_that_with_the_latest_date():
    found = reading(told(1, published=NOON - DAY), told(2), told(3, published=None))
    assert FetchedFeed("https://a.example/", found).newest == NOON
    assert FetchedFeed("https://a.example/", reading(told(1, published=None))).newest is None


def test_what_the_sources_keywords_do_not_let_through_is_blocked_by_name_and_counts_for_no_flood():
    items = [
        told(1, headline="The cup final"),
        told(2, headline="A galaxy", summary="It has a football's form."),
        told(3, headline="A star is found"),
        told(4, headline="Old cup final", published=NOON - 2 * DAY),
    ]

    def decided(**lists):
        record = FeedRecord(NOON, [as_known(told(3, headline="A star is found"))])
        keywords = SourceKeywords(**lists)
        return decide(reading(*items).reports, record, now=NOON, backlog=DAY, keywords=keywords)

    found = decided(block=("football", "cup final"), keep=("galaxy", "cup*"))
    assert [(decision.outcome, decision.reason) for decision in found.items[:2]] == [
        (ItemOutcome.BLOCKED, "blocked by the keyword cup final"),
        (ItemOutcome.BLOCKED, "blocked by the keyword football"),
    ]
    assert [decision.outcome for decision in found.items[2:]] == [
        ItemOutcome.KNOWN,
        ItemOutcome.OLD,
    ]
    (_, galaxy, *_) = decided(keep=("title:cup",)).items
    assert galaxy.reason == "it has none of the keywords that are kept"
    (cup, *_) = decided(block=("topic:sport", "source:elsewhere"), topics=("sport",)).items
    assert cup.reason == "blocked by the keyword topic:sport"
