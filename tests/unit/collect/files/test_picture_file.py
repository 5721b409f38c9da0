"""A picture's path stays below the drop folder, whoever wrote it."""

import pytest

from digest.collect.files.picture_file import find_picture, is_picture_path, picture_beside


@pytest.mark.parametrize("path", ["a.jpg", "a b.PNG", "deep/er/a.webp", "é/ü.avif", "..a/b..jpg"])
def test_a_path_below_is_one(path):
    assert is_picture_path(path)


@pytest.mark.parametrize(
    "path",
    ["", "a.txt", "a", "/a.jpg", "../a.jpg", "a/../../b.jpg", "./a.jpg", "a//b.jpg", "a\\b.jpg",
     "c:a.jpg", "file:///a.jpg", "a\n.jpg", "a.jpg/", ".."],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_or_to_no_picture_is_none(path):
    assert not is_picture_path(path)


def test_what_is_there_is_found_and_what_leads_out_is_not(tmp_path):
    root = tmp_path / "seeds"
    (root / "deep").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(b"x")
    (root / "deep" / "a.jpg").write_bytes(b"x")
    (root / "inside.jpg").symlink_to(root / "deep" / "a.jpg")
    (root / "outside.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "loop.jpg").symlink_to(root / "loop.jpg")
    (root / "folder.jpg").mkdir()
    assert find_picture(root, "deep/a.jpg") == root / "deep" / "a.jpg"
    assert find_picture(root, "inside.jpg") == root / "inside.jpg"
    assert "leaves the folder" in str(find_picture(root, "outside.jpg"))
    assert "is not there" in str(find_picture(root, "loop.jpg"))
    assert "is not there" in str(find_picture(root, "deep/b.jpg"))
    assert "is no file" in str(find_picture(root, "folder.jpg"))


def test_the_picture_beside_a_story_has_its_stem_in_any_case():
    names = {name.lower(): name for name in ("Dust.MD", "dust.JPG", "dust.webp", "moon.png")}
    assert picture_beside("Dust.MD", names) == "dust.JPG"
    assert picture_beside("mars.md", names) is None
