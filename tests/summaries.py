"""The events of tests/data/summaries: reports of our own writing, and what their story must be."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digest.merge.summarise.story import StoryText, write_text
from digest.model import Report, SourceRef

_FOLDER = Path(__file__).parent / "data" / "summaries"
_BEGIN = datetime(2026, 11, 3, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """Reports and the properties of their story, as the file has them."""

    name: str
    expected: dict[str, Any]
    reports: tuple[Report, ...]

    @property
    def story(self) -> StoryText:
        return write_text(self.reports)

    @property
    def said(self) -> str:
        """All that the reports say, one space between words."""
        return " ".join(" ".join(f"{one.headline} {one.summary}" for one in self.reports).split())


def told_by(
    publisher: str, headline: str, summary: str = "", hour: float = 0, **more: Any
) -> Report:
    """A feed's report."""
    slug = publisher.lower().replace(" ", "-")
    values: dict[str, Any] = {
        "source": publisher,
        "key": f"{slug}-{hour}",
        "headline": headline,
        "bullets": (),
        "summary": summary.strip(),
        "sources": (SourceRef(publisher, f"https://example.org/{slug}/{hour}"),),
        "published": _BEGIN + timedelta(hours=hour),
        "language": "en",
    }
    return Report(**{**values, **more})


def read_events() -> dict[str, Event]:
    """All events by the names of their files."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.toml"))}


def _read(path: Path) -> Event:
    expected = tomllib.loads(path.read_text(encoding="utf-8"))
    reports = expected.pop("reports")
    language = {"language": expected["language"]}
    return Event(path.stem, expected, tuple(told_by(**{**language, **one}) for one in reports))
