"""The first half of the path: what the sources hold becomes reports and stories in the store."""

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from digest.collect.folder import read_folder
from digest.collect.result import Held, Read, Rejected
from digest.config import Config
from digest.merge.identity import is_same_story
from digest.merge.story import make_story
from digest.model import TopicTree
from digest.store import stories


@dataclass(slots=True)
class Intake:
    """What one round of collecting came to; files are named where they need a look."""

    collected: int = 0
    updated: int = 0
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def collect(
    connection: sa.Connection,
    config: Config,
    *,
    today: date,
    day: date | None,
    now: datetime,
) -> Intake:
    """Read every source and keep what is new, in the open transaction.

    `today` is the last date whose stories may be taken; `day`, if given, is the day of stories
    that lie in no dated folder.
    """
    intake = Intake()
    for source in config.sources:
        known = stories.known_files(connection, source.id)
        root = config.path(source.path)
        for item in read_folder(root, source=source.id, today=today, known=known, day=day):
            match item:
                case Rejected():
                    intake.rejected.append(item)
                case Held():
                    intake.held.append(item)
                case Read():
                    _keep(connection, item, config.topics, now, intake)
                case _:
                    pass
    return intake


def _keep(
    connection: sa.Connection, item: Read, topics: TopicTree, now: datetime, intake: Intake
) -> None:
    """A report is new, changed, or the same text under another name."""
    report = item.report
    found = stories.find_report(connection, report.source, report.key)
    if found is not None:
        old, story_id, _ = found
        if is_same_story(old, report):
            story = make_story(report, topics, story_id=story_id, collected_at=now)
            stories.update(connection, report, story, item.raw_hash, now)
            intake.updated += old.content_hash != report.content_hash
            return
        stories.retire_key(connection, report.source, report.key)
    same = stories.find_same_text(connection, report)
    if same is not None:
        intake.duplicates.append((item.file, same))
        return
    story = make_story(report, topics, story_id=0, collected_at=now)
    stories.add(connection, report, story, item.raw_hash)
    intake.collected += 1
