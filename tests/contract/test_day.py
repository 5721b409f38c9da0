"""The whole day over both databases, by several processes at once; how they die: tests/chaos."""

from digest.new_project import create_project
from tests.integration.conftest import DAY, Inbox, Project, serve, story_text


def a_project(tmp_path, url: str) -> Project:
    create_project(tmp_path / "project")
    project = Project(tmp_path / "project")
    project.env["DIGEST_DATABASE_URL"] = url
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    return project


def test_runs_at_the_same_time_mail_everyone_once(url, tmp_path):
    project, inbox = a_project(tmp_path, url), Inbox()
    given_subscribers = project.add_subscribers(120)
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="10", DIGEST_SMTP_CONNECTIONS="2")
        running = [project.popen("run") for _ in range(3)]
        ended = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0], ended
    assert sorted(inbox.recipients) == sorted(given_subscribers)
    (issue,) = project.json("status")["issues"]
    assert (issue["deliveries"], issue["in_doubt"]) == ({"sent": 120}, 0)
