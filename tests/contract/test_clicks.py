"""How often the links of stories are followed, as both databases count it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.app import make_links
from digest.config import load_config
from digest.model import SourceRef
from digest.new_project import create_project
from digest.project import Project
from digest.services import old_records
from digest.services.overview.figures import read_figures
from digest.services.site.click_counter import ClickCounter
from digest.services.site.counted_links import CountedLinks, StoryLinks
from digest.store import clicks, issues
from digest.store.clicks import ClickKey
from digest.store.schema import clicks as click_table
from tests.builders import DAY, NOON, issue
from tests.contract.givens import add_story
from tests.sites import DAILY

REPORT = SourceRef("Example Times", "https://example.org/report")


@pytest.fixture
def project(database, tmp_path):
    create_project(tmp_path / "project")
    settings = tmp_path / "project" / "config" / "digest.toml"
    settings.write_text(DAILY + "count_clicks = true\n")
    config = load_config(tmp_path / "project")
    return Project(config, database, lambda: NOON, make_links(config, "a key"))


def test_numbers_are_added_up_by_issue_story_and_day(database):
    before = DAY - timedelta(days=1)
    with database.write() as connection:
        moon, pill = (add_story(connection, name) for name in ("A moon", "A pill"))
        first = issues.seal(connection, issue(moon), NOON)
        second = issues.seal(connection, issue(pill, newsletter="weekly"), NOON)
        assert first
        assert second
        one, two = ClickKey(first, moon.id, DAY), ClickKey(first, moon.id, before)
        clicks.add(connection, {one: 2, two: 1, ClickKey(second, pill.id, DAY): 9})
        clicks.add(connection, {one: 3})
        clicks.add(connection, {})
    with database.read() as connection:
        assert clicks.by_day(connection, "daily", before) == {DAY: 5, before: 1}
        assert clicks.by_day(connection, "daily", DAY) == {DAY: 5}
        (told,) = clicks.by_story(connection, "daily", before, 9)
        assert (told.story_id, told.headline, told.issued, told.count) == (
            (moon.id, moon.headline, DAY, 6)
        )
        assert clicks.by_story(connection, "daily", before, 0) == []
    with database.write() as connection:
        assert clicks.delete_before(connection, DAY, 500) == 1
        assert clicks.by_day(connection, "daily", before) == {DAY: 5}


def test_what_was_gathered_is_written_together_shown_and_deleted_in_time(project):
    with project.database.write() as connection:
        moon = add_story(connection, "A moon", sources=(REPORT,))
        assert issues.seal(connection, issue(moon), NOON)
    counter, links = ClickCounter(project), CountedLinks(project)
    found = links.find("daily", moon.id)
    assert found is not None
    assert found.targets[1] == REPORT.url
    assert links.find("weekly", moon.id) is None
    for host in ("203.0.113.1", "198.51.100.1", "127.0.0.1", "127.0.0.1", None):
        counter.count(found, host)
    counter.write()
    counter.count(found, "203.0.113.9")  # the network of the first
    counter.write()
    # Of an issue that is not here: the database was replaced while the site ran.
    counter.count(StoryLinks("daily", 10**6, moon.id, {}), None)
    counter.write()
    (letter,) = project.config.settings.newsletters
    figures = read_figures(project, letter).clicks
    assert figures is not None
    assert (len(figures.days), figures.days[-1].day, figures.days[-1].count) == (30, DAY, 5)
    assert [(story.story_id, story.count) for story in figures.stories] == [(moon.id, 5)]

    a_year = project.config.settings.keep.clicks
    for days, left in ((a_year, 1), (a_year + 1, 0)):
        later = Project(
            project.config,
            project.database,
            lambda days=days: NOON + timedelta(days=days),  # type: ignore[misc]
            project.links,
        )
        old_records.delete_old_records(later, lambda: False)
        with project.database.read() as connection:
            count = sa.select(sa.func.count()).select_from(click_table)
            assert connection.scalar(count) == left
