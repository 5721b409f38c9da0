"""What is kept of a story's picture, on both databases."""

import os
from dataclasses import replace
from datetime import timedelta

from digest.model import Picture, PictureFile, RenderedIssue
from digest.pictures.folder import PictureFolder
from digest.services.pictures.orphans import remove_orphans
from digest.store import issues, pictures, stories
from digest.store.pictures import PictureRow
from tests.builders import DAY, NOON, issue, picture, story

KINDS = ("story", "mail", "logo", "draft", "young", "orphan")
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


def test_a_picture_that_nothing_names_is_removed_when_it_is_old(database, tmp_path):
    folder = PictureFolder(tmp_path)
    names = {kind: f"{number}" * 32 + ".jpg" for number, kind in enumerate(KINDS)}
    folder.put(dict.fromkeys(names.values(), b"picture"))
    for kind, name in names.items():
        if kind != "young":
            os.utime(tmp_path / name, (0, 0))
    (tmp_path / "notes.txt").write_text("not ours")
    os.utime(tmp_path / "notes.txt", (0, 0))

    def of(kind: str) -> Picture:
        file = PictureFile(names[kind], "", 600, 400, 7)
        return Picture("", file, file)

    with database.write() as connection:
        told = stories.add(connection, story(0), NOON)
        pictures.keep(connection, row(told), of("story"))
        sealed = issue(story(told, picture=of("mail")))
        rendered = RenderedIssue("n", {"head": f'<img src="/{names["logo"]}">'}, {})
        assert issues.seal(connection, sealed, NOON, rendered)
        issues.save_draft(
            connection, issue(story(9, picture=of("draft")), date=DAY + timedelta(days=1)), NOON
        )
    assert remove_orphans(database, folder, NOON) == 1
    left = {kind for kind, name in names.items() if (tmp_path / name).exists()}
    assert left == set(KINDS) - {"orphan"}
    assert (tmp_path / "notes.txt").exists()
    # What is put there again is as young as if it were new.
    folder.put({names["story"]: b"picture"})
    assert names["story"] not in {path.name for path in folder.older_than(NOON)}
