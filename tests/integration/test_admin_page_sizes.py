"""No page of the desk is over 100 KB, uncompressed, where issues have 200 stories."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from starlette.routing import Route

from digest.issue_edits import Edit, EditKind
from digest.model import Story
from digest.roles import Role
from digest.services.admins import accounts
from digest.services.issues.edit import edited_issue, make_edits
from digest.store import webhooks
from digest.web.app import admin_routes
from tests.admin_pages import AdminSite, admin_site
from tests.builders import DAY, NOON
from tests.contract.givens import given_subscribers, subscribe
from tests.sites import DAILY, keep_story, seal_issue

MOST_BYTES = 100_000
TOMORROW = DAY + timedelta(days=1)
LARGE = "max_stories = 100\nstories_per_topic = 100\nmax_more = 100\n"
TOPICS = ("space", "medicine", "physics", "climate", "oceans")
# What is no page of ours, or shown to one who has what the test has not.
NO_PAGES = {
    **dict.fromkeys(("mail", "source", "message", "text", "{part}"), "the mail: 102,000 bytes"),
    **dict.fromkeys(("changes", "subscribers", "live", "missed.csv"), "data for a script, a file"),
    "{upload}": "a list that is being imported: test_admin_subscribers.py",
    "{token}": "by a link alone",
    "{path:path}": "where there is no page",
    "log-in": "before there is anything to show",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[AdminSite]:
    with admin_site(tmp_path_factory.mktemp("sizes") / "project", DAILY + LARGE) as site:
        letter = site.project.config.first_newsletter
        with site.project.database.write() as connection:
            subscribe(connection, *given_subscribers(120))
            webhooks.add(
                connection, "https://example.org", (), "", "Ada", NOON, with_addresses=False
            )
            today = [story(connection, number, DAY) for number in range(200)]
            for number in range(230):
                story(connection, number, TOMORROW)
        seal_issue(site.pipeline, letter, today[:20], more=today[20:])
        told = stories_of(site)
        decided = [
            *(Edit(EditKind.HIDE, story=story.id) for story in told[-30:]),
            *(Edit(EditKind.HEADLINE, (f"{story.headline}!",), story.id) for story in told[:20]),
        ]
        make_edits(site.project, letter, TOMORROW, decided, "Ada")
        accounts.add_admin(site.project, "ben@example.org", "Ben", Role.EDITOR, "tests")
        yield site


@pytest.fixture(scope="module")
def owner(pages):
    return pages.browser(Role.OWNER)


def stories_of(pages: AdminSite) -> tuple[Story, ...]:
    """Those of the issue that is to come: 100 told, 100 named."""
    issue = edited_issue(pages.project, pages.project.config.first_newsletter, TOMORROW).issue
    assert issue is not None
    assert len(issue.stories) == len(issue.more) == 100
    return issue.all_stories


def story(connection, number: int, day: date):
    """One of many, as long as they are."""
    words = "A glacier’s melt water is traced to a lake below the ice, after years of doubt"
    return keep_story(
        connection,
        headline=f"{words}: report {number}",
        topic=TOPICS[number % len(TOPICS)],
        dropped=day,
        source_count=number % 3 + 1,
    )


def paths_of(route: Route, last_story: int) -> Iterator[str]:
    """The pages of a route: of a date that is to come, and of one that went out."""
    values = {"newsletter": "daily", "source": "seeds", "number": "1", "story": str(last_story)}
    for day in (TOMORROW, DAY) if "{day}" in route.path else (TOMORROW,):
        yield re.sub(r":\w+\}", "}", route.path).format(**values, day=day)


def test_no_page_is_over_100_kb_with_200_stories(pages, owner):
    last = stories_of(pages)[-1].id
    sizes = {}
    for route in admin_routes():
        assert isinstance(route, Route)
        if "GET" not in (route.methods or ()) or NO_PAGES.keys() & set(route.path.split("/")):
            continue
        answers = [owner.get(path) for path in paths_of(route, last)]
        shown = [answer for answer in answers if answer.status_code == 200]
        assert shown, f"{route.path}: no page was shown"
        sizes[route.path] = max(len(answer.content) for answer in shown)
    assert {path: size for path, size in sizes.items() if size > MOST_BYTES} == {}
