"""One date of a newsletter has another hour: all that goes by the hour goes by that one."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import IssueCause, IssueState
from digest.services.issues.edit import edits_made, redo_edit, release, reset, undo_edit
from digest.services.overview.week import DayState, read_days
from digest.store import audit
from tests.approval_world import DAY, ApprovalWorld, approval_worlds, at

MakeDay = Callable[..., ApprovalWorld]


@pytest.fixture
def world(tmp_path, sqlite_template) -> Iterator[MakeDay]:
    """Makes the day of a newsletter of 06:00 with a story and two subscribers."""
    with approval_worlds(tmp_path / "project", sqlite_template) as make:

        def with_story(**letter: object) -> ApprovalWorld:
            made = make(**letter)
            made.subscribe(2)
            made.collect("A galaxy far away")
            return made

        yield with_story


def hour(text: str) -> Edit:
    return Edit(EditKind.HOUR, (text,))


def shown(day: ApprovalWorld) -> tuple[DayState, object]:
    """How the first page has the date."""
    (entry,) = (entry for entry in read_days(day.project) if entry.date == DAY)
    return entry.state, entry.at


def test_it_goes_out_at_the_new_hour_and_not_at_the_usual_one(world):
    day = world()
    day.edit(hour("9:30"))
    assert shown(day) == (DayState.COMING, at("09:30"))
    assert day.tick("06:05") is None
    assert day.tick("09:29") is None
    assert day.tick("09:30").state is IssueState.SENT
    assert sum(day.mailed.values()) == 2


def test_an_earlier_hour_is_one_too(world):
    day = world()
    day.edit(hour("04:30"))
    assert day.tick("04:30").state is IssueState.SENT
    assert day.tick("06:00").sealed_at == at("04:30")
    assert sum(day.mailed.values()) == 2


def test_the_draft_the_cut_off_and_the_approval_go_by_it(world):
    day = world(
        approval="required",
        when_unapproved="send",
        editors=("ed@example.org",),
        draft_lead=60,
        cut_off=30,
    )
    day.edit(hour("09:00"))
    day.tick("07:59")
    assert day.told() == []
    day.tick("08:00")
    assert day.told() == [("ed@example.org", "review")]
    review = day.review()
    assert (review.goes_at, review.cut_off) == (at("09:00"), at("08:30"))
    day.now = at("08:29")
    day.collect("Just in time")
    day.now = at("08:30")
    day.collect("Too late")
    assert [story.headline for story in day.review().issue.stories].count("Too late") == 0
    assert "Just in time" in {story.headline for story in day.review().issue.all_stories}
    assert day.tick("08:59").state is IssueState.DRAFT
    assert day.tick("09:00").state is IssueState.SENT  # what nobody approved is sent at its hour


def test_it_changes_no_word_so_an_approval_outlives_it(world):
    day = world(approval="required")
    day.approve()
    day.edit(hour("09:00"))
    assert day.review().approval.valid is not None
    assert day.tick("06:00") is None
    assert day.tick("09:00").state is IssueState.SENT


def test_what_was_held_or_had_too_little_is_tried_at_the_new_hour(world):
    day = world(approval="required", min_stories=2)
    assert day.tick("06:00").cause is IssueCause.TOO_FEW
    day.edit(hour("09:00"))
    assert shown(day) == (DayState.COMING, at("09:00"))
    day.collect("A river runs dry")
    assert day.tick("08:00").state is IssueState.DRAFT
    assert day.tick("09:00").cause is IssueCause.UNAPPROVED


@pytest.mark.parametrize("text", ["24:00", "7", "noon", "07:60", ""])
def test_what_is_no_hour_is_refused(world, text):
    with pytest.raises(UsageError, match="is no hour"):
        world().edit(hour(text))


def test_no_change_lets_it_go_out_with_the_next_minute(world):
    day = world()
    day.now = at("05:00")
    with pytest.raises(UsageError, match=r"04:59 is past .* would go out at once") as refusal:
        day.edit(hour("04:59"))
    assert "digest send --date 2026-11-20" in str(refusal.value.remedy)
    day.edit(hour("09:00"))
    day.edit(hour("08:00"))
    last = edits_made(day.project, day.newsletter, DAY)[-1].id
    undo_edit(day.project, last, "ed")  # 09:00 counts, which is still to come
    day.now = at("08:30")
    with pytest.raises(UsageError, match="08:00 is past"):
        redo_edit(day.project, last, "ed")
    with pytest.raises(UsageError, match="06:00 is past"):
        reset(day.project, day.newsletter, DAY, EditKind.HOUR, "ed")
    assert shown(day) == (DayState.COMING, at("09:00"))
    assert day.tick("08:31") is None


def test_who_changed_it_and_what_it_was_before_is_on_record(world):
    day = world()
    day.edit(hour("09:00"), who="ada")
    day.edit(hour("10:00"), who="ben")
    first, second = edits_made(day.project, day.newsletter, DAY)
    assert [(record.before, record.made_by) for record in (first, second)] == [
        (("06:00",), "ada"),
        (("09:00",), "ben"),
    ]
    assert undo_edit(day.project, second.id, "cem").counting == first
    with day.database.read() as connection:
        actions = [entry.action for entry in audit.latest(connection, 3)]
    assert actions == ["undo: hour", "edit: hour", "edit: hour"]


def test_what_is_skipped_is_released_first_and_what_is_sealed_keeps_its_hour(world):
    day = world()
    day.edit(Edit(EditKind.SKIP, ("a holiday",)))
    with pytest.raises(UsageError, match="is skipped: a holiday"):
        day.edit(hour("09:00"))
    release(day.project, day.newsletter, DAY, "ed")
    day.edit(hour("09:00"))
    day.tick("09:00")
    for change in (lambda: day.edit(hour("11:00")), lambda: undo_edit(day.project, 2, "ed")):
        with pytest.raises(UsageError, match="was sealed"):
            change()


def test_a_late_evening_hour_has_until_after_midnight(world):
    day = world()
    day.edit(hour("23:50"))
    day.now = at("23:59") + timedelta(minutes=30)
    day.pipeline.run(telling=False)
    assert day.issue().state is IssueState.SENT
