"""A clock that cannot be right uses up no news and gives nobody up: real commands."""

import pytest

from digest.services.overview.concerns import ConcernKind, read_concerns
from tests.integration.conftest import DAY, serve, story_text
from tests.integration.website import wait_until, website
from tests.pipelines import open_pipeline

PAST, FUTURE = "2016-01-01T00:00:00Z", "2036-05-01T12:00:00Z"


@pytest.fixture
def waiting(project, inbox):
    """A project that ran on the 21st at 12:00, with a subscriber who waits for an hour, 13."""
    (project.root / "subscribers.csv").write_text("email,hour\nada@example.org,13\n")
    project.run("subscribers", "import", "subscribers.csv")
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port)
        project.run("run", "--quiet")
        yield project


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (PAST, "the clock says 1 Jan 2016 00:00 UTC, before the newest time in the database, "),
        (FUTURE, "the clock says 1 May 2036 12:00 UTC, long after the last run, "),
    ],
)
def test_nothing_is_collected_sealed_or_given_up_and_one_line_says_both_times(
    waiting, inbox, now, words
):
    waiting.drop("b.txt", story_text("A river runs dry"))
    before = waiting.json("status")
    for args in (["run", "--quiet"], ["collect"], ["send"], ["send", "--only-missing"]):
        ended = waiting.run(*args, status=1, DIGEST_NOW=now)
        assert ended.stdout == ""
        said, remedy = ended.stderr.splitlines()
        assert said.startswith(f"Error: {words}21 Nov 2026 12:00 UTC")
        assert "--clock-is-right" in remedy
    assert waiting.json("status") == before
    assert before["stopped"] is None
    told = waiting.run("status", status=None, DIGEST_NOW=now).stdout
    assert f"{words[:1].upper()}{words[1:]}21 Nov 2026 12:00 UTC" in told
    waiting.run("run", "--quiet", DIGEST_NOW=f"{DAY}T13:00:00Z")
    assert inbox.recipients == ["ada@example.org"]


def test_the_daemon_holds_too_and_goes_on_where_it_is_told_that_the_clock_is_right(waiting, inbox):
    with website(waiting, DIGEST_NOW=FUTURE) as site:
        wait_until(lambda: "tick failed" in site.log)
        site.stop()
    assert "long after the last run" in site.log
    assert waiting.json("status")["issues"][0]["deliveries"] == {"pending": 1}
    with website(waiting, "--clock-is-right", DIGEST_NOW="2027-03-01T12:00:00Z") as site:
        wait_until(lambda: 'event="given up"' in site.log)
        site.stop()


def test_the_desk_says_first_that_nothing_goes_out(waiting, monkeypatch):
    for name, value in waiting.env.items():
        monkeypatch.setenv(name, value)
    with open_pipeline(waiting.root) as pipeline:
        assert ConcernKind.CLOCK not in {one.kind for one in read_concerns(pipeline.project)}
    monkeypatch.setenv("DIGEST_NOW", FUTURE)
    with open_pipeline(waiting.root) as pipeline:
        first = read_concerns(pipeline.project)[0]
    assert (first.kind, first.is_grave) == (ConcernKind.CLOCK, True)
    assert "long after the last run" in first.text


def test_after_a_run_in_the_future_the_right_clock_is_said_once(waiting, inbox):
    given_up = waiting.run("run", "--clock-is-right", status=1, DIGEST_NOW="2036-01-01T00:00:00Z")
    assert "was given up" in given_up.stderr
    waiting.run("run", "--quiet", status=1, DIGEST_NOW=f"{DAY}T14:00:00Z")
    waiting.run("collect", "--clock-is-right", DIGEST_NOW=f"{DAY}T14:00:00Z")
    waiting.run("run", "--quiet", DIGEST_NOW=f"{DAY}T14:05:00Z")


def test_a_first_run_and_rehearsals_of_other_days_go_on(project):
    project.run("run", DIGEST_NOW=PAST)
    project.drop("a.txt", story_text("A galaxy far away"))
    project.run("preview", DIGEST_NOW=f"{DAY}T12:00:00Z")
    project.run("preview", DIGEST_NOW="2014-01-01T00:00:00Z")


def test_clocks_of_several_machines_may_differ(waiting):
    waiting.run("run", "--quiet", DIGEST_NOW=f"{DAY}T12:11:00Z")
    waiting.run("run", "--quiet", DIGEST_NOW=f"{DAY}T12:00:00Z")
