"""The first page of the editors: what comes next, what went wrong, and what one does about it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from digest.issue_edits import Edit, EditKind
from digest.model import DeliveryState
from digest.roles import Role
from digest.services.issues.edit import edits_made, make_edits
from digest.services.overview.concerns import ConcernKind, read_concerns
from digest.services.overview.week import DayState, read_days
from digest.store import delivery_counts, issues
from digest.store.schema import deliveries
from tests.admin_pages import AdminSite, admin_site
from tests.builders import DAY, NOON
from tests.contract.givens import lay_out, subscribe
from tests.pipelines import open_pipeline
from tests.sites import DAILY, fill, keep_story


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    with admin_site(tmp_path / "project") as site:
        yield site


def test_a_new_project_says_what_is_missing(pages):
    page = pages.browser(Role.OWNER).get("/admin").text
    assert "Nothing new was collected yet" in page
    assert "nothing runs" in page


def test_the_next_issue_is_told_with_its_subject_and_for_how_many(pages):
    with pages.project.database.write() as connection:
        subscribe(connection, "a@example.org", "b@example.org")
        keep_story(connection, headline="A <b>comet</b> brightens")
    page = pages.browser(Role.VIEWER).get("/admin").text
    assert "A &lt;b&gt;comet&lt;/b&gt; brightens" in page
    assert "<b>2</b>get it" in page
    assert "goes out by itself" in page
    assert "/admin/week" not in page  # a viewer sees, and no more


def test_a_date_is_skipped_and_comes_after_all(pages):
    browser = pages.browser(Role.PUBLISHER)
    day = {"newsletter": "daily", "date": str(DAY + timedelta(days=2))}
    answer = browser.submit("/admin/week/skip", {**day, "reason": "a <holiday>"})
    page = browser.get(answer.headers["location"]).text
    assert "There will be no Example Daily on Mon 23 Nov" in page
    assert "a &lt;holiday&gt;" in page
    assert "There will be no" not in browser.get("/admin").text  # it is said once
    browser.submit("/admin/week/release", day)
    assert "a &lt;holiday&gt;" not in browser.get("/admin").text


def test_the_next_issue_is_held_by_one_button_and_released_by_another(pages):
    with pages.project.database.write() as connection:
        subscribe(connection, "a@example.org")
        keep_story(connection)
    browser = pages.browser(Role.PUBLISHER)
    assert "Hold it" in browser.get("/admin").text
    held = {"newsletter": "daily", "date": str(DAY)}
    browser.submit("/admin/week/hold", held)
    page = browser.get("/admin").text
    assert "is held: nobody gets it now." in page
    assert "Let it go out" in page
    assert "Hold it" not in page
    browser.submit("/admin/week/release", held)
    assert "Hold it" in browser.get("/admin").text


def test_a_date_gets_another_hour_and_its_usual_one_again(pages):
    browser = pages.browser(Role.PUBLISHER)
    day = {"newsletter": "daily", "date": str(DAY + timedelta(days=2))}
    browser.submit("/admin/week/hour", {**day, "hour": "07:30"})
    page = browser.get("/admin").text
    assert "The hour of Example Daily of Mon 23 Nov is 07:30" in page
    assert "instead of 06:00" in page
    browser.submit("/admin/week/hour", {**day, "hour": ""})
    assert "instead of 06:00" not in browser.get("/admin").text
    browser.submit("/admin/week/hour", {**day, "date": str(DAY), "hour": "00:01"})
    assert "would go out at once" in browser.get("/admin").text


def test_a_newsletter_missed_no_date_before_its_first_issue(pages):
    fill(pages.pipeline, days=2)
    page = pages.browser(Role.VIEWER).get("/admin").text
    assert ">missed<" not in page
    other = DAILY.replace('"daily"', '"evening"')
    settings = pages.project.config.root / "config" / "digest.toml"
    settings.write_text(settings.read_text() + other)
    with open_pipeline(pages.project.config.root) as pipeline:
        days = read_days(pipeline.project)
    assert DayState.MISSED not in {day.state for day in days}


def test_what_a_publisher_said_of_when_it_goes_out_is_not_undone_by_an_editor(pages):
    letter = pages.project.config.first_newsletter
    day = DAY + timedelta(days=1)
    make_edits(pages.project, letter, day, [Edit(EditKind.HOLD, ("wait",))], "Publisher")
    path = f"/admin/issues/daily/{day}/edit"
    editor = pages.browser(Role.EDITOR)
    editor.submit(f"{path}/undo", {"edit": "1", "do": "undo"})
    assert "is for a publisher to say" in editor.get(path).text
    pages.browser(Role.PUBLISHER).submit(f"{path}/undo", {"edit": "1", "do": "undo"})
    (held,) = edits_made(pages.project, letter, day)
    assert held.undone_by == "Publisher"


@pytest.mark.parametrize("date", ["", "yesterday", "2026-11-31", "2020-01-01"])
def test_what_cannot_be_is_refused_with_the_reason(pages, date):
    browser = pages.browser(Role.PUBLISHER)
    answer = browser.submit("/admin/week/skip", {"newsletter": "daily", "date": date})
    assert answer.status_code == 303
    assert 'role="alert"' in browser.get("/admin").text


def test_what_failed_and_is_in_doubt_is_told_with_where_to_look(pages):
    fill(pages.pipeline, days=0)
    letter = pages.project.config.first_newsletter
    with pages.project.database.write() as connection:
        numbers = subscribe(connection, *(f"{name}@example.org" for name in "abc"))
        record = issues.find(connection, "daily", DAY)
        assert record is not None
        lay_out(connection, record.id, NOON, letter)
        for number, state in zip(
            numbers, (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.IN_DOUBT), strict=True
        ):
            where = deliveries.c.subscriber_id == number
            delivery_counts.update(connection, where, state=state)
    kinds = [concern.kind for concern in read_concerns(pages.project)]
    assert kinds == [ConcernKind.FAILED, ConcernKind.IN_DOUBT]
    browser = pages.browser(Role.PUBLISHER)
    page = browser.get("/admin").text
    assert "1 mail of Example Daily of Sat 21 Nov failed" in page
    assert f"/admin/issues/daily/{DAY}/sending" in page
    browser.submit("/admin/week/pause", {"newsletter": "daily", "date": str(DAY)})
    assert "paused by Publisher" in browser.get("/admin").text
    browser.submit("/admin/week/resume", {"newsletter": "daily", "date": str(DAY)})
    assert "paused by" not in browser.get("/admin").text
