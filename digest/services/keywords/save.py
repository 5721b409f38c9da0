"""A list of keywords is saved in place of that of the settings, undone, or given back to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from digest.config import Config
from digest.errors import NotFoundError, UsageError
from digest.keywords import ONLY, KeywordFilter, subscriber_filter
from digest.project import Project
from digest.services.admins import audit
from digest.services.keywords.trial import (
    KeywordTrial,
    TriedItem,
    read_list,
    try_on_source,
    try_on_stories,
)
from digest.services.sources.all_feeds import feeds_as_given
from digest.store import keyword_lists
from digest.store.database import exclusively
from digest.store.keyword_lists import ListKind, SavedList

# Of what was saved before, so many are shown.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class OwnedList:
    """The list of a newsletter or a feed that counts now, with a + before what is kept.

    `saved` is the last that editors saved and did not undo; `in_settings` what the files have.
    """

    kind: ListKind
    owner: str
    name: str
    in_settings: tuple[str, ...]
    saved: SavedList | None

    @property
    def is_saved(self) -> bool:
        """Whether what an editor saved counts, and not the settings."""
        return self.saved is not None and not self.saved.from_settings

    @property
    def keywords(self) -> tuple[str, ...]:
        """What counts."""
        return self.saved.keywords if self.saved and self.is_saved else self.in_settings

    @property
    def version(self) -> int:
        """Changes with each save, undo and redo."""
        return self.saved.id if self.saved else 0

    @property
    def filter(self) -> KeywordFilter:
        """What it lets through."""
        return subscriber_filter(self.keywords)


class ListConflictError(UsageError):
    """Somebody else saved the same list meanwhile; `theirs` is what counts now."""

    def __init__(self, theirs: OwnedList, yours: tuple[str, ...]) -> None:
        """Name them, and what they saved."""
        self.theirs, self.yours = theirs, yours
        who = theirs.saved.saved_by if theirs.saved else "somebody"
        listed = "; ".join(theirs.keywords) or "no keyword"
        super().__init__(
            f"{who} changed this list meanwhile: it is {listed}",
            remedy="look at both, and save yours again if it is to count",
        )


@dataclass(frozen=True, slots=True)
class ListChange:
    """What a list would do to what came lately, beside what the one that counts does."""

    before: KeywordTrial
    after: KeywordTrial

    @property
    def newly_blocked(self) -> tuple[TriedItem, ...]:
        """What only the new one takes out."""
        pairs = zip(self.before.items, self.after.items, strict=True)
        return tuple(new for old, new in pairs if new.removal and not old.removal)

    @property
    def let_through(self) -> tuple[TriedItem, ...]:
        """What only the one that counts now takes out, with why."""
        pairs = zip(self.before.items, self.after.items, strict=True)
        return tuple(old for old, new in pairs if old.removal and not new.removal)


def owned_lists(connection: sa.Connection, config: Config) -> list[OwnedList]:
    """The list of every newsletter and feed, also where it has no keyword."""
    of_newsletters = keyword_lists.in_force(connection, ListKind.NEWSLETTER)
    of_feeds = keyword_lists.in_force(connection, ListKind.SOURCE)
    return [
        *(
            OwnedList(
                ListKind.NEWSLETTER,
                letter.id,
                letter.name,
                _signed(letter.block, letter.keep),
                of_newsletters.get(letter.id),
            )
            for letter in config.settings.newsletters
        ),
        *(
            OwnedList(
                ListKind.SOURCE,
                feed.id,
                feed.name or feed.id,
                _signed(feed.block, feed.keep),
                of_feeds.get(feed.id),
            )
            for feed in feeds_as_given(connection, config)
        ),
    ]


def owned_list(connection: sa.Connection, config: Config, kind: ListKind, owner: str) -> OwnedList:
    """That of one newsletter or feed; NotFoundError where there is none."""
    for listed in owned_lists(connection, config):
        if (listed.kind, listed.owner) == (kind, owner):
            return listed
    if kind is ListKind.SOURCE:
        raise NotFoundError(f"there is no feed {owner!r}", remedy="see `digest sources list`")
    ids = ", ".join(letter.id for letter in config.settings.newsletters)
    raise NotFoundError(f"there is no newsletter {owner!r}", remedy=f"known ids: {ids}")


def change_of(project: Project, listed: OwnedList, keywords: tuple[str, ...]) -> ListChange:
    """What a list would change; nothing is kept."""

    def tried(keywords: KeywordFilter) -> KeywordTrial:
        if listed.kind is ListKind.SOURCE:
            return try_on_source(project, listed.owner, keywords)
        newsletter = project.config.newsletter(listed.owner)
        assert newsletter is not None
        return try_on_stories(project, newsletter, keywords)

    return ListChange(tried(listed.filter), tried(subscriber_filter(keywords)))


def save_list(
    project: Project, kind: ListKind, owner: str, text: str, who: str, saw: int | None = None
) -> OwnedList:
    """Let a list count in place of that of the settings, with the next round of every process.

    `saw` is the version that whoever saves it knew: a ListConflictError where there is another, and
    it is not the same list.
    """
    keywords = read_list(text, may_be_empty=True)
    with project.database.write() as connection:
        exclusively(connection)
        listed = owned_list(connection, project.config, kind, owner)
        if listed.keywords == keywords and listed.is_saved:
            return listed
        if saw is not None and saw != listed.version:
            raise ListConflictError(listed, keywords)
        _keep(connection, project, listed, keywords, who, from_settings=False)
        return owned_list(connection, project.config, kind, owner)


def follow_settings(project: Project, kind: ListKind, owner: str, who: str) -> OwnedList:
    """Let the list of the settings count again; it is undone like any other."""
    with project.database.write() as connection:
        exclusively(connection)
        listed = owned_list(connection, project.config, kind, owner)
        if listed.is_saved:
            _keep(connection, project, listed, (), who, from_settings=True)
        return owned_list(connection, project.config, kind, owner)


def undo_list(project: Project, kind: ListKind, owner: str, who: str) -> OwnedList:
    """Let what was saved last count no more; UsageError where nothing is."""
    with project.database.write() as connection:
        exclusively(connection)
        listed = owned_list(connection, project.config, kind, owner)
        if listed.saved is None:
            raise UsageError(
                f"nothing was saved for {kind} {owner}", remedy="its list is that of the settings"
            )
        keyword_lists.undo(connection, listed.saved.id, who, project.clock())
        return _turned(connection, project, listed, who, "undo keywords")


def redo_list(project: Project, kind: ListKind, owner: str, who: str) -> OwnedList:
    """Let what was undone last count again; UsageError where nothing was since the last save."""
    with project.database.write() as connection:
        exclusively(connection)
        listed = owned_list(connection, project.config, kind, owner)
        undone = undone_last(keyword_lists.history(connection, kind, owner, SHOWN), listed)
        if undone is None:
            raise UsageError(f"nothing is undone of {kind} {owner}", remedy="save the list anew")
        keyword_lists.redo(connection, undone.id)
        return _turned(connection, project, listed, who, "redo keywords")


def undone_last(history: Sequence[SavedList], listed: OwnedList) -> SavedList | None:
    """What a redo brings back, of what was saved for a list, the last first."""
    undone = [saved for saved in history if saved.undone_at and saved.id > listed.version]
    return undone[-1] if undone else None


def _keep(
    connection: sa.Connection,
    project: Project,
    listed: OwnedList,
    keywords: tuple[str, ...],
    who: str,
    *,
    from_settings: bool,
) -> None:
    now = project.clock()
    kept = SavedList(0, listed.kind, listed.owner, keywords, from_settings, who, now)
    keyword_lists.add(connection, kept)
    after = list(listed.in_settings if from_settings else keywords)
    subject, before = f"{listed.kind} {listed.owner}", list(listed.keywords)
    audit.record(connection, now, who, "save keywords", subject, before=before, after=after)


def _turned(
    connection: sa.Connection, project: Project, listed: OwnedList, who: str, action: str
) -> OwnedList:
    """The list as it is after an undo or redo, which is on record then."""
    now_counting = owned_list(connection, project.config, listed.kind, listed.owner)
    before, after = list(listed.keywords), list(now_counting.keywords)
    subject = f"{listed.kind} {listed.owner}"
    audit.record(connection, project.clock(), who, action, subject, before=before, after=after)
    return now_counting


def _signed(block: Iterable[str], keep: Iterable[str]) -> tuple[str, ...]:
    """Both lists of the settings as one."""
    return (*block, *(ONLY + keyword for keyword in keep))
