"""What somebody has to release, to mend or to approve is promised by no page and no mail."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from digest.app import make_issue_builder
from digest.issue_edits import Edit, EditKind
from digest.model import Subscription
from digest.roles import Role
from digest.services.issues.approve import Precondition, review
from digest.services.issues.drafts import untold_drafts
from digest.services.issues.edit import make_edits
from digest.services.issues.next_time import decided_dates, next_time
from digest.services.subscribers.signup import first_mail
from tests.admin_pages import AdminSite, admin_site
from tests.builders import DAY
from tests.contract.givens import subscribe
from tests.sites import DAILY, keep_story

TOMORROW = DAY + timedelta(days=1)
EVENING = DAILY + 'time = "18:00"\n'
APPROVED = (
    EVENING.replace('"daily"', '"approved"')
    + 'approval = "required"\nmin_stories = 2\ndraft_lead = 600\n'
)


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    with admin_site(tmp_path / "project", EVENING, APPROVED) as site:
        with site.project.database.write() as connection:
            subscribe(connection, "a@example.org")
            keep_story(connection, headline="A comet brightens")
        yield site


@pytest.mark.parametrize("kind", [EditKind.HOLD, EditKind.SKIP])
def test_a_date_that_an_editor_stopped_is_promised_to_nobody(pages, kind):
    project = pages.project
    letter = project.config.first_newsletter
    make_edits(project, letter, DAY, [Edit(kind, ("wait",))], "Ada")
    with project.database.read() as connection:
        at = next_time(connection, project, letter)
        hours, without = decided_dates(connection, project, letter)
    first = first_mail(letter, Subscription("b@example.org"), hours, project.clock(), without)
    assert at is not None
    assert at.date() == TOMORROW
    assert first == at
    assert "November 22, 2026" in pages.stranger().get("/").text


def test_today_names_what_has_to_happen_first(pages):
    project, browser = pages.project, pages.browser(Role.PUBLISHER)
    letter = project.config.first_newsletter
    page = browser.get("/admin").text
    assert page.count("<dt>Goes out</dt>") == 1
    assert page.count("<dt>If more stories come</dt>") == 1
    make_edits(project, letter, DAY, [Edit(EditKind.HOLD, ("wait",))], "Ada")
    page = browser.get("/admin").text
    assert "<dt>If released</dt>" in page
    assert "<dt>Goes out</dt>" not in page


def test_an_issue_that_is_skipped_leaves_its_newsletter_among_those_to_come(pages):
    letter = pages.project.config.first_newsletter
    make_edits(pages.project, letter, DAY, [Edit(EditKind.SKIP, ("a holiday",))], "Ada")
    page = pages.browser(Role.VIEWER).get("/admin").text
    assert f"/admin/issues/daily/{TOMORROW}" in page


def test_of_several_things_that_have_to_happen_each_is_named(pages):
    approved = pages.project.config.newsletter("approved")
    make_edits(pages.project, approved, DAY, [Edit(EditKind.HOLD, ("wait",))], "Ada")
    builder = make_issue_builder(pages.project)
    current = review(pages.project, builder, approved, DAY)
    assert current.conditions == [
        Precondition.RELEASED,
        Precondition.MORE_STORIES,
        Precondition.APPROVED,
    ]
    assert current.goes_by_itself_at is None
    page = pages.browser(Role.PUBLISHER).get(f"/admin/issues/approved/{DAY}/approval").text
    assert "Release it: it waits until more stories come" in page


def test_of_a_date_that_is_skipped_no_draft_is_told(pages):
    approved = pages.project.config.newsletter("approved")
    assert untold_drafts(pages.project) == [(approved, DAY)]
    make_edits(pages.project, approved, DAY, [Edit(EditKind.SKIP, ("a holiday",))], "Ada")
    assert untold_drafts(pages.project) == []
