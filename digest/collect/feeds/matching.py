"""Which items of a feed are known already, by GUID, canonical URL and title; pure.

GUIDs flip when a site is moved, addresses change when a headline does, and some feeds give all
their items one GUID. So two of the three must not speak against the third:

  the same GUID and the same URL                the same report
  the same URL, another GUID                    the same report, unless several share the URL
  the same GUID, another URL, the same title    the same report
  the same GUID, another URL, another title     another report: the GUID is that of a place
  the same GUID, no URL on one side             the same report, unless several share the GUID
  neither GUID nor URL                          the same report where the title is the same
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from digest.model import Report
from digest.text import digest_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a report to know it again; `url` is canonical."""

    key: str
    guid: str | None
    url: str | None
    title_hash: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report that its source has not told before."""

    report: Report


@dataclass(frozen=True, slots=True)
class UpdatedReport:
    """A known report with another text; it has the key of the known one."""

    report: Report


@dataclass(frozen=True, slots=True)
class SameReport:
    """A known report with the same text; it has the key of the known one."""

    report: Report


Match = NewReport | UpdatedReport | SameReport


def title_hash(headline: str) -> str:
    """What is kept of a headline, without case and punctuation."""
    # With it comes lxml, which a round in which no feed was due does without.
    from digest.collect.feeds.report import title_form

    return digest_of(title_form(headline))[:32]


def as_known(report: Report) -> Known:
    """What is kept of a report."""
    return Known(
        report.key, report.guid, report.url, title_hash(report.headline), report.content_hash
    )


def match_reports(known: Iterable[Known], told: Sequence[tuple[Report, Known]]) -> list[Match]:
    """One answer for each report of a fetch, in their order, given all that the source ever told.

    Each comes with its names as `as_known` has them. A report that comes back after it had
    vanished is known. One that stands twice in a fetch is new once.
    """
    memory = _Memory()
    for entry in known:
        memory.add(entry)
    memory.distrust([entry for _, entry in told])
    return [memory.match(report, entry) for report, entry in told]


@dataclass(slots=True)
class _Memory:
    """The known reports by each of their names, and the names that say nothing."""

    by_guid: dict[str, list[Known]] = field(default_factory=dict)
    by_url: dict[str, list[Known]] = field(default_factory=dict)
    by_title: dict[str, list[Known]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    shared_guids: set[str] = field(default_factory=set)
    shared_urls: set[str] = field(default_factory=set)

    def add(self, entry: Known) -> None:
        self.keys.add(entry.key)
        if entry.guid:
            self.by_guid.setdefault(entry.guid, []).append(entry)
        if entry.url:
            self.by_url.setdefault(entry.url, []).append(entry)
        self.by_title.setdefault(entry.title_hash, []).append(entry)

    def distrust(self, entries: Iterable[Known]) -> None:
        """Note the names that several items of one fetch bear, each with another title."""
        guids: dict[str, set[str]] = {}
        urls: dict[str, set[str]] = {}
        for entry in entries:
            guids.setdefault(entry.guid or "", set()).add(entry.title_hash)
            urls.setdefault(entry.url or "", set()).add(entry.title_hash)
        self.shared_guids = {guid for guid, titles in guids.items() if len(titles) > 1}
        self.shared_urls = {url for url, titles in urls.items() if len(titles) > 1}

    def match(self, report: Report, entry: Known) -> Match:
        found = self._find(entry)
        if found is None:
            if entry.key in self.keys:
                report = replace(report, key=self._free_key(report.key))
                entry = replace(entry, key=report.key)
            self.add(entry)
            return NewReport(report)
        report = replace(report, key=found.key)
        return (
            SameReport(report)
            if found.content_hash == entry.content_hash
            else UpdatedReport(report)
        )

    def _find(self, entry: Known) -> Known | None:
        candidates = (
            *self.by_url.get(entry.url or "", ()),
            *self.by_guid.get(entry.guid or "", ()),
            *self.by_title.get(entry.title_hash, ()),
        )
        return next((known for known in candidates if self._is_same(known, entry)), None)

    def _is_same(self, known: Known, entry: Known) -> bool:
        title = known.title_hash == entry.title_hash
        guid = bool(entry.guid) and known.guid == entry.guid
        url = bool(entry.url) and known.url == entry.url
        if url:
            return title or not self._is_shared_url(entry) or (guid and not self._is_shared(entry))
        if guid:
            nameless = not entry.url or not known.url
            return title or (nameless and not self._is_shared(entry))
        if known.url and entry.url:
            return False
        nameless = not (known.guid or known.url) or not (entry.guid or entry.url)
        return title and (nameless or known.content_hash == entry.content_hash)

    def _is_shared(self, entry: Known) -> bool:
        """Whether the GUID has been that of several reports, now or before."""
        bearers = self.by_guid.get(entry.guid or "", ())
        return entry.guid in self.shared_guids or _has_several(bearers)

    def _is_shared_url(self, entry: Known) -> bool:
        """Whether the address has been that of several reports, or is that of the whole site."""
        bearers = self.by_url.get(entry.url or "", ())
        return (
            entry.url in self.shared_urls
            or _has_several(bearers)
            or re.fullmatch(r"https://[^/?]*", entry.url or "") is not None
        )

    def _free_key(self, key: str) -> str:
        """The next name that is free, where another report has this key."""
        return next(name for number in count(2) if (name := f"{key}-{number}") not in self.keys)


def _has_several(bearers: Iterable[Known]) -> bool:
    return len({bearer.title_hash for bearer in bearers}) > 1
