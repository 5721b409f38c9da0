"""What the first page says of each date."""

from datetime import date, datetime, timedelta

import pytest

from digest.issue_edits import EditKind
from digest.model import IssueCause, IssueState
from digest.services.overview.week import DayState, judge_day
from digest.store.issue_days import IssueDay
from tests.builders import DAY, NOON, newsletter

WEEKLY = newsletter(days=("fri",))
DAILY = newsletter()
SKIP = (EditKind.SKIP, "a holiday")
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


def made(state: IssueState, *, sealed_at: datetime | None = None, **more: object) -> IssueDay:
    values = {"reason": "why", "cause": None, "subject": "", "finished_at": None, **more}
    return IssueDay(1, "daily", DAY, state, sealed_at=sealed_at, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "issue", "stop", "state", "reason"),
    [
        (TOMORROW, None, None, DayState.COMING, ""),
        (TOMORROW, None, SKIP, DayState.SKIPPED, "a holiday"),
        (TOMORROW, None, (EditKind.HOLD, "wait"), DayState.HELD, "wait"),
        (DAY, made(IssueState.HELD), None, DayState.HELD, "why"),
        (DAY, made(IssueState.SENDING, sealed_at=NOON), SKIP, DayState.MADE, "why"),
        (YESTERDAY, made(IssueState.SKIPPED), None, DayState.SKIPPED, "why"),
        (
            YESTERDAY,
            made(IssueState.SKIPPED, cause=IssueCause.DAY_OVER),
            None,
            DayState.SKIPPED,
            "held until its day was over: why",
        ),
        (YESTERDAY, None, None, DayState.MISSED, ""),
    ],
)
def test_a_date_is_what_was_made_of_it_or_what_an_editor_decided(
    day: date, issue: IssueDay, stop: tuple[EditKind, str], state: DayState, reason: str
):
    found = judge_day(DAILY, day, None, NOON, issue, stop, began=YESTERDAY)
    assert found is not None
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize("began", [None, DAY])
def test_before_the_first_issue_none_was_missed(began):
    assert judge_day(DAILY, YESTERDAY, None, NOON, None, None, began) is None


def test_a_date_without_an_issue_is_left_out_unless_one_was_made_by_hand():
    assert judge_day(WEEKLY, TOMORROW, None, NOON, None, None, YESTERDAY) is None
    by_hand = made(IssueState.SENT, sealed_at=NOON)
    assert judge_day(WEEKLY, DAY, None, NOON, by_hand, None, YESTERDAY) is not None
