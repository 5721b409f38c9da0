"""What lies below /static: which file is meant, at which address, and colours to be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Topic
from digest.render.colours import DARK_CARD, LIGHT_CARD, READABLE, contrast
from digest.web.assets import OURS, PAPER, Assets, topic_colours
from tests.builders import TREE, newsletter

LETTERS = (newsletter(),)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_a_topic_of_any_colour_can_be_read_on_light_and_on_dark(colour):
    light, dark = re.findall(
        r"\.t-x\{color:(#\w+)\}", topic_colours([Topic("x", "X", None, (), colour)])
    )
    for ground in (PAPER, LIGHT_CARD):
        assert contrast(light, ground) >= READABLE
    for ground in (DARK_CARD, "#101113"):
        assert contrast(dark, ground) >= READABLE


def test_the_papers_colour_is_the_one_of_the_style_sheet():
    assert f"--paper: {PAPER};" in (OURS / "frame.css").read_text()
    assert f"--card: {DARK_CARD};" in (OURS / "frame.css").read_text()


def test_a_projects_own_file_wins_and_has_an_address_of_its_own(tmp_path):
    ours = Assets(tmp_path / "none", TREE.topics, LETTERS)
    (tmp_path / "forms.js").write_text("own")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / "folder").mkdir()
    own = Assets(tmp_path, TREE.topics, LETTERS)
    found = own.find("forms.js")
    assert found is not None
    assert found.body == b"own"
    assert own.address("forms.js") != ours.address("forms.js")
    assert own.address("site.css") == ours.address("site.css")
    for name in (".hidden", "folder", "nothing"):
        assert own.find(name) is None
        assert own.address(name) == f"/static/{name}"


def test_a_topic_of_another_colour_is_another_style_sheet(tmp_path):
    blue, red = (Topic("x", "X", None, (), colour) for colour in ("#0000ff", "#ff0000"))
    assert Assets(tmp_path, [blue], LETTERS).address("frame.css") != Assets(
        tmp_path, [red], LETTERS
    ).address("frame.css")


@pytest.mark.parametrize(
    "name", ["site.css", "frame.css", "forms.js", "icon.svg", "apple-touch-icon.png"]
)
def test_only_the_version_that_was_asked_for_is_kept_for_ever(tmp_path, name):
    assets = Assets(tmp_path, TREE.topics, LETTERS)
    version = assets.address(name).partition("?v=")[2]
    for asked, lasting in ((version, True), ("", False), ("old", False)):
        found = assets.find(name, asked)
        assert found is not None
        assert (b"immutable" in dict(found.head)[b"cache-control"]) == lasting
