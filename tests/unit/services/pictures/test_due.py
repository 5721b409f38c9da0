"""When a picture is worth trying: once, when it is another, and on the web after an hour again."""

from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import Image
from digest.services.pictures.due import WantedPicture, is_due, stories_to_show
from digest.store.pictures import PictureRow
from tests.builders import NOON, issue, newsletter, story

WEB = WantedPicture(1, "https://example.org/a.jpg", Image("https://example.org/a.jpg"))
FILE = WantedPicture(1, "a.jpg 900 17", Image("a.jpg"), Path("seeds"))


def tried(origin: str, reason: str = "", hours: float = 2) -> PictureRow:
    return PictureRow(1, origin, None, reason, NOON - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("wanted", "row", "due"),
    [
        (WEB, None, True),
        (WEB, tried(WEB.origin), False),
        (WEB, tried("https://example.org/b.jpg"), True),
        (WEB, tried(WEB.origin, "answered 503"), True),
        (WEB, tried(WEB.origin, "answered 503", hours=0.5), False),
        (FILE, None, True),
        (FILE, tried(FILE.origin), False),
        (FILE, tried("a.jpg 900 16"), True),
        (FILE, tried(FILE.origin, "is damaged"), False),
        # A story without a picture is not tried; one that lost its own is.
        (WantedPicture(1, ""), None, False),
        (WantedPicture(1, ""), tried(WEB.origin), True),
        (WantedPicture(1, ""), tried(""), False),
    ],
)
def test_what_is_worth_trying(wanted, row, due):
    assert is_due(wanted, row, NOON) is due


def test_stories_have_pictures_that_somebody_gets_in_full():
    told = issue(story(1), story(2), more=tuple(story(n) for n in range(3, 9)))
    letter = newsletter(stories_per_topic=4)
    assert [shown.id for shown in stories_to_show(told, letter)] == [1, 2, 3, 4]
    assert stories_to_show(told, newsletter(images="none")) == ()
