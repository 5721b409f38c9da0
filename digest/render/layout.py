"""What a template lays out: an issue in the pieces of which its variants are made; pure.

The templates name each piece as a part; `order` says which parts a variant has, and where. Both go
by the same rules, so a variant put together from parts is what a direct render of it gives.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from digest.model import Group, Issue, MailLayout, Newsletter, Story, Topic, group_by_topic
from digest.render.mail_opening import TOP, today

# Stories after the lead that have their picture beside them.
FEATURES = 3
# Stories of a topic that may lead: the first, and who follows where a subscriber's keywords take
# that out of their mail. For all of them an issue of 30 would take two thirds longer to render.
LEADS = 2
# Bullets of a story that is told in short.
IN_SHORT = 1


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A line of the contents: a topic and how many stories it has."""

    topic: Topic
    count: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What the templates go through. A whole issue has leads for each topic.

    Of `top` a mail names the first few, and of `more` those that it does not tell, or all where it
    has headlines alone; `contents` is for templates of earlier versions.
    """

    top: tuple[Story, ...]
    contents: tuple[ContentsEntry, ...]
    leads: tuple[Story, ...]
    groups: tuple[Group, ...]
    more: tuple[Story, ...]


def layout_of_all(issue: Issue, newsletter: Newsletter) -> Layout:
    """The pieces of every variant: each topic's first stories may lead, and are in its group too.

    So is what stands in full only for subscribers of few topics; all others find it named.
    """
    in_full = (*issue.stories, *issue.reserves(newsletter.stories_per_topic))
    leads: list[Story] = []
    for story in in_full:
        if sum(lead.topic == story.topic for lead in leads) < LEADS:
            leads.append(story)
    return Layout(
        top=in_full,
        contents=_contents(issue),
        leads=tuple(leads),
        groups=group_by_topic(in_full, issue.topics),
        more=issue.all_stories,
    )


def in_order(issue: Issue, layout: MailLayout) -> tuple[Story, ...]:
    """The stories as a mail tells them, from its top to its end."""
    alone = () if layout == "headlines" else (issue.lead,)
    groups = group_by_topic(issue.stories[len(alone) :], issue.topics)
    return (*alone, *(story for group in groups for story in group.stories), *issue.more)


def features(issue: Issue, layout: MailLayout) -> tuple[Story, ...]:
    """The stories after the lead that are told with a picture beside them: the best that have one.

    The others are told in short.
    """
    if layout != "magazine":
        return ()
    return tuple(story for story in issue.stories[1:] if story.picture)[:FEATURES]


def order(issue: Issue, layout: MailLayout, parts: Container[str]) -> list[str]:
    """The names of a variant's parts, in the order of the mail; those that its template has.

    A template of an earlier version, and an issue that was sealed with one, has a row of all topics
    (`contents`) and not the stories at the top, and tells all stories alike, the lead in one part.
    """
    names = ["head", *_mast(issue, layout, parts)]
    if layout == "headlines" and all(f"more.{story.id}" in parts for story in issue.stories):
        names += [*([] if "mast-rule" in parts else ["mast-end"]), *_headlines(issue)]
    else:
        names += [*_top(issue, parts), *_topic_row(issue, parts), "mast-end"]
        names += [*_lead(issue, layout, parts), *_groups(issue, layout, parts)]
    if issue.more:
        names += ["more", *(f"more.{story.id}" for story in issue.more), "more-end"]
    return [*names, "foot"]


def _mast(issue: Issue, layout: MailLayout, parts: Container[str]) -> list[str]:
    """What stands above the stories; a cover where no picture of a lead does."""
    has_picture = issue.lead.picture is not None or layout != "magazine"
    names = [] if has_picture else ["cover"]
    names.append("mast")
    if layout != "headlines":
        names.append("mast-rule")
    if layout == "magazine" and not issue.note and today(issue):
        names.append("today")
    return [name for name in names if name in parts]


def _headlines(issue: Issue) -> list[str]:
    names = []
    for group in group_by_topic(issue.stories, issue.topics):
        stories = [f"more.{story.id}" for story in group.stories]
        names += [f"group.{group.topic.id}", *stories, f"group-end.{group.topic.id}"]
    return names


def _lead(issue: Issue, layout: MailLayout, parts: Container[str]) -> list[str]:
    picture, body = f"lead-picture.{issue.lead.id}", f"lead-body.{issue.lead.id}"
    names = [f"lead.{issue.lead.id}"]
    if body in parts:
        names += [picture, body] if layout == "magazine" else [body]
    return names


def _groups(issue: Issue, layout: MailLayout, parts: Container[str]) -> list[str]:
    featured = {f"feature.{story.id}" for story in features(issue, layout)}
    names = []
    for group in issue.groups:
        stories = [
            feature
            if (feature := f"feature.{story.id}") in featured and feature in parts
            else f"story.{story.id}"
            for story in group.stories
        ]
        names += [f"group.{group.topic.id}", *stories, f"group-end.{group.topic.id}"]
    return names


def _top(issue: Issue, parts: Container[str]) -> list[str]:
    names = [f"top.{story.id}" for story in issue.stories[:TOP]]
    return ["top", *names, "top-end"] if "top" in parts and len(names) > 1 else []


def _topic_row(issue: Issue, parts: Container[str]) -> list[str]:
    entries = _contents(issue)
    if "contents" not in parts or len(entries) < 2:
        return []
    names = ["contents"]
    for number, entry in enumerate(entries):
        names += ["contents-gap"] * (number > 0) + [f"contents.{entry.topic.id}"]
    return [*names, "contents-end"]


def leads_of(parts: Container[str], stories: Iterable[Story]) -> frozenset[int]:
    """The numbers of those of the stories that may lead a variant put together from these parts."""
    return frozenset(story.id for story in stories if f"lead.{story.id}" in parts)


def needed_names(issue: Issue, layout: Layout) -> list[str]:
    """The parts without which some variant cannot be put together of an issue laid out for all."""
    names: dict[str, None] = {}
    for lead in layout.leads:
        below = (story for story in layout.top if story.id != lead.id)
        shown = replace(issue, stories=(lead, *below))
        names |= dict.fromkeys(order(shown, "magazine", ()))
    return list(names)


def anchors(issue: Issue) -> dict[str, str]:
    """Where the contents lead to: a topic's group, or what stands for it in this variant."""
    grouped = {group.topic.id for group in issue.groups}
    targets = {}
    for entry in _contents(issue):
        topic = entry.topic.id
        only_named = topic not in grouped and topic != issue.lead.topic
        target = f"topic-{topic}" if topic in grouped else "more" if only_named else "lead"
        targets[f"anchor.{topic}"] = target
    return targets


def _contents(issue: Issue) -> tuple[ContentsEntry, ...]:
    every = issue.all_stories
    counts = ((topic, sum(s.topic == topic.id for s in every)) for topic in issue.topics)
    return tuple(ContentsEntry(topic, count) for topic, count in counts if count)
