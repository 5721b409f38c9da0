"""An issue that needs approval: what is approved is what goes out, or nothing does."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from digest.compose.approval import what_changed
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import IssueCause, IssueState, SourceRef
from digest.services.issues.approve import pull_back
from digest.services.issues.edit import make_edits, release
from digest.services.issues.waive import let_pass
from digest.services.stories.correct import correct
from digest.store import approvals, audit
from digest.web.site import Site
from tests.approval_world import DAY, LETTER, ApprovalWorld, approval_worlds, at
from tests.builders import issue, story
from tests.feed_farm import Farm, Stall

REQUIRED = {"approval": "required", "editors": ("ed@example.org",)}
MakeDay = Callable[..., ApprovalWorld]


@pytest.fixture
def world(tmp_path, sqlite_template) -> Iterator[MakeDay]:
    """Makes the day of a newsletter with two stories and three subscribers."""
    with approval_worlds(tmp_path / "project", sqlite_template) as make:

        def with_stories(**letter: Any) -> ApprovalWorld:
            made = make(**(REQUIRED | letter))
            made.subscribe(3)
            for headline in ("A galaxy far away", "A river runs dry"):
                made.collect(headline)
            return made

        yield with_stories


def test_without_approval_it_waits_at_its_hour_and_goes_out_once_it_is_given(world):
    day = world()
    held = day.tick("06:00")
    assert (held.state, held.cause, held.reason) == (
        IssueState.HELD,
        IssueCause.UNAPPROVED,
        "nobody approved it",
    )
    assert day.tick("06:01").state is IssueState.HELD
    assert day.told() == [("ed@example.org", "not-sent")], "once"
    day.approve()
    assert day.issue().state is IssueState.DRAFT
    assert day.tick("06:02").state is IssueState.SENT
    assert len([address for address in day.mailed if address.startswith("subscriber")]) == 3
    with day.database.read() as connection:
        assert audit.latest(connection, 1)[0].action == "approve"


def test_what_is_sealed_is_exactly_what_was_approved_though_a_story_arrives_between(world):
    day = world()
    approved = day.approve()
    day.now = at("05:00")
    late = day.collect("A comet, of all things", source_count=9)
    sealed = day.tick("06:00")
    assert sealed.state is IssueState.SENT
    assert (sealed.issue, sealed.rendered) == (approved.issue, approved.rendered)
    assert late not in {told.id for told in sealed.issue.all_stories}
    assert all(b"A comet" not in envelope.message for envelope in day.messages)


def test_one_more_source_of_a_story_voids_nothing_and_is_not_told(world):
    day = world()
    approved = day.approve()
    more = (SourceRef("Example Times"), SourceRef("Example Post"))
    day.retell(approved.issue.lead.id, sources=more, source_count=2)
    sealed = day.tick("06:00")
    assert sealed.state is IssueState.SENT
    assert sealed.issue == approved.issue


def test_an_edit_after_the_approval_voids_it_with_the_reason(world):
    day = world()
    number = day.approve().issue.lead.id
    day.edit(Edit(EditKind.HEADLINE, ("A galaxy, nearer",), number))
    assert day.review().approval.void == "ed changed the issue after that"
    held = day.tick("06:00")
    assert held.state is IssueState.HELD
    assert held.reason == "the approval of pia is void: ed changed the issue after that"
    day.approve()
    assert day.tick("06:01").issue.lead.headline == "A galaxy, nearer"


def test_other_words_of_a_story_void_it_before_the_hour_and_editors_are_told(world):
    day = world()
    number = day.approve().issue.lead.id
    day.retell(number, bullets=("Thirty are hurt, not three.",))
    day.tick("05:00")
    assert day.told() == [("ed@example.org", "review")]
    with day.database.read() as connection:
        ended = approvals.last_ended(connection, LETTER, DAY)
    assert ended is not None
    assert ended.end_reason == f"story {number}: its bullets changed"
    assert day.tick("05:01") is None
    assert len(day.told()) == 1, "once"


def test_what_was_sealed_before_its_hour_was_approved_and_nothing_voids_that(world):
    day = world()
    day.approve()
    day.now = at("05:00")
    day.pipeline.seal(day.newsletter, DAY, at_once=True)  # `digest send`
    assert day.tick("05:01").state is IssueState.SENT
    assert day.told() == []
    with day.database.read() as connection:
        assert approvals.last_ended(connection, LETTER, DAY) is None


def test_a_hold_between_changes_no_word_and_the_approval_counts_after_it(world):
    day = world()
    day.approve()
    day.edit(Edit(EditKind.HOLD, ("wait for the mayor",)))
    assert day.tick("06:00").cause is IssueCause.EDITOR
    release(day.project, day.newsletter, DAY, "ed")
    assert day.tick("06:10").state is IssueState.SENT


def test_whoever_edited_last_does_not_approve_where_another_has_to(world):
    day = world(approval_by="another")
    day.edit(Edit(EditKind.SUBJECT, ("All of it",)))
    with pytest.raises(UsageError, match="ed edited science-daily-2026-11-20 last"):
        day.approve("ed")
    day.approve("pia")


def test_an_approval_is_of_what_somebody_saw(world):
    day = world()
    seen = day.review().content_hash
    day.collect("A comet")
    with pytest.raises(UsageError, match="changed since you looked at it"):
        day.approve(seen=seen)
    day.approve(seen=day.review().content_hash[:12])


def test_it_can_be_pulled_back_until_it_has_cooled_off(world):
    day = world(cooling_off=10)
    day.now = at("05:55")
    day.approve()
    waits = day.tick("06:00")
    assert (waits.state, waits.cause) == (IssueState.DRAFT, IssueCause.COOLING_OFF)
    pull_back(day.project, day.newsletter, DAY, "ed")
    held = day.tick("06:06")
    assert held.reason == "ed pulled the approval of pia back"
    day.now = at("23:55")
    day.approve()
    assert day.tick("23:58").state is IssueState.SENT, "the day does not end before"
    with pytest.raises(UsageError, match="was sealed"):
        pull_back(day.project, day.newsletter, DAY, "ed")


def test_where_the_rule_is_to_send_it_goes_out_at_its_hour_and_not_before(world):
    day = world(when_unapproved="send")
    assert day.pipeline.seal(day.newsletter, DAY).cause is IssueCause.UNAPPROVED
    assert day.tick("06:00").state is IssueState.SENT


def test_a_story_after_the_cut_off_does_not_enter_by_itself(world):
    day = world(approval="none", cut_off=30)
    day.now = at("05:40")
    late = day.collect("A comet", source_count=9)
    pinned = day.collect("A flood", pinned=True)
    told = [told.id for told in day.tick("06:00").issue.all_stories]
    assert late not in told
    assert told[0] == pinned


def test_too_few_stories_make_no_issue_and_editors_are_told_why(world):
    day = world(approval="none", min_stories=3)
    skipped = day.tick("06:00")
    assert (skipped.state, skipped.cause) == (IssueState.SKIPPED, IssueCause.TOO_FEW)
    assert skipped.reason == "2 new, fewer than min_stories = 3"
    assert day.told() == [("ed@example.org", "not-sent")]


def test_an_error_of_the_gate_stops_an_approval_until_somebody_lets_it_pass(world):
    day = world()
    day.edit(Edit(EditKind.SUBJECT, ("TK",)))
    current = day.review()
    assert [error.place for error in current.errors] == ["subject"]
    with pytest.raises(UsageError, match="cannot be approved: subject: has a placeholder"):
        day.approve()
    (error,) = current.errors
    let_pass(day.project, day.newsletter, DAY, current.findings, error.id, "a joke", "pia")
    day.approve()
    (waived,) = [finding for finding in day.review().findings if finding.level == "waived"]
    assert waived.remedy == "pia lets it pass: a joke"
    assert day.tick("06:00").state is IssueState.SENT


def test_a_held_day_that_is_over_is_told_by_the_round_in_which_it_ends(world):
    day = world(editors=())
    day.tick("06:00")
    day.now = at("23:59").replace(day=21)
    outcome = day.pipeline.run(telling=False)
    assert [(gone.key, gone.reason) for gone in outcome.let_go] == [
        ("science-daily-2026-11-20", "nobody approved it")
    ]


@pytest.mark.parametrize(
    ("day", "why"), [(at("06:00").replace(day=19), "is over"), (at("06:00").replace(day=21), "")]
)
def test_a_date_that_is_over_is_not_held_in_silence(world, day, why):
    made = world()
    hold = Edit(EditKind.HOLD, ("why",))
    if why:
        with pytest.raises(UsageError, match=why):
            make_edits(made.project, made.newsletter, day.date(), [hold], "ed")
    else:
        make_edits(made.project, made.newsletter, day.date(), [hold], "ed")


def test_a_weekday_without_an_issue_is_not_skipped_in_silence(world):
    made = world(days=("mon",))
    with pytest.raises(UsageError, match="science-daily comes on mon"):
        made.edit(Edit(EditKind.SKIP, ("why",)))


def test_a_story_that_is_gone_voids_the_approval():
    approved = issue(story(1), story(2))
    assert what_changed(approved, [story(1), story(2), story(3)]) == ""
    assert what_changed(approved, [story(1)]) == "story 2 is not to be told any more"


async def gone(stall: Stall) -> None:
    await stall.answer("404 Not Found")


async def good(stall: Stall) -> None:
    await stall.answer("200 OK")


def test_editors_are_told_of_a_draft_before_its_hour_with_a_link_and_its_dead_links(world):
    day = world(draft_lead=120, editors=("ed@example.org", "ben@example.org"))
    with Farm(0) as site:
        site.pages = {"/good": good, "/gone": gone}
        for name in ("good", "gone"):
            url = f"http://127.0.0.1:{site.port}/{name}"
            source = SourceRef("Example Times", url)
            day.collect(f"A {name} story", sources=(source,), topic="medicine")
        day.tick("03:59")
        assert day.told() == []
        day.tick("04:00")
        draft = day.tick("04:01")
    assert day.told() == [("ed@example.org", "review"), ("ben@example.org", "review")], "once"
    assert draft.state is IssueState.DRAFT
    (dead,) = [f for f in day.review().findings if f.place == "link"]
    assert dead.detail.endswith(f"{site.port}/gone does not answer: 404 Not Found")
    mails = [file.read_text() for file in day.project.config.path("outbox").glob("*.eml")]
    (text,) = [text for text in mails if "To: ed@example.org" in text]
    assert "Draft ready: Science Daily Digest, Friday 20 November" in text
    link = day.project.links.review(LETTER, DAY, "ed@example.org")
    assert link in text.replace("=\n", "").replace("=3D", "=")


def test_what_was_corrected_is_the_same_everywhere_on_the_site_and_the_mail_stays(world):
    day = world(approval="none")
    sent = day.tick("06:00")
    lead = sent.issue.lead
    other = "A galaxy, not that far away"
    correct(day.project, lead.id, "It is near.", "pia", headline=other)
    pages = Site(day.project, day.pipeline.notice_sender).public_pages
    story_page, issue_page = pages.story(lead.id), pages.issue(LETTER, DAY)
    assert story_page is not None
    assert issue_page is not None
    home = pages.home()
    told = {
        "story": story_page.named.story.headline,
        "issue": issue_page.issue.lead.headline,
        "subject": issue_page.issue.subject,
        "home": home.latest.lead.headline if home.latest else "",
        "list": home.line.recent[0].subject,
        "feed": (pages.issues_of(LETTER) or (None, []))[1][0][1].lead.headline,
    }
    assert told == dict.fromkeys(told, other)
    assert other in issue_page.mail.body
    assert lead.headline not in issue_page.mail.body
    (made,) = story_page.corrections
    assert issue_page.corrections == (made,)
    assert (made.headline_before, made.note, made.made_at) == (
        lead.headline,
        "It is near.",
        day.now,
    )
    kept = day.issue()
    assert (kept.issue, kept.rendered) == (sent.issue, sent.rendered), "the mail stays"


def test_what_was_not_mailed_is_edited_and_not_corrected(world):
    day = world()
    with pytest.raises(UsageError, match="was not mailed yet"):
        correct(day.project, 1, "why", "pia", headline="Another")
