"""Reports that wait become stories, join those that are there, or bring news of a sealed one."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.config import Config
from digest.errors import UsageError
from digest.merge.same_event.features import features_of
from digest.model import Report, SourceRef
from digest.services.stories import merge_split
from digest.services.stories.merge import merge_waiting
from digest.settings import FeedSource, Settings
from digest.store import issues, pins, reports, stories
from digest.store.reports import ReportState, StoredReport
from tests.builders import NOON, TREE, issue, keep, report, story

QUAKE = (
    ("Times", "Quake of magnitude 6.3 hits northern Sarvia, 12 dead",
     ("A 6.3-magnitude earthquake hit northern Sarvia on Saturday, killing at least 12 people. "
     "A school dormitory collapsed in the town of Lomar.")),
    ("Post", "At least 12 dead as 6.3-magnitude earthquake strikes Sarvia",
     ("Rescuers in Lomar searched for survivors after a 6.3-magnitude earthquake struck Sarvia. "
     "Neighbouring Drenia sent two search teams with dogs.")),
    ("Wire", "Sarvia earthquake: rescuers search Lomar dormitory",
     ("The earthquake in Sarvia had a magnitude of 6.3, the seismic institute said. "
     "Rescuers searched a collapsed dormitory in Lomar.")),
)  # fmt: skip
PENGUIN = (
    "Gazette",
    "Penguin colony found on Antarctic island",
    "Scientists counted 1,200 penguins on an island that no ship had reached before.",
)


@pytest.fixture
def config(tmp_path):
    feeds = tuple(
        FeedSource(id=name.lower(), kind="feed", url=f"https://{name.lower()}.test/feed", name=name)
        for name in ("Times", "Post", "Wire", "Gazette")
    )
    return Config(tmp_path, Settings(), TREE, feeds)


def told_by(publisher, headline, summary, *, minutes=0, key=None):
    return Report(
        source=publisher.lower(),
        key=key or f"{publisher}-{headline}",
        headline=headline,
        bullets=(),
        sources=(SourceRef(publisher, f"https://{publisher.lower()}.test/1"),),
        summary=summary,
        url=f"https://{publisher.lower()}.test/1",
        published=NOON + timedelta(minutes=minutes),
        language="en",
    )


def arrive(connection, *found):
    kept = [StoredReport(one, features=features_of(one).to_bytes()) for one in found]
    reports.add(connection, kept, NOON)


def everything(connection):
    return list(stories.unsealed(connection, "daily", date(2026, 11, 1), ZoneInfo("UTC")))


def seal(connection, *told):
    sealed = replace(issue(), date=NOON.date(), stories=tuple(told), more=())
    assert issues.seal(connection, sealed, NOON, None) is not None


def test_the_reports_of_one_event_become_one_story(database, config):
    with database.write() as connection:
        arrive(connection, *(told_by(*one, minutes=n) for n, one in enumerate(QUAKE)))
        arrive(connection, told_by(*PENGUIN))
        merged = merge_waiting(connection, config, NOON)
        found = {one.source_count: one for one in everything(connection)}
    assert (merged.new, merged.changed, merged.updates) == (2, 0, 0)
    assert set(found) == {1, 3}
    assert sorted(source.name for source in found[3].sources) == ["Post", "Times", "Wire"]
    assert found[3].bullets
    assert "penguins" in found[1].bullets[0]


def test_a_later_report_joins_the_story_and_it_is_told_anew(database, config):
    with database.write() as connection:
        arrive(connection, told_by(*QUAKE[0]))
        merge_waiting(connection, config, NOON)
        (first,) = everything(connection)
        arrive(connection, told_by(*QUAKE[1], minutes=40), told_by(*QUAKE[2], minutes=50))
        merged = merge_waiting(connection, config, NOON + timedelta(hours=1))
        (after,) = everything(connection)
        reasons = [reason for _, reason in reports.of_story(connection, first.id).values()]
    assert (merged.new, merged.changed) == (0, 1)
    assert after.id == first.id
    assert after.collected_at == first.collected_at
    assert after.source_count == 3
    assert all("threshold" in str(reason) for reason in reasons[1:])


def test_a_dropped_story_takes_later_reports_and_stays_dropped(database, config):
    with database.write() as connection:
        arrive(connection, told_by(*QUAKE[0]))
        merge_waiting(connection, config, NOON)
        (first,) = everything(connection)
        stories.set_withdrawn(connection, first.id, NOON)
        arrive(connection, told_by(*QUAKE[1], minutes=40), told_by(*QUAKE[2], minutes=50))
        merged = merge_waiting(connection, config, NOON + timedelta(hours=1))
        assert (merged.new, merged.changed) == (0, 1)
        assert everything(connection) == []
        stories.set_withdrawn(connection, first.id, None)
        (after,) = everything(connection)
    assert (after.id, after.source_count) == (first.id, 3)


def test_merging_again_changes_nothing(database, config):
    with database.write() as connection:
        arrive(connection, *(told_by(*one) for one in QUAKE))
        merge_waiting(connection, config, NOON)
        before = everything(connection)
        merged = merge_waiting(connection, config, NOON)
        assert everything(connection) == before
    assert (merged.new, merged.changed, merged.updates) == (0, 0, 0)


NEWS = (
    "Post",
    "Sarvia earthquake: death toll in Lomar dormitory rises to 47",
    (
        "The death toll of the earthquake in Sarvia rose to 47 on Sunday. "
        "Prime minister Ana Keller resigned over the collapsed school dormitory in Lomar."
    ),
)


def test_news_of_a_sealed_story_come_back_alone(database, config):
    with database.write() as connection:
        arrive(connection, *(told_by(*one) for one in QUAKE))
        merge_waiting(connection, config, NOON)
        (sealed,) = everything(connection)
        seal(connection, sealed)
        arrive(connection, told_by(*NEWS, minutes=300))
        merged = merge_waiting(connection, config, NOON + timedelta(days=1))
        (update,) = everything(connection)
        assert stories.get(connection, sealed.id) == sealed
    assert merged.updates == 1
    assert (update.event_id, update.update_since) == (sealed.id, NOON.date())
    assert not set(update.bullets) & set(sealed.bullets)
    assert any("47" in bullet or "resigned" in bullet for bullet in update.bullets)


def test_what_says_nothing_new_of_a_sealed_story_is_no_update(database, config):
    with database.write() as connection:
        arrive(connection, *(told_by(*one) for one in QUAKE))
        merge_waiting(connection, config, NOON)
        (sealed,) = everything(connection)
        seal(connection, sealed)
        again = replace(told_by(*QUAKE[1], minutes=60), source="gazette", key="copy")
        arrive(connection, again)
        merged = merge_waiting(connection, config, NOON + timedelta(hours=2))
        assert everything(connection) == []
        assert len(reports.of_story(connection, sealed.id)) == 4
    assert merged.updates == 0


def test_a_report_that_changed_changes_its_story(database, config):
    one = told_by(*QUAKE[0])
    mended = replace(one, headline="Quake hits Sarvia, 15 dead", summary="It killed 15 people.")
    with database.write() as connection:
        arrive(connection, one)
        merge_waiting(connection, config, NOON)
        (before,) = everything(connection)
        assert reports.change(connection, StoredReport(mended, features=None), NOON)
        merge_waiting(connection, config, NOON)
        (after,) = everything(connection)
    assert after.id == before.id
    assert after.headline == "Quake hits Sarvia, 15 dead"


def test_what_is_old_or_kept_back_is_never_told(database, config):
    with database.write() as connection:
        old = StoredReport(told_by(*PENGUIN), standing=ReportState.OLD)
        kept_back = StoredReport(told_by(*QUAKE[0]), standing=ReportState.KEPT_BACK)
        reports.add(connection, [old, kept_back], NOON)
        merge_waiting(connection, config, NOON)
        assert everything(connection) == []
        changed = replace(old.report, summary="Scientists counted 1,300 penguins.")
        assert not reports.change(connection, StoredReport(changed), NOON)
        merge_waiting(connection, config, NOON)
        assert everything(connection) == []


def test_a_feed_joins_the_story_of_a_file_and_leaves_its_text(database, config):
    seed = report(headline=QUAKE[0][1], bullets=("A bullet of ours.",), source_count=5)
    with database.write() as connection:
        number = keep(connection, seed, story(0, headline=seed.headline, source_count=5), "raw")
        arrive(connection, told_by(*QUAKE[1], minutes=5))
        merge_waiting(connection, config, NOON)
        (only,) = everything(connection)
    assert only.id == number
    assert (only.headline, only.source_count) == (seed.headline, 5)


def test_what_an_admin_split_stays_apart(database, config):
    with database.write() as connection:
        arrive(connection, *(told_by(*one, minutes=n) for n, one in enumerate(QUAKE)))
        merge_waiting(connection, config, NOON)
        (whole,) = everything(connection)
        last = list(reports.of_story(connection, whole.id))[-1]
        rest, taken = merge_split.part(connection, config, whole, [last], NOON)
        assert (rest.source_count, taken.source_count) == (2, 1)
        merge_waiting(connection, config, NOON)
        assert sorted(one.source_count for one in everything(connection)) == [1, 2]


def test_what_an_admin_merged_is_one_and_takes_what_comes(database, config):
    with database.write() as connection:
        arrive(connection, told_by(*QUAKE[0]), told_by(*PENGUIN))
        merge_waiting(connection, config, NOON)
        quake, penguin = sorted(everything(connection), key=lambda one: one.sources[0].name)[::-1]
        pins.set_order(connection, [quake.id])
        joined = merge_split.join(connection, config, quake, penguin, NOON)
        assert joined.source_count == 2
        (only,) = everything(connection)
        assert (only.id, only.pinned) == (quake.id, True)
        with pytest.raises(UsageError, match="no report"):
            merge_split.part(connection, config, only, [999], NOON)


def test_an_update_that_an_admin_edits_tells_only_what_is_news(database, config):
    publisher, headline, summary = NEWS
    with database.write() as connection:
        arrive(connection, told_by(*QUAKE[0]))
        merge_waiting(connection, config, NOON)
        (sealed,) = everything(connection)
        seal(connection, sealed)
        again = f"{summary} {QUAKE[0][2]}"
        arrive(connection, told_by(publisher, headline, again, minutes=300))
        arrive(connection, told_by(*PENGUIN, minutes=300))
        merge_waiting(connection, config, NOON + timedelta(days=1))
        found = {one.update_since is not None: one for one in everything(connection)}
        joined = merge_split.join(connection, config, found[True], found[False], NOON)
        told = stories.get(connection, joined.id)
    assert told is not None
    assert told.update_since == NOON.date()
    assert any("penguins" in bullet for bullet in told.bullets)
    assert any("47" in bullet for bullet in told.bullets)
    assert not set(told.bullets) & set(sealed.bullets)


def test_a_mailed_story_is_not_merged_away(database, config):
    with database.write() as connection:
        arrive(connection, told_by(*QUAKE[0]), told_by(*PENGUIN))
        merge_waiting(connection, config, NOON)
        one, two = everything(connection)
        seal(connection, two)
        with pytest.raises(UsageError, match="was mailed already"):
            merge_split.join(connection, config, one, two, NOON)


POSTS = (
    ("A kettle without a sound", "The water boiled for ten minutes before the neighbours noticed."),
    ("On belts", "The old lathe needed leather from Tuvel before it would turn again."),
    ("Drawings", "An archive in Drenia showed the plans of the dome that burned in spring."),
    ("Too many books", "The shelf gave way under the atlases on Tuesday evening."),
)
SIGNATURE = "Nora Quill writes these lines in Lomar, where she lives with two cats."


def sign(number, headline, text):
    post = told_by("Gazette", headline, f"{text}\n{SIGNATURE}", minutes=60 * number)
    return replace(post, url=None, key=str(number))


def test_posts_that_share_a_signature_stay_stories_and_lose_it_once_it_is_known(database, config):
    for number, post in enumerate(POSTS):
        with database.write() as connection:
            arrive(connection, sign(number, *post))
            merged = merge_waiting(connection, config, NOON + timedelta(hours=number))
            told = everything(connection)
            (kept,) = reports.last_texts(connection, "gazette", NOON, 1)
        assert merged.new == 1
        assert merged.changed == (1 if number == 1 else 0)
        assert len(told) == number + 1
        if number:
            assert {one.bullets for one in told} == {(text,) for _, text in POSTS[: number + 1]}
        assert SIGNATURE in kept[2], "what was sent stays as it was sent"


def test_a_mailed_story_keeps_a_signature_that_was_learned_later(database, config):
    with database.write() as connection:
        arrive(connection, sign(0, *POSTS[0]))
        merge_waiting(connection, config, NOON)
        (first,) = everything(connection)
        seal(connection, first)
        arrive(connection, sign(1, *POSTS[1]))
        merge_waiting(connection, config, NOON)
        mailed, _ = stories.of_event(connection, first.id)[0]
        assert SIGNATURE in mailed.bullets


def test_what_an_admin_parts_and_merges_is_written_without_the_signature(database, config):
    with database.write() as connection:
        arrive(connection, *(sign(number, *post) for number, post in enumerate(POSTS)))
        merge_waiting(connection, config, NOON)
        one, other, *_ = everything(connection)
        joined = merge_split.join(connection, config, one, other, NOON)
        assert SIGNATURE not in joined.bullets
        numbers = list(reports.of_story(connection, joined.id))
        rest, new = merge_split.part(connection, config, joined, numbers[1:], NOON)
    assert all(len(one.bullets) == 1 for one in (rest, new))
    assert SIGNATURE not in rest.bullets + new.bullets
