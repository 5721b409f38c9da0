"""The pages on which an issue is previewed and edited, without a script: forms and links."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from digest.app import make_issue_builder, make_previewer
from digest.issue_edits import EditKind
from digest.model import Story
from digest.roles import Role
from digest.services.admins import audit
from digest.services.issues.approve import approve
from digest.services.issues.edit import edited_issue
from digest.services.issues.preview import Viewpoint
from digest.store import edits
from tests.admin_pages import AdminBrowser, AdminSite, admin_site, text_of
from tests.builders import DAY
from tests.contract.givens import subscribe
from tests.sites import fill, keep_picture, keep_story

TOMORROW = DAY + timedelta(days=1)
ISSUE = f"/admin/issues/daily/{TOMORROW}"
HOSTILE = "<script>alert(1)</script>\"'{{ 7*7 }}</textarea><img src=x onerror=alert(1)>"


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    with admin_site(tmp_path / "project") as site:
        fill(site.pipeline, days=0, stories_a_day=3)
        topics = ("space", "medicine", "space", "climate")
        with site.project.database.write() as connection:
            for number, topic in enumerate(topics):
                keep_story(
                    connection,
                    headline=f"New {number} of {topic}",
                    topic=topic,
                    dropped=TOMORROW,
                    source_count=9 - number,
                )
        yield site


@pytest.fixture
def editor(pages) -> AdminBrowser:
    browser: AdminBrowser = pages.browser(Role.EDITOR)
    return browser


def stories(pages: AdminSite) -> list[Story]:
    letter = pages.project.config.first_newsletter
    issue = edited_issue(pages.project, letter, TOMORROW).issue
    return list(issue.all_stories) if issue else []


def do(pages: AdminSite, editor: AdminBrowser, act: str, **data: str) -> list[int]:
    answer = editor.submit(f"{ISSUE}/edit/stories", {"do": act, **data})
    assert answer.status_code == 303, text_of(answer.text)
    return [story.id for story in stories(pages)]


def test_a_story_leads_moves_and_is_taken_out_by_one_button_each(pages, editor):
    first, second, third, fourth = (story.id for story in stories(pages))
    headline = stories(pages)[1].headline
    assert do(pages, editor, f"lead {second}")[0] == second
    page = editor.get(f"{ISSUE}/edit").text
    assert f"“{headline}” leads" in text_of(page)
    assert do(pages, editor, f"up {third}") == [second, third, first, fourth]
    assert do(pages, editor, f"hide {fourth}") == [second, third, first]
    assert "Taken out New 3 of climate" in text_of(editor.get(f"{ISSUE}/edit").text)
    assert do(pages, editor, "move", story=str(first), topic="climate") == [second, third, first]
    assert stories(pages)[-1].topic == "climate"


def test_an_edit_is_undone_and_redone_alone(pages, editor):
    first, second, *_ = (story.id for story in stories(pages))
    do(pages, editor, f"hide {first}")
    do(pages, editor, f"lead {second}")
    editor.submit(f"{ISSUE}/edit/undo", {"edit": "1", "do": "undo"})
    assert [story.id for story in stories(pages)][:2] == [second, first]
    editor.submit(f"{ISSUE}/edit/undo", {"edit": "1", "do": "redo"})
    assert first not in [story.id for story in stories(pages)]
    page = text_of(editor.get(f"{ISSUE}/edit").text)
    assert "is taken out" in page


def test_words_are_written_and_emptied_they_are_the_leads_again(pages, editor):
    words = {"subject": "By hand", "preheader": "  Also by hand "}
    editor.submit(f"{ISSUE}/edit/words", words)
    page = editor.get(f"{ISSUE}/edit").text
    assert 'value="By hand"' in page
    assert 'value="Also by hand"' in page
    editor.submit(f"{ISSUE}/edit/words", words)  # nothing changed, nothing is decided
    editor.submit(f"{ISSUE}/edit/words", {"subject": "", "preheader": words["preheader"]})
    letter = pages.project.config.first_newsletter
    records = edited_issue(pages.project, letter, TOMORROW).records
    assert [(r.edit.kind, r.counts) for r in records] == [
        (EditKind.SUBJECT, False),
        (EditKind.PREHEADER, True),
    ]


def test_a_subject_that_repeats_one_of_the_last_week_is_warned_of(pages, editor):
    letter = pages.project.config.first_newsletter
    before = edited_issue(pages.project, letter, DAY).issue
    assert before is not None
    editor.submit(f"{ISSUE}/edit/words", {"subject": before.subject.upper(), "preheader": "x"})
    page = text_of(editor.get(f"{ISSUE}/edit").text)
    assert "The issue of Saturday, 21 November had the same subject." in page


def test_two_who_write_the_same_are_told_and_neither_loses_a_word(pages, editor):
    other = pages.browser(Role.PUBLISHER)
    saw = {"saw": "0", "preheader": "x"}
    assert other.submit(f"{ISSUE}/edit/words", {**saw, "subject": "Theirs"}).status_code == 303
    mine = editor.submit(f"{ISSUE}/edit/words", {**saw, "subject": "Mine"})
    assert mine.status_code == 409
    assert "Publisher has decided that meanwhile: Theirs." in text_of(mine.text)
    assert 'value="Mine"' in mine.text
    assert stories(pages)
    (seen,) = set(re.findall(r'name="saw" value="(\d+)"', mine.text))
    again = {"saw": seen, "subject": "Mine", "preheader": "x"}
    assert editor.submit(f"{ISSUE}/edit/words", again).status_code == 303
    assert 'value="Mine"' in other.get(f"{ISSUE}/edit").text


def test_what_is_refused_stays_in_its_field(pages, editor):
    answer = editor.submit(f"{ISSUE}/edit/note", {"note": "x" * 1_001})
    assert answer.status_code == 400
    assert "A line has 1,001 characters." in text_of(answer.text)
    assert "x" * 1_001 in answer.text
    own = {"headline": "Mine", "bullets": "One", "topic": "space", "link": "javascript:x"}
    answer = editor.submit(f"{ISSUE}/edit/own", own)
    assert answer.status_code == 400
    assert 'value="javascript:x"' in answer.text


def test_a_story_has_other_words_and_the_original_beside_them(pages, editor):
    number = stories(pages)[0].id
    here = f"{ISSUE}/edit/{number}"
    editor.submit(here, {"headline": "New 0 of outer space"})
    editor.submit(here, {"bullets": "- One.\r\n\r\n- Two.", "topic": "medicine"})
    page = editor.get(here).text
    assert "New 0 of <ins>outer </ins>space" in page
    assert "First bullet of 0." in text_of(page)
    story = next(story for story in stories(pages) if story.id == number)
    assert (story.bullets, story.topic) == (("One.", "Two."), "medicine")
    editor.submit(here, {"bullets": ""})
    assert stories(pages)[0].bullets == ("First bullet of 0.", "Second bullet of 0.")


def test_a_picture_is_taken_away_and_said_otherwise(pages, editor):
    with pages.project.database.write() as connection:
        shown = keep_picture(pages.pipeline)
        number = keep_story(connection, picture=shown, dropped=TOMORROW, headline="Seen").id
    here = f"{ISSUE}/edit/{number}"
    editor.submit(here, {"alt": "Four colours"})
    assert 'alt="Four colours"' in editor.get(here).text
    assert 'alt="Four colours"' in editor.get(f"{ISSUE}/mail").text
    editor.submit(f"{here}/picture", {"image": ""})
    assert "It shows none." in editor.get(here).text
    assert "Four colours" not in editor.get(f"{ISSUE}/mail").text


def test_stories_are_joined_and_parted_and_wait_for_their_day(pages, editor):
    first, second, third, fourth = (story.id for story in stories(pages))
    editor.submit(f"{ISSUE}/edit/{first}/merge", {"other": str(second)})
    assert {story.id for story in stories(pages)} == {first, third, fourth}
    gone = editor.get(f"{ISSUE}/edit/{second}").headers["location"]
    assert "somebody made it part of another one" in editor.get(gone).text
    page = editor.get(f"{ISSUE}/edit/{first}").text
    report = re.findall(r'name="report" value="(\d+)"', page)[-1]
    editor.submit(f"{ISSUE}/edit/{first}/split", {"report": report})
    assert len(stories(pages)) == 4
    record = text_of(editor.get("/admin/record").text)
    assert "made another story part of" in record
    assert "took reports out of" in record
    days = {"days": "yes", "first": "2026-11-25", "last": ""}
    editor.submit(f"{ISSUE}/edit/{third}", days)
    assert third not in [story.id for story in stories(pages)]
    assert "It is not in this issue now." in editor.get(f"{ISSUE}/edit/{third}").text
    board = text_of(editor.get(f"{ISSUE}/edit").text)
    assert "On another day New 2 of space not before Wed 25 Nov" in board
    assert "“New 2 of space” comes not before Wed 25 Nov" in board
    page = text_of(editor.get(f"/admin/stories/{third}").text)
    assert "in no issue yet, by an editor’s choice not before Wed 25 Nov" in page
    editor.submit(f"{ISSUE}/edit/{third}", {**days, "first": ""})
    assert third in [story.id for story in stories(pages)]


def test_a_story_by_hand_is_in_the_issue_and_the_note_is_above_it(pages, editor):
    own = {"headline": "By hand", "bullets": "One\nTwo", "topic": "space"}
    editor.submit(f"{ISSUE}/edit/own", own)
    editor.submit(f"{ISSUE}/edit/note", {"note": "Hello.\n\nSee https://example.org/a."})
    text = editor.get(f"{ISSUE}/text").text
    assert text.index("Hello.") < text.index("See https://example.org/a.") < text.index("By hand")


def test_the_page_of_a_story_by_hand_says_for_which_issue_and_restores_nothing(pages, editor):
    editor.submit(f"{ISSUE}/edit/own", {"headline": "By hand", "bullets": "One", "topic": "space"})
    number = next(story.id for story in stories(pages) if story.headline == "By hand")
    page = editor.get(f"/admin/stories/{number}").text
    for text in (text_of(page), text_of(editor.get("/admin/stories").text)):
        assert "written for" in text
        assert "dropped" not in text
    assert "Tell it after all" not in page


def test_a_script_in_any_field_is_shown_as_text(pages, editor):
    first, second, *_ = (story.id for story in stories(pages))
    with pages.project.database.write() as connection:
        keep_story(connection, headline=HOSTILE, bullets=(HOSTILE,), dropped=TOMORROW)
    editor.submit(f"{ISSUE}/edit/words", {"subject": HOSTILE, "preheader": HOSTILE})
    editor.submit(f"{ISSUE}/edit/note", {"note": HOSTILE})
    editor.submit(f"{ISSUE}/edit/{first}", {"headline": HOSTILE, "bullets": HOSTILE})
    own = {"headline": HOSTILE, "bullets": HOSTILE, "topic": "space", "source": HOSTILE}
    editor.submit(f"{ISSUE}/edit/own", own)
    editor.submit(f"{ISSUE}/comments", {"comment": HOSTILE})
    for path in ("", "/edit", f"/edit/{first}", f"/edit/{second}", "/mail", "/text", "/source"):
        page = editor.get(ISSUE + path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert "onerror=alert(1)>" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "49" not in re.sub(r"\d{2,}", "", page.text), path
        assert "alert(1)" in page.text, path


def test_what_a_preview_showed_a_subscriber_is_what_they_are_mailed_to_the_byte(pages, editor):
    with pages.project.database.write() as connection:
        subscribe(connection, "ada@example.org", topics=("space",), name="Ada")
        subscribe(connection, "ben@example.org")
    first, second, *_ = (story.id for story in stories(pages))
    do(pages, editor, f"lead {second}")
    editor.submit(f"{ISSUE}/edit/{first}", {"headline": "An “edited” headline"})
    editor.submit(f"{ISSUE}/edit/note", {"note": "Grüße: https://example.org/"})
    previewed = {
        name: editor.get(f"{ISSUE}/message", params={"as": f"{name}@example.org"}).content
        for name in ("ada", "ben")
    }
    letter = pages.project.config.first_newsletter
    pages.pipeline.send([letter], TOMORROW)
    mailed = {
        message["To"].addresses[0].username: file
        for file in (pages.project.config.root / "outbox").rglob("*.eml")
        if (message := email.message_from_bytes(file.read_bytes(), policy=email.policy.default))
    }
    assert set(mailed) == {"ada", "ben"}
    for name, content in previewed.items():
        assert mailed[name].read_bytes() == content
    assert b"An =E2=80=9Cedited=E2=80=9D headline" in previewed["ada"]
    # What was sealed is shown as it went out.
    sealed = editor.get(f"{ISSUE}/message", params={"as": "ada@example.org"}).content
    assert sealed == previewed["ada"]
    assert "It does not change any more." in text_of(editor.get(ISSUE).text)


def test_a_preview_is_anybodys_and_a_viewer_sees_nobodys(pages, editor):
    with pages.project.database.write() as connection:
        subscribe(connection, "ada@example.org", topics=("climate",), name="Ada")
    page = editor.get(ISSUE, params={"as": "ada@example.org"}).text
    assert "New 3 of climate" in page
    assert "Send as ada@example.org" in page
    assert editor.get(f"{ISSUE}/subscribers", params={"as": "AD"}).json() == ["ada@example.org"]
    assert editor.get(f"{ISSUE}/subscribers", params={"as": "%"}).json() == []
    unknown = editor.get(ISSUE, params={"as": "nobody@example.org"}).text
    assert "nobody@example.org does not get Example Daily" in unknown
    assert "Send as ada@example.org" in editor.get(ISSUE, params={"as": "ada"}).text
    with pages.project.database.write() as connection:
        subscribe(connection, "adam@example.org")
    assert "is how several addresses begin" in editor.get(ISSUE, params={"as": "ada"}).text
    viewer = pages.browser(Role.VIEWER)
    mail = viewer.get(f"{ISSUE}/mail", params={"as": "ada@example.org"}).text
    assert "ada@example.org" not in mail
    of_topic = viewer.get(f"{ISSUE}/mail", params={"topic": "climate"}).text
    assert "New 3 of climate" in of_topic
    assert "New 0 of space" not in of_topic


def test_a_mail_in_a_frame_runs_nothing_and_is_framed_by_nobody_else(editor):
    for path in ("mail", "text", "source", "mail?look=gmail", "mail?look=blocked"):
        answer = editor.get(f"{ISSUE}/{path}")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-same-origin" in policy
        assert "allow-scripts" not in policy
        assert "frame-ancestors 'self'" in policy
        assert ("img-src" in policy) is (path in ("mail", "mail?look=gmail"))
    assert editor.get(f"{ISSUE}/mail?look=nonsense").status_code == 404


def test_a_test_goes_to_oneself_or_to_a_few_and_counts_for_nobody(pages, editor):
    sent = editor.submit(f"{ISSUE}/test", {"topic": "climate"})
    assert sent.headers["location"] == f"{ISSUE}?topic=climate"
    page = text_of(editor.get(ISSUE).text)
    assert "A test as a subscriber of climate is on its way to editor@example.org." in page
    editor.submit(f"{ISSUE}/test", {"to": "a@example.org, b@example.org"})
    messages = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in (pages.project.config.root / "outbox").rglob("*.eml")
    ]
    assert {m["To"] for m in messages} == {"editor@example.org", "a@example.org", "b@example.org"}
    assert all(m["Subject"].startswith("[Test] ") for m in messages)
    refused = editor.submit(f"{ISSUE}/test", {"to": "nonsense"})
    assert refused.status_code == 400
    assert "is not an address" in text_of(refused.text)
    assert 'value="nonsense"' in refused.text


def test_a_link_shows_the_draft_to_a_colleague_for_a_day_and_nothing_else(pages, editor):
    page = editor.submit(f"{ISSUE}/share").text
    link = re.search(r'value="https?://[^/]+(/admin/look/[^"]+)"', page)
    assert link
    stranger = pages.stranger()
    shown = stranger.get(unescape(link[1]))
    assert shown.status_code == 200
    assert "<form" not in shown.text
    assert "New 0 of space" in stranger.get(f"{unescape(link[1])}/mail").text
    assert stranger.get(f"{link[1]}x").status_code == 404
    late = pages.project.clock() + timedelta(hours=25)
    until = late - timedelta(days=2)
    old = pages.project.links.shared_draft("daily", TOMORROW, until)
    assert stranger.get(f"/admin/look/{old}").status_code == 404
    assert stranger.get(f"/admin/look/{old}/mail").status_code == 404


def test_a_test_a_link_for_a_colleague_and_a_release_are_on_record(pages, editor):
    editor.submit(f"{ISSUE}/test", {"to": "a@example.org, b@example.org"})
    editor.submit(f"{ISSUE}/share")
    publisher = pages.browser(Role.PUBLISHER)
    publisher.submit(f"{ISSUE}/approval/hold", {"reason": "wait"})
    publisher.submit(f"{ISSUE}/approval/release")
    acts = audit.latest(pages.project.database, subject=f"issue daily-{TOMORROW}")
    assert [act.action for act in acts] == ["release: hold", "edit: hold", "share", "test"]
    assert "example.org" not in str([act.after for act in acts])


def test_every_finding_of_the_gate_leads_to_its_place_and_where_it_is_mended(pages, editor):
    number = stories(pages)[0].id
    with pages.project.database.write() as connection:
        keep_story(connection, headline="New 0 of space", dropped=TOMORROW)
    editor.submit(f"{ISSUE}/edit/words", {"subject": "ACT NOW FOR THIS", "preheader": "short"})
    page = editor.get(ISSUE).text
    assert f'href="{ISSUE}/edit#subject">Mend' in page
    assert f'href="{ISSUE}/edit/{number}">Mend' in page
    assert f'href="{ISSUE}/mail#story-{number}" target="mail-desktop"' in page


def test_what_others_change_has_another_stamp_each_time(pages, editor):
    def stamp() -> str:
        with pages.project.database.read() as connection:
            return edits.stamp(connection, "daily", TOMORROW)

    stamps = [stamp()]
    do(pages, editor, f"hide {stories(pages)[0].id}")
    stamps.append(stamp())
    for act in ("undo", "redo", "undo"):
        editor.submit(f"{ISSUE}/edit/undo", {"edit": "1", "do": act})
        stamps.append(stamp())
    assert len(set(stamps)) == len(stamps)


def test_what_is_approved_is_what_is_shown(pages):
    previewer = make_previewer(pages.project)
    letter = pages.project.config.first_newsletter
    mail = previewer.find(letter, TOMORROW)
    assert mail is not None
    shown = previewer.show(mail, Viewpoint())
    assert shown is not None
    again = previewer.show(previewer.find(letter, TOMORROW) or mail, Viewpoint())
    assert again is not None
    assert shown.envelope.message == again.envelope.message


def test_the_pages_of_an_editor_say_what_a_change_does_to_the_approval(pages, editor):
    letter = replace(pages.project.config.first_newsletter, approval="required")
    builder = make_issue_builder(pages.project)
    approve(pages.project, builder, letter, TOMORROW, "Pia")
    here = (f"{ISSUE}/edit", f"{ISSUE}/edit/{stories(pages)[0].id}")
    for page in here:
        assert "Approved by Pia; a change voids it." in text_of(editor.get(page).text)
    editor.submit(f"{ISSUE}/edit/words", {"subject": "Another", "preheader": "x"})
    for page in here:
        assert "The approval of Pia is void: Editor changed" in text_of(editor.get(page).text)


def test_of_a_sealed_issue_there_is_a_preview_and_nothing_to_edit(pages, editor):
    issue = edited_issue(pages.project, pages.project.config.first_newsletter, DAY).issue
    assert issue is not None
    sealed = f"/admin/issues/daily/{DAY}"
    for page in (f"{sealed}/edit", f"{sealed}/edit/{issue.lead.id}"):
        answer = editor.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, sealed)


def test_a_skipped_date_says_so_on_its_pages_and_another_year_is_named(pages, editor):
    publisher = pages.browser(Role.PUBLISHER)
    publisher.submit(f"{ISSUE}/approval/skip", {"reason": "a holiday"})
    for page in ("", "/edit"):
        said = text_of(editor.get(ISSUE + page).text)
        assert "Skipped: there is no issue on this date (a holiday)." in said
    assert " 2027 " in text_of(editor.get("/admin/issues/daily/2027-03-01").text)
    approval = editor.get(f"{ISSUE}/approval").text
    assert f'<a href="{ISSUE}/edit">Edit</a>' in approval
    assert "Nov 22" not in approval


def test_what_was_decided_names_stories_by_their_headlines(pages, editor):
    first, second, *_ = stories(pages)
    editor.submit(f"{ISSUE}/edit/stories", {"do": f"lead {second.id}"})
    page = text_of(editor.get(f"{ISSUE}/edit").text)
    assert f"“{second.headline}” leads (before: “{first.headline}”)" in page


def test_a_hold_without_a_reason_says_who_holds_it_once(pages):
    publisher = pages.browser(Role.PUBLISHER)
    publisher.submit(f"{ISSUE}/approval/hold")
    page = text_of(publisher.get(f"{ISSUE}/approval").text)
    assert "Held by Publisher: no reason was given. Nothing goes out" in page
