"""Who told of an event: publishers by name, each once, whatever its spelling; pure."""

import re
import unicodedata
from collections.abc import Iterable

from digest.model import Report, SourceRef

_DOMAIN = re.compile(r"\.(?:com|org|net|info|news|eu|int|(?:co|com|org)\.[a-z]{2}|[a-z]{2})$")


def publisher_key(name: str) -> str:
    """What two spellings of a publisher have in common: `The Example Times`, `exampletimes.com`."""
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    bare = _DOMAIN.sub("", folded.removeprefix("www.").rstrip("/")).removeprefix("the ")
    return re.sub(r"[^\w]+", "", bare) or folded


def publisher_of(report: Report) -> str:
    """The name to show for a report: its first publisher, or its source."""
    return report.sources[0].name if report.sources else report.source


def sources_of(reports: Iterable[Report]) -> tuple[SourceRef, ...]:
    """One for each publisher in the reports' order, with the first link that there is."""
    sources: dict[str, SourceRef] = {}
    for report in reports:
        for source in report.sources or (SourceRef(report.source, report.url),):
            key = publisher_key(source.name)
            earlier = sources.get(key)
            if earlier is None:
                sources[key] = source
            elif earlier.url is None and source.url:
                sources[key] = SourceRef(earlier.name, source.url)
    return tuple(sources.values())
