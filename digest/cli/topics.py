"""Commands for topics: list, set, and those that are learned: train, test."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

import typer

from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.json_output import say_json
from digest.cli.options import Json, ProjectFolder
from digest.cli.output import say
from digest.cli.stories import StoryName
from digest.cli.tables import say_table
from digest.errors import UsageError
from digest.merge.topic_model import SURE, Label, TopicModel
from digest.merge.topic_trial import (
    KeywordFigures,
    TrialFigures,
    cross_validate,
    try_keywords,
)
from digest.model import Topic, TopicTree
from digest.project import Project
from digest.services.stories import topic_training
from digest.services.stories.topic_file import StaleModel, leaf_ids, look_up, save
from digest.services.stories.topic_training import enough, learn, read_labels
from digest.text import plural

SHOWN_CONFUSIONS = 10


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the topics: their keywords, the stories that people gave them, and what is learned."""
    with project_of(folder) as project:
        labels = _labels(project)
        tree, model = project.config.topics, look_up(project.config)
    learned = model.topics if isinstance(model, TopicModel) else ()
    counts = Counter(label.topic for label in labels)
    rows = [_row(topic, tree, counts[topic.id], topic.id in learned) for topic in tree.topics]
    if as_json:
        say_json({"topics": rows, "model": _model_json(model)})
        return
    say_table(
        ["Topic", "Title", "Below", "Weight", "Keywords", "Hints", "Labelled", "Learned"],
        [
            (
                row["id"],
                row["title"],
                row["parent"] or "",
                f"{row['weight']:g}",
                row["keywords"],
                row["hints"],
                row["labels"],
                "yes" if row["learned"] else "",
            )
            for row in rows
        ],
    )
    say()
    say(_model_line(model))


def set_(
    story: StoryName,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="A topic's id or title.")],
    folder: ProjectFolder = None,
) -> None:
    """Give a story its topic, for good. A sealed issue stays as it is; training learns from it."""
    with project_of(folder) as project:
        chosen = _topic(project.config.topics, topic)
        story_before = topic_training.set_topic(
            project.database, story, chosen.id, project.clock(), name_of(None)
        )
    say(f"{story_before.id}, {story_before.headline}: {chosen.title} (was {story_before.topic}).")


def train(folder: ProjectFolder = None) -> None:
    """Learn the topics from the stories that people gave one: in their files, or by `set`."""
    with project_of(folder) as project:
        labels = _labels(project)
        model = learn(labels, project.config.topics, project.clock())
        path = save(project.config, model)
    say(f"Learned {plural(len(model.topics), 'topic')} from {plural(model.labels, 'story')}.")
    too_few = sorted({label.topic for label in labels} - set(model.topics))
    if too_few:
        say(f"Too few stories for: {', '.join(too_few)}.")
    say(f"Kept in {path}. How good it is: digest topics test")


def test(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """Say how good learned topics are: each labelled story is guessed without its own label.

    And what keywords alone would make of the labelled stories.
    """
    with project_of(folder) as project:
        labels, tree = _labels(project), project.config.topics
        figures = cross_validate(enough(labels), leaf_ids(tree))
        by_keywords = try_keywords(labels, tree.leaves_under(None))
    if as_json:
        say_json(_figures_json(figures) | {"keywords": asdict(by_keywords)})
        return
    _say_figures(figures)
    say()
    _say_keywords(by_keywords)


def _say_keywords(figures: KeywordFigures) -> None:
    right = f", {figures.right / figures.decided:.0%} of them rightly" if figures.decided else ""
    silent = figures.labels - figures.decided - figures.unsure
    say(f"Keywords alone decide {figures.decided:,} of {plural(figures.labels, 'story')}{right};")
    say(f"they are unsure of {figures.unsure:,}, and find no word in {silent:,}.")


def _figures_json(figures: TrialFigures) -> dict[str, Any]:
    return {
        "labels": figures.labels,
        "accuracy": figures.accuracy,
        "decided": figures.decided,
        "right": figures.right,
        "topics": [
            {
                "topic": entry.topic,
                "labels": entry.labels,
                "precision": entry.precision,
                "recall": entry.recall,
            }
            for entry in figures.topics
        ],
        "confusions": [list(entry) for entry in figures.confusions],
    }


def _labels(project: Project) -> list[Label]:
    with project.database.read() as connection:
        return read_labels(connection, project.config.topics)


def _topic(tree: TopicTree, name: str) -> Topic:
    topic = tree.find(name)
    if topic is None:
        ids = ", ".join(topic.id for topic in tree.topics)
        raise UsageError(
            f"{name!r} is not a topic of config/topics.toml", remedy=f"name one of: {ids}"
        )
    return topic


def _row(topic: Topic, tree: TopicTree, count: int, learned: bool) -> dict[str, Any]:
    return {
        "id": topic.id,
        "title": topic.title,
        "parent": topic.parent,
        "leaf": tree.is_leaf(topic),
        "weight": topic.weight,
        "keywords": len(topic.keywords),
        "hints": len(topic.hints),
        "labels": count,
        "learned": learned,
    }


def _model_json(model: TopicModel | StaleModel | None) -> dict[str, Any] | None:
    if isinstance(model, TopicModel):
        return {"made_at": model.made_at, "labels": model.labels, "words": len(model.rarity)}
    return {"reason": model.reason} if model else None


def _model_line(model: TopicModel | StaleModel | None) -> str:
    if model is None:
        return "Nothing is learned: keywords alone choose. `digest topics train` learns."
    if isinstance(model, StaleModel):
        return f"What was learned is not used: {model.reason}. Mend it: digest topics train"
    when = f"{model.made_at:%Y-%m-%d %H:%M} UTC"
    return f"Learned on {when} from {plural(model.labels, 'story')}."


def _say_figures(figures: TrialFigures) -> None:
    say(f"{figures.accuracy:.0%} of {plural(figures.labels, 'story')} guessed right.")
    right = f"; {figures.right / figures.decided:.0%} of them right" if figures.decided else ""
    say(f"Sure enough to decide (from {SURE:g} on): {figures.decided:,}{right}.")
    say()
    say_table(
        ["Topic", "Stories", "Precision", "Recall"],
        [
            (
                t.topic,
                t.labels,
                "-" if t.precision is None else f"{t.precision:.2f}",
                f"{t.recall:.2f}",
            )
            for t in figures.topics
        ],
    )
    if figures.confusions:
        say()
        say("Taken for another, most often:")
    for topic, guessed, count in figures.confusions[:SHOWN_CONFUSIONS]:
        say(f"  {count:4} {topic} for {guessed}")
