"""The whole day over both databases, by several processes at once, one of them killed."""

from digest.new_project import create_project
from tests.commands import Command
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


def test_killed_and_killed_again_everyone_has_the_mail_and_doubt_is_on_record(url, tmp_path):
    project, inbox = a_project(tmp_path, url), Inbox()
    given_subscribers = project.add_subscribers(150)
    batch, kills = 10, 4
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH=str(batch), DIGEST_SMTP_CONNECTIONS="3")
        for kill in range(1, kills + 1):
            process = project.popen("run")
            at = 30 * kill

            def kill_at(box: Inbox, at: int = at, victim: Command = process) -> None:
                if len(box.messages) >= at:
                    victim.kill()

            inbox.at_data = kill_at
            process.communicate(timeout=120)
            assert process.returncode == -9
        inbox.at_data = lambda _box: None
        (issue,) = project.json("run")["issues"]
    assert set(inbox.recipients) == set(given_subscribers)
    assert issue["deliveries"] == {"sent": 150}
    assert 1 <= issue["in_doubt"] <= kills * batch
    twice = {r for r in given_subscribers if inbox.recipients.count(r) > 1}
    assert len(twice) <= issue["in_doubt"]
