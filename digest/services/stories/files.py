"""Story files: what the folders hold becomes reports and stories in the store."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.collect.files.folder import read_folder
from digest.collect.files.result import Held, ReadStory, Rejected
from digest.merge.merge_result import MergeResult
from digest.model import Story, TopicTree
from digest.project import Project
from digest.services.sources.fetch_summary import FetchSummary
from digest.store import rejections, reports
from digest.store.rejections import Rejection
from digest.store.reports import ReportState, StoredReport

if TYPE_CHECKING:
    from digest.merge.topic_model import TopicModel


@dataclass(slots=True)
class CollectResult:
    """What one round of collecting came to; files and feeds are named where they need a look.

    `files` and `mended` count the stories of files, `merged` those that were merged from feeds.
    Of what is rejected, `newly_rejected` is what was not, or otherwise, the last time.
    """

    files: int = 0
    mended: int = 0
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    newly_rejected: list[Rejection] = field(default_factory=list)
    feeds: FetchSummary = field(default_factory=FetchSummary)
    merged: MergeResult = field(default_factory=MergeResult)

    @property
    def collected(self) -> int:
        """Stories that are new, and news of those that were sealed."""
        return self.files + self.merged.new + self.merged.updates

    @property
    def updated(self) -> int:
        """Stories that are written otherwise than before."""
        return self.mended + self.merged.changed


def collect_files(
    connection: sa.Connection, project: Project, day: date | None, model: "TopicModel | None"
) -> CollectResult:
    """Read every folder and keep what is new, in the open transaction.

    `day`, if given, is the day of stories that lie in no dated folder, and the last one whose
    stories may be taken; else those of tomorrow are taken too, so that editors see the next
    issue the day before: no issue tells them before their date. `model` is what was learned
    of topics.
    """
    config, now = project.config, project.clock()
    today = day or project.latest_today()
    collected = CollectResult()
    faults: list[Rejection] = []
    before = {
        item.file: Rejected(item.file, item.line, item.reason, item.raw_hash)
        for item in rejections.everything(connection)
    }
    for source in config.folders:
        items = read_folder(
            config.path(source.path),
            source=source.id,
            today=today,
            last=day or today + timedelta(days=1),
            hashes=reports.known_files(connection, source.id),
            rejected=before,
            day=day,
        )
        for item in items:
            match item:
                case Rejected():
                    collected.rejected.append(item)
                    faults.append(
                        Rejection(
                            source.id, item.file, item.line, item.reason, item.raw_hash, since=now
                        )
                    )
                case Held():
                    collected.held.append(item)
                    _put_off(connection, source.id, item, now)
                case ReadStory():
                    _keep(connection, item, config.topics, now, collected, model)
                case _:
                    pass
    collected.newly_rejected = rejections.keep(connection, faults)
    return collected


def _put_off(connection: sa.Connection, source: str, held: Held, now: datetime) -> None:
    """A story whose file got a later date waits for it, too, if it was not told yet."""
    from digest.store import stories

    story = _move(connection, source, held.collected_as, held.key)
    if story is not None and story.dropped != held.until:
        stories.update(connection, replace(story, dropped=held.until), now)


def _move(connection: sa.Connection, source: str, before: str | None, key: str) -> Story | None:
    """The story of a file that was moved to `key`, if it was not told yet."""
    from digest.store import stories

    stored = reports.find(connection, source, before) if before is not None else None
    if before is None or stored is None or stories.is_sealed(connection, stored[1]):
        return None
    if before != key:
        reports.rename_key(connection, source, before, key)
    return stories.get(connection, stored[1])


def _keep(
    connection: sa.Connection,
    item: ReadStory,
    topics: TopicTree,
    now: datetime,
    collected: CollectResult,
    model: "TopicModel | None",
) -> None:
    """A report is new, changed, or the same text under another name."""
    report = item.report
    from digest.merge.identity import is_same_story
    from digest.merge.same_event.features import features_of
    from digest.merge.story import make_story
    from digest.store import stories

    stored_report = StoredReport(
        report, features=features_of(report).to_bytes(), standing=ReportState.TOLD
    )
    _move(connection, report.source, item.collected_as, report.key)
    stored = reports.find(connection, report.source, report.key)
    if stored is not None:
        old_report, story_id, _ = stored
        if is_same_story(old_report, report):
            story = make_story(report, topics, story_id=story_id, collected_at=now, model=model)
            if item.collected_as is None and story.dropped is None:
                # The date in its text had held it back.
                before = stories.get(connection, story_id)
                story = replace(story, dropped=before.dropped if before else None)
            reports.change(connection, stored_report, now, raw_hash=item.raw_hash)
            stories.update(connection, story, now)
            collected.mended += old_report.content_hash != report.content_hash
            return
        reports.retire_key(connection, report.source, report.key)
    original = reports.find_same_text(connection, report)
    if original is not None:
        collected.duplicates.append((item.file, original))
        return
    story_id = stories.add(
        connection, make_story(report, topics, story_id=0, collected_at=now, model=model), now
    )
    reports.add(connection, [stored_report], now, raw_hash=item.raw_hash, story_id=story_id)
    collected.files += 1
