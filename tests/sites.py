"""A project with sealed issues, for whoever looks at its site: tests, the bench, axe."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette

from digest.app import make_issue_builder
from digest.compose.issue import headings
from digest.merge.same_event.features import features_of
from digest.model import (
    DifferingFact,
    Issue,
    Newsletter,
    Picture,
    SourceRef,
    Story,
    Topic,
    Version,
)
from digest.new_project import create_project
from digest.pictures.cut import CutPicture, cut_picture
from digest.pictures.folder import PictureFolder
from digest.pipeline import Pipeline
from digest.store import issues, reports, stories
from digest.store.reports import ReportState, StoredReport
from tests.builders import DAY, NOON, report, story
from tests.paths import ROOT
from tests.pipelines import open_pipeline

SITE = "https://news.example.org"
DAILY = """
[[newsletters]]
id = "daily"
name = "Example Daily"
tagline = "The day in science, in brief"
sender = "Example Daily <daily@example.org>"
postal_address = "1 Example Street, 12345 Example Town"
"""
ARABIC = """
[[newsletters]]
id = "arabi"
name = "موجز العلوم"
tagline = "علوم اليوم في دقيقتين"
sender = "arabi@example.org"
postal_address = "شارع المثال"
language = "ar"
topics = ["space"]
days = ["fri"]
"""
TIMES = SourceRef("Example Times", "https://example.org/report?a=1&b=2")
POST = SourceRef("Example Post")
DIFFERING = (
    DifferingFact(
        "dead", (Version("12 dead", ("Example Times",)), Version("15", ("Example Post",)))
    ),
    DifferingFact("magnitude", (Version("6.1", ("Example Times",)), Version("6.3", ("Gazette",)))),
)


def make_project(root: Path, *letters: str, site: str = SITE) -> Path:
    """A project folder with these newsletters."""
    create_project(root)
    text = f'site_url = "{site}"\nnow = "{NOON}"\n' + "".join(letters or (DAILY,))
    (root / "config" / "digest.toml").write_text(text, "utf-8")
    return root


@contextmanager
def open_site(root: Path, *letters: str, site: str = SITE) -> Iterator[Pipeline]:
    """The pipeline of a new project with these newsletters."""
    with open_pipeline(make_project(root, *letters, site=site)) as pipeline:
        yield pipeline


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """An application on a free port of loopback, in a thread; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def keep_story(connection: sa.Connection, **changes: object) -> Story:
    """A story that was collected, with what merging keeps of its report."""
    told = story(0, **changes)
    number = stories.add(connection, told, NOON)
    found = report(key=f"{number}.txt", headline=told.headline, bullets=told.bullets)
    kept = StoredReport(found, features=features_of(found).to_bytes(), standing=ReportState.TOLD)
    reports.add(connection, [kept], NOON, raw_hash=f"raw {number}", story_id=number)
    return replace(told, id=number)


def seal_issue(
    pipeline: Pipeline,
    letter: Newsletter,
    told: Sequence[Story],
    *,
    day: date = DAY,
    more: Sequence[Story] = (),
    draft: bool = False,
) -> Issue:
    """A sealed issue of these stories (or a draft of it), rendered as the day's run does."""
    subject, preheader = headings((*told, *more), letter.tagline)
    tree = pipeline.project.config.topics
    unknown = {one.topic for one in (*told, *more)} - set(tree.by_id)
    topics = (*tree.topics, *(Topic(name, name.title()) for name in sorted(unknown)))
    whole = Issue(letter.id, day, subject, preheader, topics, tuple(told), tuple(more))
    _, rendered = make_issue_builder(pipeline.project).render(whole, letter)
    with pipeline.project.database.write() as connection:
        if draft:
            issues.save_draft(connection, whole, NOON)
        else:
            issues.seal(connection, whole, NOON + timedelta(days=(day - DAY).days), rendered)
    return whole


def keep_picture(pipeline: Pipeline) -> Picture:
    """A picture whose files the site has."""
    cut = _cut_drawing()
    PictureFolder(pipeline.project.config.picture_folder).put(cut.files)
    return replace(cut.picture, alt="A drawing")


@cache
def _cut_drawing() -> CutPicture:
    cut = cut_picture((ROOT / "seeds" / "2026-11-21" / "webb-early-galaxies.webp").read_bytes())
    assert isinstance(cut, CutPicture)
    return cut


def fill(pipeline: Pipeline, days: int = 3, stories_a_day: int = 8) -> None:
    """Issues of the last days of every newsletter, with all that a story may have."""
    for letter in pipeline.project.config.settings.newsletters:
        shown = keep_picture(pipeline)
        for ago in range(days, -1, -1):
            day = DAY - timedelta(days=ago)
            with pipeline.project.database.write() as connection:
                told = [
                    keep_story(
                        connection,
                        picture=shown if number in (0, 3) else None,
                        **_content(letter, number, ago),
                    )
                    for number in range(stories_a_day)
                ]
            seal_issue(pipeline, letter, told[:-2] or told, more=told[-2:], day=day)


_SUBJECTS = (
    ("space", "A moon with a ring of its own is seen beyond Neptune"),
    ("medicine", "A vaccine given as a patch protects as long as an injection"),
    ("physics", "Light is held at rest in glass for a full second"),
    ("space", "Dust around a young star shows where planets begin"),
    ("climate", "Methane from small lakes is counted for the first time"),
    ("medicine", "An insulin pill passes its first trial with patients"),
    ("oceans", "Grey whales take a new route through warmer water"),
    ("physics", "A muon's half-life is measured to nine digits"),
)
_ARABIC = "مسبار فضائي يرسل أول صور قريبة لقمر جليدي"


def _content(letter: Newsletter, number: int, ago: int) -> dict[str, object]:
    topic, headline = _SUBJECTS[number % len(_SUBJECTS)]
    if letter.language == "ar":
        topic, headline = "space", f"{_ARABIC} {number}"
    bullets = (
        f"{headline}, as three groups report who worked on it for {number + 3} years.",
        "The data are open to all, and were checked by two teams that had no part in it.",
        "Others in the field call it careful work, and wait for a second measurement.",
        "A larger study begins in spring; its results are expected in two years' time.",
    )
    return {
        "headline": headline if ago == 0 else f"{headline}, day {ago}",
        "bullets": bullets,
        "topic": topic,
        "source_count": number % 3 + 1,
        "sources": (TIMES, POST)[: number % 3 + 1],
        "dropped": DAY - timedelta(days=ago),
        "differing": DIFFERING if number == 0 else (),
    }
