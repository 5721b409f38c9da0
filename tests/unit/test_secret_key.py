"""The key that signs links: no other takes its place without a word, and none is left behind."""

from datetime import UTC, datetime

import pytest

from digest.check import examine
from digest.config import load_config
from digest.errors import DigestError
from digest.model import Subscription
from digest.new_project import create_project
from digest.render.links import Links
from digest.store import notices, subscribers
from tests.pipelines import open_pipeline

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ZERO, ONE, TWO, THREE = (f"{name} and what nobody guesses" for name in ("0", "1", "2", "3"))


@pytest.fixture
def root(tmp_path):
    create_project(tmp_path / "project")
    return tmp_path / "project"


def keys(root, *, new="", old=""):
    """Set the key, and the list of old ones where there are any."""
    lines = [f"DIGEST_SECRET_KEY={new}"] + ([f"DIGEST_OLD_SECRET_KEYS={old}"] if old else [])
    (root / ".env").write_text("\n".join(lines) + "\n")


def checked(root):
    return [each.level for each in examine(load_config(root)) if each.place == "secret_key"]


def links(root):
    with open_pipeline(root) as pipeline:
        return pipeline.project.links


def add_a_subscriber(root):
    with open_pipeline(root) as pipeline, pipeline.project.database.write() as connection:
        given_subscribers = [Subscription("ada@example.org", "Ada", ())]
        subscribers.put_all(connection, "science-daily", given_subscribers, NOW)


def in_use(root, key=ONE):
    """A project with a subscriber, opened once more since: its links are signed with this key."""
    keys(root, new=key)
    add_a_subscriber(root)
    return links(root).unsubscribe("daily", 7).rpartition("/")[2]


def files(root):
    return {path.name: path.read_bytes() for path in (root / "var").glob("secret*")}


def refused(root):
    """That nothing opens the project, that a check says so, and that nothing is written."""
    before = files(root)
    with pytest.raises(DigestError, match="this project's links were signed with") as caught:
        links(root)
    assert '"Changing the key" in docs/config.md' in str(caught.value.remedy)
    assert checked(root) == ["error"]
    assert files(root) == before
    return caught.value.message


def test_links_of_the_old_key_work_once_it_is_in_the_list_of_the_settings(root):
    token = in_use(root, ONE)
    keys(root, new=TWO, old=f'["{ZERO}", "{ONE}"]')
    assert links(root).read_token("unsubscribe", token) == ("daily", 7)
    fresh = links(root).unsubscribe("daily", 7).rpartition("/")[2]
    assert Links("https://x.test", TWO).read_token("unsubscribe", fresh) == ("daily", 7)
    assert checked(root) == []
    keys(root, new=ONE)
    refused(root)
    keys(root, new=THREE, old=f'["{TWO}"]')
    assert links(root).key == THREE


def test_another_key_is_refused_once_somebody_has_links(root):
    in_use(root, ONE)
    keys(root, new=TWO)
    assert "is not the one" in refused(root)
    keys(root, new=ONE)
    assert links(root).key == ONE


def test_without_the_env_file_no_second_key_is_made(root):
    in_use(root)
    (root / ".env").unlink()
    assert "is missing" in refused(root)
    assert "secret_key" not in files(root)


def test_a_machine_that_shares_the_database_makes_no_key_where_there_are_subscribers(root):
    in_use(root)
    (root / "var" / "secret_key.id").unlink()
    keys(root)
    assert "is missing" in refused(root)
    keys(root, new=ONE)
    assert links(root).key == ONE
    assert "secret_key.id" in files(root)


def test_whoever_was_mailed_a_confirmation_has_links(root):
    keys(root, new=ONE)
    with open_pipeline(root) as pipeline, pipeline.project.database.write() as connection:
        notices.queue(connection, "confirm", "science-daily", "a@example.org", "", None, {}, NOW)
    keys(root)
    refused(root)


def test_before_anybody_has_links_the_key_may_be_any(root):
    for key in (ONE, TWO, THREE):
        keys(root, new=key)
        assert links(root).key == key
        assert checked(root) == []
    assert files(root) == {}


def test_a_key_that_was_made_once_stays(root):
    keys(root)
    made = links(root).key
    assert (root / "var" / "secret_key").read_text() == made
    add_a_subscriber(root)
    assert links(root).key == made
    (root / "var" / "secret_key").unlink()
    refused(root)
    keys(root, old=f'["{made}"]')
    assert links(root).key != made


def test_a_key_from_the_settings_needs_no_folder_to_write_in(root):
    keys(root, new=ONE)
    (root / ".env").write_text(
        f"DIGEST_SECRET_KEY={ONE}\nDIGEST_DATABASE_URL=sqlite:///digest.db\n"
    )
    (root / "var").write_text("in the way")
    add_a_subscriber(root)
    assert links(root).key == ONE


def test_a_check_warns_of_a_key_that_was_left_behind_and_makes_none(root):
    keys(root)
    assert checked(root) == []
    assert files(root) == {}
    made = links(root).key
    keys(root, new=made)
    assert checked(root) == []
    keys(root, new=TWO)
    assert checked(root) == ["warning"]
    keys(root, new=TWO, old=f'["{made}"]')
    assert checked(root) == []


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_a_database_that_is_gone_is_refused_once_somebody_has_links_and_not_made_anew(root, left):
    in_use(root)
    database = root / "var" / "digest.db"
    kept = database.rename(root / "kept.db")
    if left == "an empty file":
        database.touch()
    for path in (root / "var").glob("digest.db-*"):
        path.unlink()
    with pytest.raises(DigestError, match="the database is empty or not there") as caught:
        links(root)
    assert '"A database that is lost" in docs/howto/restore.md' in str(caught.value.remedy)
    levels = {each.place: each.level for each in examine(load_config(root))}
    assert levels["database"] == "error"
    assert database.exists() is (left == "an empty file")
    kept.rename(database)
    assert links(root).key == ONE


def test_to_begin_anew_the_mark_is_taken_away(root):
    in_use(root)
    for path in (root / "var").iterdir():
        path.unlink()
    assert links(root).key == ONE
    assert checked(root) == []
