"""What a template lays out: an issue in the pieces of which its variants are made; pure.

The templates name each piece as a part; `order` says which parts a variant has, and where. Both go
by the same rules, so a variant put together from parts is what a direct render of it gives.
"""

from dataclasses import dataclass, replace

from digest.model import Group, Issue, Newsletter, Story, Topic, group_by_topic


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A line of the contents: a topic and how many stories it has."""

    topic: Topic
    count: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What the templates go through. A whole issue has a lead for each topic that may lead."""

    contents: tuple[ContentsEntry, ...]
    leads: tuple[Story, ...]
    groups: tuple[Group, ...]
    more: tuple[Story, ...]


def layout_of_all(issue: Issue, newsletter: Newsletter) -> Layout:
    """The pieces of every variant: each topic's first story may lead, and is in its group too.

    So is what stands in full only for subscribers of few topics; all others find it named.
    """
    leads: dict[str, Story] = {}
    for story in (*issue.stories, *issue.more):
        leads.setdefault(story.topic, story)
    return Layout(
        contents=_contents(issue),
        leads=tuple(leads.values()),
        groups=group_by_topic(_in_full_for_some(issue, newsletter), issue.topics),
        more=issue.more,
    )


def order(issue: Issue) -> list[str]:
    """The names of a variant's parts, in the order of the mail."""
    names = ["head"]
    entries = _contents(issue)
    if len(entries) > 1:
        names.append("contents")
        for number, entry in enumerate(entries):
            names += ["contents-gap"] * (number > 0) + [f"contents.{entry.topic.id}"]
        names.append("contents-end")
    names.append("mast-end")
    names.append(f"lead.{issue.lead.id}")
    for group in issue.groups:
        stories = [f"story.{story.id}" for story in group.stories]
        names += [f"group.{group.topic.id}", *stories, f"group-end.{group.topic.id}"]
    if issue.more:
        names += ["more", *(f"more.{story.id}" for story in issue.more), "more-end"]
    return [*names, "foot"]


def all_names(issue: Issue, newsletter: Newsletter) -> list[str]:
    """The names of all parts that some variant of the issue has."""
    in_full = _in_full_for_some(issue, newsletter)
    leads = layout_of_all(issue, newsletter).leads
    names: dict[str, None] = {}
    for lead in leads:
        below = (story for story in in_full if story.id != lead.id)
        names |= dict.fromkeys(order(replace(issue, stories=(lead, *below))))
    return list(names)


def _in_full_for_some(issue: Issue, newsletter: Newsletter) -> tuple[Story, ...]:
    return (*issue.stories, *issue.reserves(newsletter.stories_per_topic))


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
    every = (*issue.stories, *issue.more)
    counts = ((topic, sum(s.topic == topic.id for s in every)) for topic in issue.topics)
    return tuple(ContentsEntry(topic, count) for topic, count in counts if count)
