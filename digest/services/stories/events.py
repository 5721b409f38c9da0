"""Between collect and compose: the reports that wait become stories, or join those that are there.

waiting --group--> events --tell--> a new story
                          --tell--> a story that is in no sealed issue yet, told anew
                          --news_since--> "Update since Tuesday" of one that was sealed

What is settled stays: no report leaves its story, whatever comes later, but by an admin's word.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

import sqlalchemy as sa

from digest.config import Config
from digest.log import get_logger
from digest.merge.merge_result import MergeResult
from digest.merge.same_event.events import Constraints, Grouping, MergeInput, group
from digest.merge.same_event.features import Features, StaleFeaturesError, features_of
from digest.merge.summarise.model import Summariser, Watched, summarise_with
from digest.merge.summarise.novelty import news_since
from digest.merge.summarise.story import write_text
from digest.merge.summarise.support import is_supported
from digest.merge.topic_model import TopicModel
from digest.model import Report, Story
from digest.services.stories.write import (
    SourcePreference,
    StoryPreferences,
    rewrite_story,
    write_story,
)
from digest.store import reports, stories
from digest.store.database import Database
from digest.store.reports import SettledReport, WaitingReport

# Reports of one event lie within so long (digest.merge.same_event.events).
_WINDOW = timedelta(hours=72)
# Stories from which on other processes help, and into how many parts these get them.
_MUCH = 400
_PARTS = 16
# Failures in a row after which a summariser is given up: each may cost its whole timeout.
_PATIENCE = 3

log = get_logger(__name__)


def source_preferences(config: Config, model: TopicModel | None = None) -> StoryPreferences:
    """What the settings, and what was learned, say."""
    source_preferences = {
        source.id: SourcePreference(source.topic, source.weight) for source in config.feeds
    }
    return StoryPreferences(config.topics, source_preferences, model)


def find_stories(
    connection: sa.Connection,
    waiting: Sequence[WaitingReport],
    preferences: StoryPreferences,
    now: datetime,
    writers: Executor | None,
) -> MergeResult:
    """Find each waiting report its story; `writers` help where there is much to write."""
    merged = MergeResult()
    _EventMerger(connection, preferences, now, merged, writers).work(waiting)
    return merged


@dataclass(slots=True)
class _EventMerger:
    connection: sa.Connection
    preferences: StoryPreferences
    now: datetime
    merged: MergeResult
    writers: Executor | None

    def work(self, waiting: Sequence[WaitingReport]) -> None:
        grouping = self._group(waiting)
        fresh = {str(one.id): one for one in waiting}
        new: list[list[WaitingReport]] = []
        for found in grouping.groups:
            members = [fresh[key] for key in found.members if key in fresh]
            if not members:
                continue
            if found.story is None:
                new.append(members)
            else:
                self._add_to(found.story, members, _reasons(grouping, members))
        self._tell_new(new, grouping)

    def _group(self, waiting: Sequence[WaitingReport]) -> Grouping:
        times = [one.published for one in waiting]
        settled = reports.settled(self.connection, min(times) - _WINDOW, max(times) + _WINDOW)
        stale: dict[int, bytes] = {}
        everything: list[SettledReport | WaitingReport] = [*settled, *waiting]
        accounts = [self._account(one, stale) for one in everything]
        reports.refresh_features(self.connection, stale)
        constraints = Constraints(self._rules("together"), self._rules("apart"))
        return group(accounts, constraints)

    def _account(self, one: SettledReport | WaitingReport, stale: dict[int, bytes]) -> MergeInput:
        source = one.report.source if isinstance(one, WaitingReport) else one.source
        return MergeInput(str(one.id), self._features(one, stale), one.published, one.event, source)

    def _features(self, one: SettledReport | WaitingReport, stale: dict[int, bytes]) -> Features:
        try:
            if one.features is not None:
                return Features.from_bytes(one.features)
        except StaleFeaturesError:
            pass
        made = features_of(reports.by_id(self.connection, [one.id])[one.id])
        stale[one.id] = made.to_bytes()
        return made

    def _rules(self, kind: str) -> frozenset[tuple[str, str]]:
        pairs = reports.rules(self.connection, kind)
        return frozenset((str(first), str(second)) for first, second in pairs)

    # From here on, one event.

    def _tell_new(self, events: Sequence[Sequence[WaitingReport]], grouping: Grouping) -> None:
        """Write each event as a story of its own, while the next ones are told."""
        accounts = [[one.report for one in members] for members in events]
        tell_one = partial(write_story, preferences=self.preferences, now=self.now)
        if self.writers is not None and len(events) > _MUCH:
            told = self.writers.map(tell_one, accounts, chunksize=len(events) // _PARTS)
        else:
            told = map(tell_one, accounts)
        left = iter(events)
        while some := list(islice(told, _MUCH)):
            self._write_new(some, list(islice(left, _MUCH)), grouping)

    def _write_new(
        self, told: Sequence[Story], events: Sequence[Sequence[WaitingReport]], grouping: Grouping
    ) -> None:
        ids = stories.add_all(self.connection, told, self.now)
        reports.settle(
            self.connection,
            [
                (report_id, story_id, reason)
                for story_id, members in zip(ids, events, strict=True)
                for report_id, reason in _reasons(grouping, members).items()
            ],
        )
        self.merged.new += len(ids)
        self.merged.touched += ids

    def _add_to(
        self, event: int, members: Sequence[WaitingReport], reasons: Mapping[int, str | None]
    ) -> None:
        told = stories.of_event(self.connection, event)
        latest, sealed_on = told[-1]
        of_latest = reports.of_story(self.connection, latest.id)
        if sealed_on is None:
            # A report that changed is in it already; only what is told of it is not.
            known = {number: report for number, (report, _) in of_latest.items()}
            known |= {one.id: one.report for one in members}
            self._tell_anew(latest, [story for story, _ in told[:-1]], list(known.values()))
            self._settle(latest.id, reasons)
            return
        arrived = [one.report for one in members]
        news = news_since(_texts(self.connection, [story for story, _ in told]), arrived)
        if not news:
            self._settle(latest.id, reasons)
            return
        update = replace(
            write_story(arrived, self.preferences, self.now),
            bullets=news,
            event_id=event,
            update_since=sealed_on,
        )
        story_id = stories.add(self.connection, update, self.now)
        self._settle(story_id, reasons)
        self.merged.updates += 1
        self.merged.touched.append(story_id)

    def _tell_anew(self, story: Story, before: Sequence[Story], members: Sequence[Report]) -> None:
        told = rewrite(self.connection, story, before, members, self.preferences, self.now)
        if replace(told, collected_at=story.collected_at, pinned=story.pinned) != story:
            stories.update(self.connection, told, self.now)
            self.merged.changed += 1
            self.merged.touched.append(story.id)

    def _settle(self, story_id: int, reasons: Mapping[int, str | None]) -> None:
        rows = [(report_id, story_id, reason) for report_id, reason in reasons.items()]
        reports.settle(self.connection, rows)


def rewrite(
    connection: sa.Connection,
    story: Story,
    before: Sequence[Story],
    members: Sequence[Report],
    preferences: StoryPreferences,
    now: datetime,
) -> Story:
    """The story from the reports that it has now; nothing is kept.

    One that comes after others of its event, `before`, tells only what is news after them.
    Where nothing is left of that, it keeps of its bullets what the reports still say.
    """
    told = rewrite_story(story, members, preferences, now)
    if not before:
        return told
    news = news_since(_texts(connection, before), members)
    kept = tuple(bullet for bullet in story.bullets if is_supported(bullet, members))
    return replace(told, bullets=news or kept or told.bullets)


def _texts(connection: sa.Connection, told: Sequence[Story]) -> list[str]:
    """All that subscribers were told of an event, and all that its reports said."""
    texts: list[str] = []
    for story in told:
        texts += [story.headline, *story.bullets]
        for report, _ in reports.of_story(connection, story.id).values():
            texts += [report.headline, *report.bullets, report.summary]
    return [text for text in texts if text]


def _reasons(grouping: Grouping, members: Sequence[WaitingReport]) -> dict[int, str | None]:
    """Why each is where it is; of one that stays alone that can be said whenever it is asked."""
    alone = len(members) == 1 and members[0].event is None
    return {
        one.id: None if alone or one.event is not None else str(grouping.explain(str(one.id)))
        for one in members
    }


def summarise(
    database: Database, summariser: Summariser, touched: Sequence[int], now: datetime
) -> None:
    """Let a summariser write the bullets of these stories; nothing is open while it thinks.

    A story that changed in the meantime, or that is sealed by now, is left as it is. One that
    fails again and again is not asked any more.
    """
    watched = Watched(summariser)
    for number, story_id in enumerate(touched):
        if watched.failures >= _PATIENCE:
            left = len(touched) - number
            log.warning("the summariser failed too often: it is not asked any more", stories=left)
            return
        with database.read() as connection:
            story = stories.get(connection, story_id)
            members = [report for report, _ in reports.of_story(connection, story_id).values()]
        if story is None or story.update_since is not None:
            continue
        text = write_text(members)
        bullets = summarise_with(watched, text, members).bullets
        if bullets == text.bullets:
            continue
        with database.write() as connection:
            if stories.get(connection, story_id) == story and not stories.is_sealed(
                connection, story_id
            ):
                stories.update(connection, replace(story, bullets=bullets), now)
