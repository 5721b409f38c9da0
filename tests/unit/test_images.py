"""The pictures in the documents are there, as the tool that makes them makes them."""

import re

import pytest
from PIL import Image

from tests.paths import ROOT
from tools import shoot_desk, shoot_readme

SIZES = shoot_readme.SIZES | shoot_desk.SIZES

SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)]*images/[^)]+)\)")


@pytest.mark.parametrize("name", SIZES)
def test_each_has_the_size_that_the_tool_gives_it_and_loads_fast(name):
    file = ROOT / "docs" / "images" / name
    with Image.open(file) as image:
        assert image.size == SIZES[name]
    assert file.stat().st_size < 900_000


def test_no_picture_is_left_that_no_document_shows():
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {path for text in documents for _, path in SHOWN.findall(text.read_text())}
    files = {file.name for file in (ROOT / "docs" / "images").iterdir()}
    assert files == {path.rpartition("/")[2] for path in shown}


@pytest.mark.parametrize("document", ["README.md", "docs/look.md"])
def test_documents_show_them_and_say_what_is_on_them(document):
    (shown,) = SHOWN.findall((ROOT / document).read_text())
    assert len(shown[0]) > 30
    assert (ROOT / document).parent.joinpath(shown[1]).is_file()
