"""The demo: an ordinary project, today's main job done once, and the mails to look at.

Stories are collected, one issue is built and sent over a real SMTP session on loopback to a
small catcher that keeps each message as .eml. It ends by itself, and leaves stories for tomorrow's
issue, which editors find on the desk.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from digest.app import make_pipeline, make_rehearsal, open_project
from digest.errors import DigestError, UsageError
from digest.mail_catcher import EmlKeeper, catch
from digest.model import Subscription
from digest.new_project import create_project
from digest.package_files import bundled
from digest.services.delivery.report import IssueReport
from digest.services.issues.preview import Preview
from digest.services.stories.files import CollectResult
from digest.setting_origins import PREFIX
from digest.store import subscribers

SUBSCRIBERS = (
    Subscription("ada@example.org", "Ada", ()),
    Subscription("ben@example.org", "Ben", ("space", "physics", "mathematics", "computing")),
    Subscription("chiara@example.org", "Chiara", ("medicine", "neuroscience", "biology")),
)
OnStep = Callable[[str, float], None]

_MARK = ".made-by-digest-demo"


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo did, and where to look; `waiting` stories are there for tomorrow's issue."""

    root: Path
    collected: CollectResult
    issue: IssueReport
    preview: Preview
    waiting: int
    outbox: Path
    seconds: Mapping[str, float]


def prepare(root: Path) -> None:
    """An ordinary project in `root`; an earlier demo makes room."""
    if (root / _MARK).exists():
        shutil.rmtree(root)
    elif root.exists() and any(root.iterdir()):
        raise UsageError(f"{root} is not empty", remedy="name a new folder: digest demo DIR")
    create_project(root)
    (root / _MARK).touch()
    # No site runs that could show the pictures of its mails.
    settings = root / "config" / "digest.toml"
    text = settings.read_text("utf-8").replace('images = "hosted"  ', 'images = "attached"')
    settings.write_text(text, "utf-8")


def lay_sample_stories(folder: Path, today: date) -> None:
    """The sample stories, each day's in a folder of its own, the last of them tomorrow's."""
    days = {
        date.fromisoformat(path.name): path for path in bundled("seeds").iterdir() if path.is_dir()
    }
    shift = today + timedelta(days=1) - max(days)
    for day, path in days.items():
        shutil.copytree(path, folder / (day + shift).isoformat())


def run_demo(root: Path, on_step: OnStep = lambda _step, _seconds: None) -> DemoReport:
    """The whole day once. `on_step` is told what was done, and the seconds that it took."""
    prepare(root)
    outbox = root / "outbox"
    seconds: dict[str, float] = {}

    def note_step(step: str, took: float) -> None:
        seconds[step] = seconds.get(step, 0.0) + took
        on_step(step, took)

    with catch(EmlKeeper(outbox)) as port, _settings(port), open_project(root) as project:
        (newsletter,) = project.config.newsletters()
        day = project.today(newsletter)
        lay_sample_stories(root / "seeds", day)
        with project.database.write() as connection:
            subscribers.put_all(connection, newsletter.id, list(SUBSCRIBERS), project.clock())
        pipeline = make_pipeline(project)
        pipeline.on_step = note_step
        collected = pipeline.collect()
        outcome = pipeline.run(day)
        rehearsal = make_rehearsal(project)
        preview, waiting = rehearsal.preview(newsletter, day), rehearsal.waiting(newsletter)
    if outcome.stopped or preview is None:
        raise DigestError(f"the demo could not send its issue: {outcome.stopped}")
    return DemoReport(root, collected, outcome.issues[0], preview, waiting, outbox, seconds)


@contextmanager
def _settings(port: int) -> Iterator[None]:
    """The demo stands on its own: no setting of the caller's environment reaches it."""
    before = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in before:
        del os.environ[name]
    demo_settings = {
        "BACKEND": "smtp",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_SECURITY": "none",
    }
    if f"{PREFIX}NOW" in before:
        demo_settings["NOW"] = before[f"{PREFIX}NOW"]
    os.environ.update({PREFIX + name: value for name, value in demo_settings.items()})
    try:
        yield
    finally:
        for name in demo_settings:
            os.environ.pop(PREFIX + name, None)
        os.environ.update(before)
