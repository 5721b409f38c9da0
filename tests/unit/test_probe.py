"""What a fetch by hand says would come, without anything being kept."""

from dataclasses import replace
from datetime import timedelta

from digest.collect.feeds.matching import as_known
from digest.collect.feeds.quarantine import History, PastReport
from digest.collect.feeds.report import title_form
from digest.services.sources.read_feed import FeedContent, ReadReport
from digest.services.sources.try_feed import FetchedFeed, ItemForecast, forecast
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


def outlooks(found, known=(), history=NEVER, first_seen=NOON):
    outcome = forecast(found, known, history, first_seen=first_seen, now=NOON, backlog=DAY)
    return [outlook for _, outlook in outcome.reports], outcome.suspect


def test_each_item_is_new_old_changed_or_known():
    items = [
        told(1),
        told(2, published=NOON - 2 * DAY),
        told(3, summary="Another text."),
        told(4),
        told(5, published=None),
    ]
    known = [as_known(told(3)), as_known(told(4))]
    assert outlooks(reading(*items), known)[0] == [
        ItemForecast.NEW,
        ItemForecast.OLD,
        ItemForecast.CHANGED,
        ItemForecast.KNOWN,
        ItemForecast.OLD,
    ]


def test_what_is_undated_is_new_in_a_source_that_was_read_before():
    assert outlooks(reading(told(1, published=None)), first_seen=NOON - DAY)[0] == [
        ItemForecast.NEW
    ]


def test_a_flood_would_be_quarantined():
    before = [told(number) for number in range(12)]
    history = History(
        tuple(PastReport(NOON - DAY, title_form(one.headline)) for one in before), NOON - DAY
    )
    flood = [replace(one, guid=f"moved {one.guid}") for one in before]
    _, suspect = outlooks(reading(*flood), history=history, first_seen=NOON - 9 * DAY)
    assert suspect is not None
    assert "12 reports at once" in suspect
    assert outlooks(reading(*flood[:3]), history=history)[1] is None


def test_old_items_of_a_young_source_are_not_a_flood():
    archive = [told(number, published=NOON - 30 * DAY) for number in range(12)]
    found = outlooks(reading(*archive), history=History((), NOON - DAY), first_seen=NOON - DAY)
    assert found == ([ItemForecast.OLD] * 12, None)


def test_the_newest_item_is_that_with_the_latest_date():
    found = reading(told(1, published=NOON - DAY), told(2), told(3, published=None))
    assert FetchedFeed("https://a.example/", found).newest == NOON
    assert FetchedFeed("https://a.example/", reading(told(1, published=None))).newest is None
