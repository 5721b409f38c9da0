"""Between collect and compose: the reports that wait become stories, or join those that are there.

waiting --group--> events --write_story--> a new story
                          --rewrite-----> a story that is in no sealed issue yet
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
from digest.merge.summarise.faithfulness import find_origin
from digest.merge.summarise.llm import Summariser, SummaryFailed
from digest.merge.summarise.novelty import news_since
from digest.merge.summarise.reports import CandidateBullet
from digest.merge.topic_model import TopicModel
from digest.model import Report, Story
from digest.services.sources.all_feeds import all_feeds
from digest.services.stories.own_words import OwnWords
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


def source_preferences(
    connection: sa.Connection, config: Config, model: TopicModel | None = None
) -> StoryPreferences:
    """What the settings, and what was learned, say."""
    source_preferences = {
        source.id: SourcePreference(source.topic, source.weight)
        for source in all_feeds(connection, config)
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
    own_words = OwnWords(connection, now)
    _EventMerger(connection, preferences, now, merged, writers, own_words).work(waiting)
    return merged


@dataclass(slots=True)
class _EventMerger:
    connection: sa.Connection
    preferences: StoryPreferences
    now: datetime
    merged: MergeResult
    writers: Executor | None
    own_words: OwnWords

    def work(self, waiting: Sequence[WaitingReport]) -> None:
        waiting = [self._in_own_words(report) for report in waiting]
        times = [report.published for report in waiting]
        window = min(times) - _WINDOW, max(times) + _WINDOW
        settled = list(reports.settled(self.connection, *window))
        self._rewrite_where_learned(settled, waiting)
        grouping = self._group_events(settled, waiting)
        waiting_by_id = {str(report.id): report for report in waiting}
        new_events: list[list[WaitingReport]] = []
        for event in grouping.groups:
            event_reports = [waiting_by_id[key] for key in event.members if key in waiting_by_id]
            if not event_reports:
                continue
            if event.story is None:
                new_events.append(event_reports)
            else:
                self._add_to_event(event.story, event_reports, _reasons(grouping, event_reports))
        self._write_new_events(new_events, grouping)

    def _in_own_words(self, waiting: WaitingReport) -> WaitingReport:
        report = self.own_words.of(waiting.report)
        if report is waiting.report:
            return waiting
        return replace(waiting, report=report, features=None)

    def _rewrite_where_learned(
        self, settled: Sequence[SettledReport], waiting: Sequence[WaitingReport]
    ) -> None:
        """What a source is now seen to repeat goes from its stories that were not mailed yet."""
        new = {report.id for report in waiting}
        sources = {report.report.source for report in waiting}
        learned = {source for source in sources if self.own_words.has_learned(source, new)}
        for event in sorted({report.event for report in settled if report.source in learned}):
            *before, (latest, sealed_on) = stories.of_event(self.connection, event)
            if sealed_on is None:
                members = list(self.own_words.of_story(latest.id).values())
                self._rewrite(latest, [story for story, _ in before], members)

    def _group_events(
        self, settled: Sequence[SettledReport], waiting: Sequence[WaitingReport]
    ) -> Grouping:
        stale: dict[int, bytes] = {}
        all_reports: list[SettledReport | WaitingReport] = [*settled, *waiting]
        merge_inputs = [self._merge_input(report, stale) for report in all_reports]
        reports.refresh_features(self.connection, stale)
        constraints = Constraints(self._rules("together"), self._rules("apart"))
        return group(merge_inputs, constraints)

    def _merge_input(
        self, report: SettledReport | WaitingReport, stale: dict[int, bytes]
    ) -> MergeInput:
        source = report.report.source if isinstance(report, WaitingReport) else report.source
        return MergeInput(
            str(report.id), self._features(report, stale), report.published, report.event, source
        )

    def _features(self, report: SettledReport | WaitingReport, stale: dict[int, bytes]) -> Features:
        try:
            if report.features is not None:
                return Features.from_bytes(report.features)
        except StaleFeaturesError:
            pass
        if isinstance(report, WaitingReport):
            text = report.report
        else:
            text = self.own_words.of(reports.by_id(self.connection, [report.id])[report.id])
        features = features_of(text)
        stale[report.id] = features.to_bytes()
        return features

    def _rules(self, kind: str) -> frozenset[tuple[str, str]]:
        pairs = reports.rules(self.connection, kind)
        return frozenset((str(first), str(second)) for first, second in pairs)

    # From here on, one event.

    def _write_new_events(
        self, events: Sequence[Sequence[WaitingReport]], grouping: Grouping
    ) -> None:
        """Write each event as a story of its own, while the next ones are written."""
        reports_of_events = [[waiting.report for waiting in members] for members in events]
        write_one = partial(write_story, preferences=self.preferences, now=self.now)
        if self.writers is not None and len(events) > _MUCH:
            written = self.writers.map(
                write_one, reports_of_events, chunksize=len(events) // _PARTS
            )
        else:
            written = map(write_one, reports_of_events)
        remaining = iter(events)
        while batch := list(islice(written, _MUCH)):
            self._add_stories(batch, list(islice(remaining, _MUCH)), grouping)

    def _add_stories(
        self,
        new_stories: Sequence[Story],
        events: Sequence[Sequence[WaitingReport]],
        grouping: Grouping,
    ) -> None:
        ids = stories.add_all(self.connection, new_stories, self.now)
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

    def _add_to_event(
        self, event: int, members: Sequence[WaitingReport], reasons: Mapping[int, str | None]
    ) -> None:
        event_stories = stories.of_event(self.connection, event)
        latest, sealed_on = event_stories[-1]
        if sealed_on is None:
            # A report that changed is in it already; only what was written from it is not.
            reports_by_id = self.own_words.of_story(latest.id)
            reports_by_id |= {report.id: report.report for report in members}
            before = [story for story, _ in event_stories[:-1]]
            self._rewrite(latest, before, list(reports_by_id.values()))
            self._settle(latest.id, reasons)
            return
        arrived = [report.report for report in members]
        published = _published_texts(self.connection, [story for story, _ in event_stories])
        news = news_since(published, arrived)
        if not news:
            self._settle(latest.id, reasons)
            return
        update = replace(
            _with_bullets(write_story(arrived, self.preferences, self.now), news),
            event_id=event,
            update_since=sealed_on,
        )
        story_id = stories.add(self.connection, update, self.now)
        self._settle(story_id, reasons)
        self.merged.updates += 1
        self.merged.touched.append(story_id)

    def _rewrite(self, story: Story, before: Sequence[Story], members: Sequence[Report]) -> None:
        rewritten = rewrite(self.connection, story, before, members, self.preferences, self.now)
        kept = ("collected_at", "pinned", "pin_place", "picture")
        if replace(rewritten, **{name: getattr(story, name) for name in kept}) != story:
            stories.update(self.connection, rewritten, self.now)
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
    rewritten = rewrite_story(story, members, preferences, now)
    if not before:
        return rewritten
    news = news_since(_published_texts(connection, before), members)
    if news:
        return _with_bullets(rewritten, news)
    origins = {bullet: find_origin(bullet, members, rewritten.sources) for bullet in story.bullets}
    supported = {bullet: origin for bullet, origin in origins.items() if origin is not None}
    if not supported:
        return rewritten
    return replace(rewritten, bullets=tuple(supported), origins=tuple(supported.values()))


def _with_bullets(story: Story, bullets: Sequence[CandidateBullet]) -> Story:
    return replace(
        story,
        bullets=tuple(bullet.text for bullet in bullets),
        origins=tuple(bullet.origin(story.sources) for bullet in bullets),
    )


def _published_texts(connection: sa.Connection, event_stories: Sequence[Story]) -> list[str]:
    """All that subscribers were told of an event, and all that its reports said."""
    texts: list[str] = []
    for story in event_stories:
        texts += [story.headline, *story.bullets]
        for report, _ in reports.of_story(connection, story.id).values():
            texts += [report.headline, *report.bullets, report.summary]
    return [text for text in texts if text]


def _reasons(grouping: Grouping, members: Sequence[WaitingReport]) -> dict[int, str | None]:
    """Why each is where it is; of one that stays alone that can be said whenever it is asked."""
    alone = len(members) == 1 and members[0].event is None
    return {
        report.id: None
        if alone or report.event is not None
        else str(grouping.explain(str(report.id)))
        for report in members
    }


def summarise(
    database: Database, summariser: Summariser, touched: Sequence[int], now: datetime
) -> None:
    """Let a model choose or write the bullets of these stories; nothing is open while it thinks.

    Where it fails, the story says why it has the bullets of the rules. A story that changed in the
    meantime, or that is sealed by now, is left as it is. A model that gives no answer again and
    again is not asked any more.
    """
    failures = 0
    for number, story_id in enumerate(touched):
        if failures >= _PATIENCE:
            remaining = len(touched) - number
            log.warning(
                "the summariser failed too often: it is not asked any more", stories=remaining
            )
            return
        with database.read() as connection:
            story = stories.get(connection, story_id)
            members = list(OwnWords(connection, now).of_story(story_id).values())
        if story is None or story.update_since is not None:
            continue
        text = summariser.summarise(members)
        if text is None:
            continue
        if isinstance(text, SummaryFailed):
            failures = 0 if text.answered else failures + 1
            log.warning("a summary is not used", story=story.headline, reason=text.reason)
            summarised = replace(story, bullets_reason=f"chosen by rules: {text.reason}")
        else:
            failures = 0
            summarised = replace(
                story,
                bullets=text.bullets,
                origins=text.origins,
                bullets_reason=text.reason,
                machine_written=text.machine_written,
            )
        with database.write() as connection:
            if stories.get(connection, story_id) == story and not stories.is_sealed(
                connection, story_id
            ):
                stories.update(connection, summarised, now)
