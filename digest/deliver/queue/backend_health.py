"""What a round has learnt of its backends, for all that it sends: issues and notices."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class BackendHealth:
    """Each backend's trouble is told once, and none that is down is asked again.

    `down` are those that all sessions gave up, by name, each with its reason.
    """

    down: dict[str, str] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def is_news(self, backend: str) -> bool:
        """Whether nothing was told of this backend yet; from now on it was."""
        news = backend not in self._told
        self._told.add(backend)
        return news
