"""Which items of a feed are known already, by GUID, canonical URL, title, time and text; pure.

GUIDs flip when a site is moved, addresses change when a headline does, some feeds have one address
for everything that they tell, and others give a GUID to one article after another. So no name is
believed against two others:

  title, time and text the same                 the same item, whatever its GUID and link
  the title the same                            the same item, if GUID or link is too
  GUID and title new                            another item, whatever its link
  the title new, GUID or link the same          the same item, unless time and text are new too
                                                or several items have that GUID or link
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import count

from digest.collect.feeds.report_from_item import title_form
from digest.model import Report
from digest.text import digest_of

# Who rewrites a headline does so soon, and keeps some of it.
_REVISED_WITHIN = timedelta(hours=6)
_ALIKE = 0.6  # of their letters, as difflib counts


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a report to know it again; `url` is canonical.

    `text_hash` is empty where there is no text, and None where nobody noted it.
    """

    key: str
    guid: str | None
    url: str | None
    title_hash: str
    content_hash: str
    text_hash: str | None = None
    headline: str = ""
    published: datetime | None = None


class MatchRule(StrEnum):
    """Which rule told that an item is known, or that it is new; half a sentence for people."""

    TWIN = "title, time and text were told before"
    TWICE = "it stands twice in the feed"
    GUID_AND_TITLE = "GUID and title were told before"
    LINK_AND_TITLE = "link and title were told before"
    TITLE_AND_TEXT = "title and text were told before"
    TITLE_ALONE = "its title was told before, and nothing else tells it apart"
    GUID_AND_LINK = "GUID and link were told before"
    GUID_ALONE = "its GUID was told before"
    LINK_ALONE = "its link was told before"
    GUID_TIME_AND_TEXT = "GUID, time and text were told before"

    NOTHING_KNOWN = "nothing of it was told before"
    OTHER_GUID_AND_TITLE = "GUID and title are new"
    OTHER_GUID_AND_TEXT = "GUID, time and text are new"
    OTHER_LINK_AND_TITLE = "link and title are new"
    OTHER_LINK = "the title was told before, but under another link"
    OTHER_TEXT = "title, time and text are new"
    SAME_TITLE_ALONE = "the title was told before, but nothing else of it"
    SHARED_NAME = "the title is new, and several items have its GUID or link"

    @property
    def is_same(self) -> bool:
        """Whether it tells that the item is a known one."""
        return self in _SAME


_SAME = frozenset(
    (
        MatchRule.TWIN, MatchRule.TWICE, MatchRule.GUID_AND_TITLE, MatchRule.LINK_AND_TITLE,
        MatchRule.TITLE_AND_TEXT, MatchRule.TITLE_ALONE, MatchRule.GUID_AND_LINK,
        MatchRule.GUID_ALONE, MatchRule.LINK_ALONE, MatchRule.GUID_TIME_AND_TEXT,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report that its source has not told before."""

    report: Report
    rule: MatchRule


@dataclass(frozen=True, slots=True)
class UpdatedReport:
    """A known report with another text; it has the key of the known one."""

    report: Report
    rule: MatchRule


@dataclass(frozen=True, slots=True)
class SameReport:
    """A known report with the same text; it has the key of the known one."""

    report: Report
    rule: MatchRule


Match = NewReport | UpdatedReport | SameReport


def as_known(report: Report) -> Known:
    """What is kept of a report."""
    return Known(
        report.key,
        report.guid,
        report.url,
        digest_of(title_form(report.headline))[:32],
        report.content_hash,
        digest_of(report.summary)[:32] if report.summary else "",
        report.headline,
        report.published,
    )


def match_reports(
    past_reports: Iterable[Known], fetched_reports: Sequence[tuple[Report, Known]]
) -> list[Match]:
    """One answer for each report of a fetch, in their order, given all that the source ever told.

    Each comes with its names as `as_known` has them. A report that comes back after it had
    vanished is known. One that stands twice in a fetch is new once.
    """
    memory = _Memory()
    for entry in past_reports:
        memory.add(entry)
    memory.distrust([entry for _, entry in fetched_reports])
    return [memory.match(report, entry) for report, entry in fetched_reports]


@dataclass(slots=True)
class _Memory:
    """The known reports by each of their names, and the names that say nothing.

    `shared` are the GUIDs and links that several items of this fetch have, each with another title.
    """

    by_guid: dict[str, list[Known]] = field(default_factory=dict)
    by_url: dict[str, list[Known]] = field(default_factory=dict)
    by_title: dict[str, list[Known]] = field(default_factory=dict)
    titles: dict[str, set[str]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    matched_keys: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)

    def add(self, entry: Known) -> None:
        self.keys.add(entry.key)
        if entry.guid:
            self.by_guid.setdefault(entry.guid, []).append(entry)
        if entry.url:
            self.by_url.setdefault(entry.url, []).append(entry)
        self.by_title.setdefault(entry.title_hash, []).append(entry)
        for name in (entry.guid, entry.url):
            self.titles.setdefault(name or "", set()).add(entry.title_hash)

    def distrust(self, entries: Iterable[Known]) -> None:
        """Note the names that several items of one fetch bear, each with another title."""
        titles: dict[str, set[str]] = {}
        for entry in entries:
            for name in {entry.guid, entry.url} - {None}:
                titles.setdefault(name or "", set()).add(entry.title_hash)
        self.shared = {name for name, those in titles.items() if len(those) > 1}

    def match(self, report: Report, entry: Known) -> Match:
        match, rule = self._find(entry)
        if match is None:
            if entry.key in self.keys:
                numbered = (f"{entry.key}-{number}" for number in count(2))
                key = next(name for name in numbered if name not in self.keys)
                report, entry = replace(report, key=key), replace(entry, key=key)
            self.add(entry)
            self.matched_keys.add(entry.key)
            return NewReport(report, rule)
        report = replace(report, key=match.key)
        if match.key in self.matched_keys:
            return SameReport(report, MatchRule.TWICE)
        self.matched_keys.add(match.key)
        changed = match.content_hash != entry.content_hash
        return UpdatedReport(report, rule) if changed else SameReport(report, rule)

    def _find(self, entry: Known) -> tuple[Known | None, MatchRule]:
        """The report that it is, and why; or why it is none of those that resemble it."""
        candidates = (
            *self.by_url.get(entry.url or "", ()),
            *self.by_guid.get(entry.guid or "", ()),
            *self.by_title.get(entry.title_hash, ()),
        )
        why_not = MatchRule.NOTHING_KNOWN
        for past in sorted(candidates, key=lambda past: past.title_hash != entry.title_hash):
            if _is_twin(past, entry):
                rule = MatchRule.TWIN
            elif past.title_hash == entry.title_hash:
                rule = _of_one_title(past, entry)
            else:
                rule = self._of_another_title(past, entry)
            if rule.is_same:
                return past, rule
            if why_not is MatchRule.NOTHING_KNOWN:
                why_not = rule
        return None, why_not

    def _of_another_title(self, past: Known, entry: Known) -> MatchRule:
        """The rule for two items with a GUID or a link in common, and another title each."""
        guid = bool(entry.guid) and past.guid == entry.guid
        url = bool(entry.url) and past.url == entry.url
        names = [name for name, same in ((entry.guid, guid), (entry.url, url)) if name and same]
        # Of several reports before, or that of a whole site.
        were_shared = all(
            name in self.shared
            or len(self.titles.get(name, ())) > 1
            or re.fullmatch(r"https://[^/?]*", name) is not None
            for name in names
        )
        if not guid and past.guid and entry.guid:
            rule = MatchRule.OTHER_GUID_AND_TITLE
        elif self.shared.issuperset(names):
            rule = MatchRule.SHARED_NAME
        elif guid and _is_same_text(past, entry) and _is_same_time(past, entry):
            rule = MatchRule.GUID_TIME_AND_TEXT
        elif not url and past.url and entry.url:
            rule = MatchRule.OTHER_LINK_AND_TITLE
        elif were_shared:
            rule = MatchRule.SHARED_NAME
        elif _is_another_article(past, entry):
            rule = MatchRule.OTHER_TEXT
        elif guid:
            rule = MatchRule.GUID_AND_LINK if url else MatchRule.GUID_ALONE
        else:
            rule = MatchRule.LINK_ALONE
        return rule


def _of_one_title(past: Known, entry: Known) -> MatchRule:
    """The rule for two items with the same title."""
    other_guid = bool(past.guid and entry.guid) and past.guid != entry.guid
    nameless = not (past.guid or past.url) or not (entry.guid or entry.url)
    if entry.guid and past.guid == entry.guid:
        rule = MatchRule.GUID_AND_TITLE
    elif entry.url and past.url == entry.url:
        another = other_guid and _is_another_article(past, entry)
        rule = MatchRule.OTHER_GUID_AND_TEXT if another else MatchRule.LINK_AND_TITLE
    elif past.url and entry.url:
        rule = MatchRule.OTHER_LINK
    elif past.content_hash == entry.content_hash:
        rule = MatchRule.TITLE_AND_TEXT
    elif nameless and not _is_another_article(past, entry):
        rule = MatchRule.TITLE_ALONE
    else:
        rule = MatchRule.SAME_TITLE_ALONE
    return rule


def _is_twin(past: Known, entry: Known) -> bool:
    """Whether title, time and text are the same; where GUIDs differ, both must be there to say so.

    Without GUIDs a session's number in the link would make an item new at each fetch.
    """
    if past.content_hash != entry.content_hash:
        return False
    nameless = not past.guid and not entry.guid
    evidence = (entry.published is not None) + bool(entry.text_hash)
    if past.published != entry.published:
        # A date ahead of the clock counts as that of the fetch, which is another each time.
        pages = [link.partition("?")[0] for link in (past.url, entry.url) if link]
        one_page = len(pages) == 2 and pages[0] == pages[1]
        return nameless and evidence == 2 and one_page and _is_soon(past, entry)
    return evidence == 2 or (evidence == 1 and nameless)


def _is_soon(past: Known, entry: Known) -> bool:
    if past.published is None or entry.published is None:
        return False
    return abs(entry.published - past.published) < _REVISED_WITHIN


def _is_another_article(past: Known, entry: Known) -> bool:
    """Whether time and text say that a name was used again, and do not only tell of a revision."""
    if _is_same_text(past, entry) or _is_same_time(past, entry):
        return False
    if past.published and entry.published:
        if not _is_soon(past, entry):
            return True
    elif past.text_hash is None or past.text_hash == entry.text_hash:
        return False  # neither says anything
    forms = title_form(past.headline), title_form(entry.headline)
    return SequenceMatcher(None, *forms, autojunk=False).ratio() < _ALIKE


def _is_same_text(past: Known, entry: Known) -> bool:
    return bool(entry.text_hash) and past.text_hash == entry.text_hash


def _is_same_time(past: Known, entry: Known) -> bool:
    return entry.published is not None and past.published == entry.published
