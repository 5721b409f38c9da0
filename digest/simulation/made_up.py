"""Subscribers and stories for a rehearsal that has none of its own; the same for the same seed."""

from datetime import date
from pathlib import Path
from random import Random
from zoneinfo import available_timezones

from digest.model import Subscription, Topic

_STORIES_A_DAY = 12
_TASTES = 7
_ADJECTIVES = ("early", "small", "quiet", "northern", "ancient", "rapid", "joint", "careful")
_NOUNS = ("survey", "record", "study", "archive", "sample", "model", "harbour", "signal")


def made_subscribers(count: int, topics: list[str], random: Random) -> list[Subscription]:
    """Subscribers in all zones and at all hours; many want the same topics, or all of them."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone)
    tastes = [tuple(random.sample(topics, min(3, len(topics)))) for _ in range(_TASTES)]
    return [
        Subscription(
            email=f"subscriber{number}@host{number % 41}.example.org",
            topics=random.choice([(), *tastes]),
            timezone=random.choice(zones),
            hour=None if number % 3 == 0 else random.randrange(24),
        )
        for number in range(count)
    ]


def write_stories(folder: Path, day: date, topics: list[Topic], random: Random) -> None:
    """The story files of a day, of different topics."""
    for number in range(_STORIES_A_DAY):
        topic = topics[number % len(topics)] if topics else None
        subject = random.choice(topic.keywords).rstrip("*") if topic and topic.keywords else "story"
        words = f"{random.choice(_ADJECTIVES)} {random.choice(_NOUNS)}"
        lines = [f"The {words} of {subject}, number {number} of {day}"]
        lines += [f"- It has {random.randrange(2, 900)} parts of {subject}." for _ in range(3)]
        file = folder / f"{day}" / f"{number:02}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", "utf-8")
