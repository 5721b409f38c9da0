"""What is kept of a story's picture, on both databases."""

from dataclasses import replace
from datetime import timedelta

from digest.store import pictures, stories
from digest.store.pictures import PictureRow
from tests.builders import NOON, picture, story

SHOWN = picture(alt="Ein Bild: „ä“")


def row(story_id: int, origin: str = "a.jpg 9 1", reason: str = "") -> PictureRow:
    return PictureRow(story_id, origin, None if reason else "hash", reason, NOON)


def test_a_picture_is_its_storys_until_another_takes_its_place(database):
    with database.write() as connection:
        number = stories.add(connection, story(0), NOON)
        pictures.keep(connection, row(number), SHOWN)
    with database.read() as connection:
        kept = stories.get(connection, number)
        assert kept is not None
        assert kept.picture == SHOWN
        assert pictures.of_stories(connection, [number, 99]) == {number: row(number)}
        assert pictures.stories_with(connection, "hash") == {number}
    with database.write() as connection:
        pictures.keep(connection, row(number, "a.jpg 9 2", "is damaged"), None)
    with database.read() as connection:
        kept = stories.get(connection, number)
        assert kept is not None
        assert kept.picture is None
        assert pictures.of_stories(connection, [number])[number].reason == "is damaged"
        assert pictures.stories_with(connection, "hash") == frozenset()


def test_a_story_that_is_told_otherwise_keeps_its_picture(database):
    with database.write() as connection:
        number = stories.add(connection, story(0), NOON)
        pictures.keep(connection, row(number), SHOWN)
        told = replace(story(number), headline="Another")
        stories.update(connection, told, NOON + timedelta(hours=1))
        kept = stories.get(connection, number)
    assert kept is not None
    assert (kept.headline, kept.picture) == ("Another", SHOWN)


def test_of_a_story_that_is_gone_nothing_is_kept(database):
    with database.write() as connection:
        number = stories.add(connection, story(0), NOON)
        pictures.keep(connection, row(number), SHOWN)
        stories.drop(connection, number)
        assert pictures.of_stories(connection, [number]) == {}
        pictures.keep(connection, row(number), SHOWN)
        assert pictures.of_stories(connection, [number]) == {}
