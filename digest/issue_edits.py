"""What an editor decided of one issue, laid over what the rules make of it; pure.

Each edit is kept by itself (digest.store.edits) and can be undone alone, and an issue that has some
still takes in what is new.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from functools import cached_property

from digest.model import Picture, Story


class EditKind(StrEnum):
    """What an edit decides, and what its lines are."""

    LEAD = "lead"  # of a story: it opens the issue
    ORDER = "order"  # the numbers of the stories that come first
    HIDE = "hide"  # of a story: it is not in this issue
    TOPIC = "topic"  # of a story: the id of its topic
    HEADLINE = "headline"  # of a story: its headline
    BULLETS = "bullets"  # of a story: its bullets
    PICTURE = "picture"  # of a story: the address of the image that it shows; without one, none
    ALT = "alt"  # of a story: what its picture shows; without a line it is ornament
    DAYS = "days"  # of a story: the first and the last date on which it is news, "" for neither
    STORY = "story"  # of a story that an editor wrote: the headline that it came with
    NOTE = "note"  # the paragraphs that the issue opens with
    SUBJECT = "subject"  # the subject of the mail
    PREHEADER = "preheader"  # what mail programs show after the subject
    HOLD = "hold"  # why it waits until it is released
    SKIP = "skip"  # why there is no issue on this date
    HOUR = "hour"  # when it is sealed instead of at the newsletter's hour, such as 07:30


WORDING = (EditKind.TOPIC, EditKind.HEADLINE, EditKind.BULLETS)
PICTURING = (EditKind.PICTURE, EditKind.ALT)
# How far from the date that it is made for an edit of a story's days reaches.
DAYS_REACH = 60
# That an issue waits, or that there is none.
STOPPING = (EditKind.HOLD, EditKind.SKIP)
# Whether and when it goes out: what it says stays as it is.
TIMING = (*STOPPING, EditKind.HOUR)


@dataclass(frozen=True, slots=True)
class Edit:
    """One decision of an issue; `story` is the number of the story that it is about, if one.

    `picture` is what was made of the image that an editor chose.
    """

    kind: EditKind
    lines: tuple[str, ...] = ()
    story: int | None = None
    picture: Picture | None = None

    @property
    def key(self) -> tuple[EditKind, int | None]:
        """What it decides: of several edits with one key the last counts. One story leads."""
        return self.kind, None if self.kind is EditKind.LEAD else self.story


@dataclass(frozen=True)
class Edits:
    """The edits of an issue, in the order in which they were made."""

    made: tuple[Edit, ...] = ()

    @cached_property
    def _last(self) -> dict[tuple[EditKind, int | None], Edit]:
        return {edit.key: edit for edit in self.made}

    def find(self, kind: EditKind, story: int | None = None) -> Edit | None:
        """The edit that counts, of the issue or of a story."""
        return self._last.get((kind, story))

    def line(self, kind: EditKind) -> str:
        """The line that an editor wrote for the issue; empty where none did."""
        edit = self.find(kind)
        return edit.lines[0] if edit else ""

    @property
    def hour(self) -> time | None:
        """The hour at which this issue is sealed, where it is not the newsletter's."""
        line = self.line(EditKind.HOUR)
        return time.fromisoformat(line) if line else None

    @cached_property
    def first(self) -> tuple[int, ...]:
        """The numbers of the stories that come before all others, the lead before the rest."""
        lead, order = self.find(EditKind.LEAD), self.find(EditKind.ORDER)
        leading = [lead.story] if lead and lead.story is not None else []
        return tuple(dict.fromkeys([*leading, *map(int, order.lines if order else ())]))

    @cached_property
    def own_stories(self) -> frozenset[int]:
        """The numbers of the stories that an editor wrote for this issue."""
        return self._stories_with(EditKind.STORY)

    @cached_property
    def dated_stories(self) -> frozenset[int]:
        """The numbers of the stories whose days an editor chose."""
        return self._stories_with(EditKind.DAYS)

    def _stories_with(self, kind: EditKind) -> frozenset[int]:
        return frozenset(
            edit.story for edit in self.made if edit.kind is kind and edit.story is not None
        )

    def is_news(self, story: int, day: date) -> bool | None:
        """Whether a story is news on a date by the days that an editor chose; None: by the rules.

        With a first date it is from then on, whatever its age, until it was told.
        """
        first, last = self._days(story)
        if (first and day < first) or (last and day > last):
            return False
        return True if first else None

    def _days(self, story: int) -> tuple[date | None, date | None]:
        edit = self.find(EditKind.DAYS, story)
        first, last = edit.lines if edit else ("", "")
        return (
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last) if last else None,
        )

    def apply(self, stories: Iterable[Story]) -> list[Story]:
        """The stories as this issue tells them, without those that it hides."""
        shown = (story for story in stories if not self.find(EditKind.HIDE, story.id))
        return [self._edited(story) for story in shown]

    def _edited(self, story: Story) -> Story:
        topic, headline, bullets = (self.find(kind, story.id) for kind in WORDING)
        first, _ = self._days(story.id)
        if first:
            story = replace(story, dropped=first)  # so old it is for the rank
        if topic:
            reason = "an editor moved it"
            story = replace(story, topic=topic.lines[0], topic_reason=reason)
        if headline:
            story = replace(story, headline=headline.lines[0])
        if bullets:
            reason = "an editor wrote them"
            story = replace(
                story,
                bullets=bullets.lines,
                origins=(),
                machine_written=False,
                bullets_reason=reason,
            )
        story = replace(story, picture=self.picture_of(story.id, story.picture))
        # As a pin has it: a place is theirs whatever else their topic and source have.
        return replace(story, pinned=True) if story.id in self.first else story

    def arrange(self, order: Sequence[Story]) -> list[Story]:
        """Ranked stories, with those first that an editor put there.

        What an editor wrote has a place as well, as it ranks.
        """
        places = {number: place for place, number in enumerate(self.first)}
        arranged = sorted(order, key=lambda story: places.get(story.id, len(places)))
        return [
            replace(story, pinned=True) if story.id in self.own_stories else story
            for story in arranged
        ]

    @cached_property
    def retold(self) -> frozenset[int]:
        """The numbers of the stories whose words, topic or picture an editor gave."""
        return frozenset(
            edit.story
            for edit in self.made
            if edit.kind in (*WORDING, *PICTURING) and edit.story is not None
        )

    def is_reworded(self, story: int) -> bool:
        """Whether an editor gave a story other words."""
        kinds = (EditKind.HEADLINE, EditKind.BULLETS)
        return any(self.find(kind, story) for kind in kinds)

    def has_picture(self, story: int) -> bool:
        """Whether an editor chose a story's picture, or what stands for it."""
        return any(self.find(kind, story) for kind in PICTURING)

    def picture_of(self, story: int, made: Picture | None) -> Picture | None:
        """The picture of a story, where `made` is the one that it has by itself."""
        chosen, alt = (self.find(kind, story) for kind in PICTURING)
        picture = chosen.picture if chosen else made
        return replace(picture, alt="".join(alt.lines)) if alt and picture else picture


NO_EDITS = Edits()
