"""An issue is paused, resumed and stopped while it is sent: nobody is lost or mailed twice."""

import time
from collections import Counter
from collections.abc import Iterator
from threading import Thread

import pytest

from digest.errors import DigestError, UsageError
from digest.faulty_smtp import FaultServer, serving
from digest.model import DeliveryState, IssueState, Outcome, StopKind, Verdict
from digest.services.delivery import pause_and_stop
from digest.services.delivery.accounts import draw_accounts
from digest.services.delivery.missed import AGAIN, missed_groups, missed_lines, retry
from digest.store import deliveries
from tests.approval_world import DAY, ApprovalWorld, approval_worlds, at
from tests.integration.conftest import DAY as TODAY
from tests.integration.conftest import story_text
from tests.sampling import WHOLE

MANY = 600


@pytest.fixture
def day(tmp_path, sqlite_template) -> Iterator[ApprovalWorld]:
    with approval_worlds(tmp_path / "project", sqlite_template) as make:
        made = make()
        made.collect("A galaxy far away")
        made.now = at("06:00")
        yield made


def counts(day: ApprovalWorld) -> dict[str, int]:
    record = day.issue()
    assert record is not None
    with day.database.read() as connection:
        assert list(draw_accounts(connection, record).faults()) == []
        return deliveries.counts(connection, record.id)


def when_mailed(day: ApprovalWorld, count: int, act) -> None:
    """Do something, as another process, once so many messages are out."""

    def on_mail(total: int) -> None:
        if total == count:
            Thread(target=act).start()

    day.on_mail = on_mail


def test_a_running_send_is_paused_and_resumed_and_nobody_is_lost_or_mailed_twice(day):
    day.subscribe(MANY)
    day.pace = 0.005
    when_mailed(day, 50, lambda: pause_and_stop.pause(day.project, day.newsletter, DAY, "pia"))
    outcome = day.pipeline.run(telling=False)
    assert outcome.stopped is not None
    assert outcome.stopped.kind is StopKind.PAUSED
    paused = counts(day)
    assert 50 <= paused[DeliveryState.SENT] < MANY
    assert set(paused) == {DeliveryState.SENT, DeliveryState.PENDING}
    assert day.tick("06:01").reason == "paused by pia"
    assert day.mailed.total() == paused[DeliveryState.SENT], "a round sends nothing of it"
    day.pace = 0.0
    day.now = day.now.replace(day=22)  # so late that all would be given up
    pause_and_stop.resume(day.project, day.newsletter, DAY, "pia")
    day.pipeline.run(telling=False)
    assert counts(day) == {DeliveryState.SENT: MANY}
    assert set(day.mailed.values()) == {1}
    assert day.issue().state is IssueState.SENT


def test_what_is_stopped_for_good_goes_to_nobody_more(day):
    day.subscribe(MANY)
    day.pace = 0.005
    why = "the lead is wrong"
    when_mailed(day, 50, lambda: pause_and_stop.stop(day.project, day.newsletter, DAY, "pia", why))
    day.pipeline.run(telling=False)
    stopped = counts(day)
    assert set(stopped) == {DeliveryState.SENT, DeliveryState.SKIPPED}
    assert stopped[DeliveryState.SENT] == day.mailed.total()
    record = day.tick("06:01")
    assert (record.state, record.reason) == (
        IssueState.STOPPED,
        "stopped by pia: the lead is wrong",
    )
    with pytest.raises(UsageError, match="it is not paused"):
        pause_and_stop.resume(day.project, day.newsletter, DAY, "pia")
    with pytest.raises(DigestError, match="is stopped by pia"):
        day.pipeline.send_missing([day.newsletter], DAY)
    assert day.mailed.total() == stopped[DeliveryState.SENT]
    with day.database.read() as connection:
        (group,) = missed_groups(connection, record.id, [DeliveryState.SKIPPED])
    assert (group.reason, group.count) == (
        "the issue was stopped before its turn came",
        stopped[DeliveryState.SKIPPED],
    )


def test_who_failed_is_listed_by_the_servers_words_and_only_they_are_tried_again(day):
    day.subscribe(4)
    full = "552 5.2.2 <{}> is over quota, id {}"

    def answer(envelope):
        number = int(envelope.recipient[10])
        if number < 2:
            return Outcome(Verdict.REJECTED, full.format(envelope.recipient, number), 552)
        return day.accept(envelope)

    day.answer = answer
    day.pipeline.run(telling=False)
    record = day.issue()
    with day.database.read() as connection:
        (group,) = missed_groups(connection, record.id)
        lines = list(missed_lines(connection, record.id, AGAIN, group.reason))
    assert (group.words, group.count) == ("552 5.2.2 … is over quota, id …", 2)
    assert [line.email for line in lines] == ["subscriber0@example.org", "subscriber1@example.org"]
    day.answer = day.accept
    assert retry(day.project, day.newsletter, DAY, "pia", words="something else") == 0
    assert retry(day.project, day.newsletter, DAY, "pia", words=group.reason) == 2
    day.tick("06:02")
    assert counts(day) == {DeliveryState.SENT: 4}
    assert set(day.mailed.values()) == {1}


def test_what_is_not_under_way_cannot_be_paused(day):
    with pytest.raises(UsageError, match="is not sealed"):
        pause_and_stop.pause(day.project, day.newsletter, DAY, "pia")
    day.subscribe(1)
    day.pipeline.run(telling=False)
    with pytest.raises(UsageError, match="is sent: nothing of it can be paused"):
        pause_and_stop.pause(day.project, day.newsletter, DAY, "pia")


def test_two_processes_end_within_seconds_of_a_pause_and_go_on_after_it(project):
    """By commands, before a real server: 20,000 subscribers where all is run."""
    many = 20_000 if WHOLE else 500
    server = FaultServer()
    with serving(server) as port:
        project.use_smtp(port, DIGEST_SMTP_PER_SECOND=str(many // 6))
        project.drop(f"{TODAY}/a.txt", story_text("A galaxy far away"))
        everybody = project.add_subscribers(many)
        runs = [project.popen("run"), project.popen("run")]
        deadline = time.monotonic() + 60
        while len(server.recipients) < many // 10:
            assert time.monotonic() < deadline, "nothing goes out"
            time.sleep(0.05)
        told = project.run("issue", "pause", "--by", "pia").stdout
        began = time.monotonic()
        assert "paused" in told
        for run in runs:
            _, err = run.communicate(timeout=30)
            assert run.wait() == 0, err
        assert time.monotonic() - began < 15
        got = Counter(server.recipients)
        assert len(got) < many
        project.run("run")
        assert Counter(server.recipients) == got, "a run sends nothing of it"
        project.run("issue", "resume")
        project.run("run", DIGEST_SMTP_PER_SECOND="0")
    copies = Counter(server.recipients)
    assert set(copies) == set(everybody), "nobody is lost"
    assert set(copies.values()) == {1}, "nobody is mailed twice"
