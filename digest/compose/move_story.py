"""A story is put to another place of an issue: the edits that do so, and nothing else; pure.

An issue is read by topic, and ranked over all topics. So a story that is moved within its topic
changes places with its neighbours in the rank, and what is between them stays where it is.
"""

from collections.abc import Sequence

from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import Issue


def move(issue: Issue, story: int, topic: str, before: int | None) -> list[Edit]:
    """Put a story into a topic, before another story of it, or at its end.

    With the lead as `before` it leads. One that was named by headline alone is told in full.
    """
    moved = next((entry for entry in issue.all_stories if entry.id == story), None)
    if moved is None:
        raise UsageError(f"story {story} is not in the issue", remedy="`digest issue show`")
    if before == issue.lead.id:
        return [Edit(EditKind.LEAD, story=story)]
    edits = [] if moved.topic == topic else [Edit(EditKind.TOPIC, (topic,), story)]
    rank = [entry.id for entry in issue.stories]
    members = [
        entry.id for entry in issue.stories[1:] if entry.topic == topic and entry.id != story
    ]
    at = members.index(before) if before in members else len(members)
    order = _ranked(rank, story, [*members[:at], story, *members[at:]])
    held = [entry.id for entry in issue.stories if entry.pinned]
    fixed = _changed_until(rank, order)
    if fixed:
        # What was put first before stays so.
        fixed = max([fixed, *(order.index(number) + 1 for number in held if number in order)])
        edits.append(Edit(EditKind.ORDER, tuple(map(str, order[:fixed]))))
    return edits


def step(issue: Issue, story: int, by: int) -> list[Edit]:
    """Move a story by one place up (-1) or down (1) within its topic; nothing at its end."""
    group = next((g for g in issue.groups if any(s.id == story for s in g.stories)), None)
    if group is None:
        return []
    numbers = [entry.id for entry in group.stories]
    place = numbers.index(story) + by
    if not 0 <= place < len(numbers):
        return []
    others = [number for number in numbers if number != story]
    before = others[place] if place < len(others) else None
    return move(issue, story, group.topic.id, before)


def _ranked(rank: Sequence[int], story: int, members: Sequence[int]) -> list[int]:
    """The rank in which a topic's stories are in this order, in the places that they have."""
    places = [place for place, number in enumerate(rank) if number in members]
    order = [number for number in rank if number not in members]
    if story not in rank:
        # It has no place yet: that after the one before it, or of the first of its topic.
        at = members.index(story)
        place = rank.index(members[at - 1]) + 1 if at else (places[0] if places else len(rank))
        places = sorted([place, *(p + 1 if p >= place else p for p in places)])
    for place, number in zip(places, members, strict=True):
        order.insert(place, number)
    if len(order) > len(rank) and order[-1] == story:
        del order[-2]  # there may be no more places: the last story gives its own
    return order


def _changed_until(rank: Sequence[int], order: Sequence[int]) -> int:
    """How many stories are to be fixed for the order to be this: up to the last that differs."""
    differing = [
        place for place, number in enumerate(order) if place >= len(rank) or rank[place] != number
    ]
    if len(order) > len(rank):  # what follows the new one follows by itself
        return next(iter(differing), len(rank)) + 1
    return differing[-1] + 1 if differing else 0
