"""What a round of asking feeds came to."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """A feed of which nothing came, or whose news is kept back, and why."""

    source: str
    reason: str
    quarantined: bool = False


@dataclass(slots=True)
class FetchSummary:
    """What came of all feeds that were due."""

    asked: int = 0
    unchanged: int = 0
    reports: int = 0
    kept_back: int = 0
    blocked: int = 0
    faults: list[str] = field(default_factory=list)
    problems: list[FeedProblem] = field(default_factory=list)
