"""The key that signs links, as the settings have it, and a warning of one left behind."""

import pytest

from digest.app import make_renderer
from digest.config import load_config
from digest.health import examine
from digest.project import create_project
from digest.render.links import Links


@pytest.fixture
def root(tmp_path):
    create_project(tmp_path / "project")
    return tmp_path / "project"


def keys(root, *, new="", old=""):
    """Set the key, and the list of old ones where there are any."""
    lines = [f"DIGEST_SECRET_KEY={new}"] + ([f"DIGEST_OLD_SECRET_KEYS={old}"] if old else [])
    (root / ".env").write_text("\n".join(lines) + "\n")


def warned(root):
    return [each.level for each in examine(root) if each.place == "secret_key"]


def links(root):
    return make_renderer(load_config(root)).links


def test_links_of_the_old_key_work_once_it_is_in_the_list_of_the_settings(root):
    keys(root, new="one")
    token = links(root).unsubscribe("daily", 7).rpartition("/")[2]
    keys(root, new="two")
    assert links(root).read_token("unsubscribe", token) is None
    keys(root, new="two", old='["zero", "one"]')
    assert links(root).read_token("unsubscribe", token) == ("daily", 7)
    fresh = links(root).unsubscribe("daily", 7).rpartition("/")[2]
    assert Links("https://x.test", "two").read_token("unsubscribe", fresh) == ("daily", 7)


def test_a_check_warns_of_a_key_that_was_left_behind(root):
    keys(root)
    assert warned(root) == []
    made = links(root).key
    assert (root / "var" / "secret_key").read_text() == made
    keys(root, new=made)
    assert warned(root) == []
    keys(root, new="two")
    assert warned(root) == ["warning"]
    keys(root, new="two", old=f'["{made}"]')
    assert warned(root) == []
