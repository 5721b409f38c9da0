"""Leaving by every door, and the way back, on both databases."""

from datetime import date, timedelta
from functools import partial

import pytest

from digest.deliver.bounces.rules import BounceRules
from digest.model import Addressee, Bounce, BounceKind
from digest.services.bounces import suppress
from digest.services.subscribers import unsubscribe
from digest.services.subscribers.signup_limits import MAILS_A_DAY
from digest.store import claims, subscribers, suppressions, unsubscribes
from digest.store.schema import bounces as bounce_table
from digest.store.schema import consents, notices
from digest.store.schema import unsubscribes as unsubscribe_table
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import NOON
from tests.contract.givens import at_once, laid_out, subscribe
from tests.contract.subscriber_site import ADA, BEN, open_subscribers

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def site(tmp_path, url):
    with open_subscribers(tmp_path / "project", url) as found:
        yield found


# one click


@pytest.mark.parametrize("as_files", [False, True], ids=["form-encoded", "multipart"])
def test_one_click_ends_the_subscription_at_once_without_redirect_or_cookie(site, as_files):
    ada = site.subscribe()
    path = site.unsubscribe(ada)
    if as_files:
        answer = site.browser.post(path, files={"List-Unsubscribe": (None, "One-Click")})
    else:
        answer = site.post(path, **ONE_CLICK)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "set-cookie" not in answer.headers
    assert len(answer.content) < 100
    assert site.gets() == {}
    assert site.left(ada)["daily"].how == "one-click"
    assert site.reason() == "unsubscribed"


def test_one_click_again_or_after_being_erased_is_answered_like_the_first(site):
    ada = site.subscribe()
    path = site.unsubscribe(ada)
    first = site.post(path, **ONE_CLICK)
    left = site.dump()
    again = site.post(path, **ONE_CLICK)
    assert (again.status_code, again.text) == (200, first.text)
    assert site.dump() == left
    site.post(site.preferences(ada) + "/erase")
    erased = site.post(path, **ONE_CLICK)
    assert (erased.status_code, erased.text) == (200, first.text)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b"--nonsense", "multipart/form-data; boundary=x"),
        (b"--nonsense", "multipart/form-data"),
        (b"\xff\xfe=%zz", "application/x-www-form-urlencoded"),
    ],
)
def test_whatever_a_mail_client_posts_there_is_a_wish_to_leave(site, content, kind):
    ada = site.subscribe()
    headers = {"Content-Type": kind, "Origin": "https://mail.example.net"}
    answer = site.browser.post(site.unsubscribe(ada), content=content, headers=headers)
    assert answer.status_code in (200, 303)
    assert site.gets() == {}


def test_one_click_ends_one_newsletter_and_leaves_the_others(site):
    ada = site.subscribe()
    site.subscribe(newsletter="weekly")
    site.post(site.unsubscribe(ada), **ONE_CLICK)
    assert list(site.gets()) == ["weekly"]
    assert site.reason() is None


# the page


def test_the_page_says_which_newsletter_and_does_not_name_the_address(site):
    ada = site.subscribe()
    before = site.dump()
    answer = site.get(site.unsubscribe(ada))
    assert "Unsubscribe from Daily" in answer.text
    assert "a…@example.org" in answer.text
    assert ADA not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert site.dump() == before


def test_the_button_leaves_and_the_undo_brings_all_back_as_it_was(site):
    chosen = {"topics": ("space",), "timezone": "Asia/Tokyo", "hour": 7}
    ada = site.subscribe(paused_until=date(2026, 12, 24), **chosen)
    before = site.gets()
    path = site.unsubscribe(ada)
    answer = site.post(path)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert site.left(ada)["daily"].how == "page"
    page = site.get(path).text
    assert "You have left Daily" in page
    assert f'action="{path}/undo"' in page
    assert site.post(f"{path}/undo", newsletter="daily").status_code == 303
    assert site.gets() == before
    assert site.left(ada) == {}
    assert site.reason() is None
    (consent,) = site.rows(consents)
    assert (consent["newsletter"], consent["how"]) == ("daily", "web")
    assert "Welcome back" in site.get(f"{path}?done=undone").text


@pytest.mark.parametrize(("until", "told"), [(24, True), (21, False)])
def test_after_the_undo_a_pause_that_lasts_is_told(site, until, told):
    ada = site.subscribe(paused_until=date(2026, 11, until))
    path = site.unsubscribe(ada)
    site.post(path)
    site.post(f"{path}/undo")
    page = site.get(f"{path}?done=undone").text
    assert ("Mail comes again on Tuesday, November 24, 2026." in page) is told


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_the_undo_lifts_no_suppression_of_a_bounce_or_a_complaint(site, reason):
    ada = site.subscribe()
    with site.pipeline.project.database.write() as connection:
        suppressions.suppress(connection, ADA, reason, NOON)
    path = site.unsubscribe(ada)
    site.post(path)
    site.post(f"{path}/undo")
    assert list(site.gets()) == ["daily"]
    assert site.reason() == reason
    assert "none is sent to it" in site.get(f"{path}?done=undone").text


def test_the_link_to_leave_opens_nothing_else_and_offers_a_mail_to_its_owner(site):
    ada = site.subscribe()
    path, choose = site.unsubscribe(ada), site.preferences(ada)
    token = choose.rpartition("/")[2]
    shown = [site.get(path).text]
    answer = site.post(f"{path}/preferences")
    assert answer.headers["location"] == f"{path}?done=mailed"
    shown += [site.get(answer.headers["location"]).text, site.post(path).text, site.get(path).text]
    shown += [site.post(f"{path}/undo").text, site.get(f"{path}?done=undone").text]
    assert not [text for text in shown if token in text or "/preferences/" in text]
    assert "on its way to a…@example.org" in shown[1]
    assert site.get(f"{path}/data.json").status_code == 404
    assert site.pipeline.notice_sender.send_waiting() is None
    (mail,) = (site.pipeline.project.config.root / "outbox").glob("*.eml")
    assert f"To: {ADA}" in mail.read_text()
    assert token in mail.read_text().replace("=\n", "")


@pytest.mark.parametrize(("reason", "mailed"), [("unsubscribed", 1), ("complained", 0)])
def test_who_left_is_mailed_the_link_too_but_not_who_complained(site, reason, mailed):
    ada = site.subscribe()
    with site.pipeline.project.database.write() as connection:
        suppressions.suppress(connection, ADA, reason, NOON)
    site.post(site.unsubscribe(ada) + "/preferences")
    site.pipeline.notice_sender.send_waiting()
    outbox = site.pipeline.project.config.root / "outbox"
    assert len(list(outbox.glob("*.eml"))) == mailed


def test_the_link_is_mailed_only_so_often_a_day_and_the_page_stays_the_same(site):
    ada = site.subscribe()
    path = site.unsubscribe(ada) + "/preferences"
    answers = {site.post(path).headers["location"] for _ in range(MAILS_A_DAY + 2)}
    assert len(answers) == 1
    assert len(site.rows(notices)) == MAILS_A_DAY


def test_leaving_all_ends_what_is_left_and_each_can_be_undone(site):
    ada = site.subscribe()
    site.subscribe(newsletter="weekly")
    path = site.unsubscribe(ada)
    site.post(path)
    assert "Weekly" in site.get(path).text
    site.post(f"{path}/all")
    assert site.gets() == {}
    assert site.reason() == "unsubscribed"
    site.post(f"{path}/undo", newsletter="weekly")
    assert list(site.gets()) == ["weekly"]
    assert site.reason() is None


@pytest.mark.parametrize("newsletter", ["weekly", "unheard-of", "\x00", "daily."])
def test_nothing_can_be_undone_that_was_not_left(site, newsletter):
    ada = site.subscribe()
    site.post(site.unsubscribe(ada))
    before = site.dump()
    site.post(site.unsubscribe(ada) + "/undo", newsletter=newsletter)
    assert site.dump() == before


def test_a_reason_is_kept_in_a_line_of_at_most_500_characters(site):
    ada = site.subscribe()
    path = site.unsubscribe(ada)
    site.post(path)
    site.post(f"{path}/reason", reason="too-often", words="Once\x00 a week\nwould do")
    assert site.left(ada)["daily"].reason == "too-often: Once a week would do"
    assert "Thank you" in site.get(path).text
    site.post(f"{path}/reason", reason="forged", words="x" * 9_000)
    assert site.left(ada)["daily"].reason == "x" * 500
    site.post(f"{path}/reason", reason="forged", words="")
    assert site.left(ada)["daily"].reason == "x" * 500


def test_a_reason_of_somebody_who_did_not_leave_is_kept_nowhere(site):
    ada = site.subscribe()
    before = site.dump()
    site.post(site.unsubscribe(ada) + "/reason", reason="too-often")
    assert site.dump() == before


def test_a_newsletter_that_the_settings_do_not_know_any_more_can_be_left(site):
    ada = site.subscribe(newsletter="gone")
    path = site.unsubscribe(ada, "gone")
    assert site.get(path).status_code == 200
    site.post(path, **ONE_CLICK)
    assert site.gets() == {}


# the other doors


def test_leaving_by_mail_and_by_command_is_kept_like_leaving_by_the_page(database):
    with database.write() as connection:
        ada, ben = subscribe(connection, ADA, BEN)
        bounce = Bounce(BounceKind.UNSUBSCRIBE, Addressee(ada, signed=True, newsletter="daily"))
        taken = suppress.record_bounce(connection, "a", bounce, NOON, BounceRules())
        assert taken.suppressed
        unsubscribe.leave(connection, ben, None, UnsubscribeMethod.COMMAND, NOON)
        found = [unsubscribes.of_subscriber(connection, number) for number in (ada, ben)]
    assert [(each.how, each.undoable) for (each,) in found] == [("mail", True), ("command", True)]


def test_who_leaves_what_they_do_not_get_is_kept_out_of_it(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        left = unsubscribe.leave(connection, ada, "weekly", UnsubscribeMethod.IMPORT, NOON)
        assert left == ((), False)
        (kept,) = unsubscribes.of_subscriber(connection, ada)
        assert (kept.newsletter, kept.undoable) == ("weekly", False)
        assert not unsubscribe.rejoin(connection, ada, "weekly", NOON)


def test_a_number_that_nobody_has_leaves_nothing(database):
    with database.write() as connection:
        assert unsubscribe.leave(connection, 99, "daily", UnsubscribeMethod.MAIL, NOON) == (
            (),
            False,
        )
        assert unsubscribes.of_subscriber(connection, 99) == []


def test_leaving_by_several_doors_at_once_is_leaving_once(database, open_database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)

    def leave(other, how):
        with other.write() as connection:
            return unsubscribe.leave(connection, ada, "daily", how, NOON).newsletters

    at_once(
        [
            partial(leave, open_database(), how)
            for how in (UnsubscribeMethod.ONE_CLICK, UnsubscribeMethod.PAGE, UnsubscribeMethod.MAIL)
        ]
    )
    with database.read() as connection:
        (kept,) = unsubscribes.of_subscriber(connection, ada)
        assert kept.undoable
        assert suppressions.reason_for(connection, ADA) == "unsubscribed"


def test_who_leaves_amid_a_run_gets_nothing_of_it_and_who_comes_back_does(database):
    issue_id, (ada, ben) = laid_out(database, ADA, BEN)
    with database.write() as connection:
        unsubscribe.leave(connection, ada, "daily", UnsubscribeMethod.ONE_CLICK, NOON)
        unsubscribe.leave(connection, ben, "daily", UnsubscribeMethod.ONE_CLICK, NOON)
        assert unsubscribe.rejoin(connection, ben, "daily", NOON)
        taken = claims.claim(
            connection, issue_id, worker="w", now=NOON, limit=9, resend_in_doubt=True
        )
    assert [each.subscriber.email for each in taken] == [BEN]


def test_who_comes_back_is_subscribed_from_then_on(database):
    later = NOON + timedelta(hours=3)
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA, hour=7)
        unsubscribe.leave(connection, ada, "daily", UnsubscribeMethod.PAGE, NOON)
        assert unsubscribe.rejoin(connection, ada, "daily", later)
        (subscription,) = subscribers.subscriptions_of(connection, ADA)
    assert (subscription["created_at"], subscription["hour"]) == (later, 7)


def test_erasing_takes_the_unsubscribe_along(site):
    ada = site.subscribe()
    site.post(site.unsubscribe(ada))
    site.post(site.preferences(ada) + "/erase")
    assert site.rows(unsubscribe_table) == []
    assert site.rows(bounce_table) == []
    assert site.reason() == "erased"


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-2],
        lambda token: token + "A",
        lambda token: token.replace("1.", "2.", 1),
        lambda token: "daily.1.",
        lambda token: "%F0%9F%92%8C",
        lambda token: "%00",
        lambda token: "x" * 20_000,
    ],
    ids=["truncated", "longer", "another subscriber", "unsigned", "not ASCII", "nothing", "huge"],
)
def test_a_forged_link_is_a_page_that_says_so_and_changes_nothing(site, forge):
    ada = site.subscribe()
    site.subscribe(BEN)
    before = site.dump()
    leave = site.unsubscribe(ada).rpartition("/")[2]
    choose = site.preferences(ada).rpartition("/")[2]
    move = site.address(1).rpartition("/")[2]
    for path in (
        f"/unsubscribe/{forge(leave)}",
        f"/preferences/{forge(choose)}",
        f"/preferences/{forge(choose)}/erase",
        f"/address/{forge(move)}",
    ):
        answer = site.get(path)
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
    for path in (
        f"/unsubscribe/{forge(leave)}",
        f"/preferences/{forge(choose)}/erase",
        f"/preferences/{forge(choose)}/choices",
        f"/address/{forge(move)}",
    ):
        assert site.post(path, **ONE_CLICK).status_code == 404
    assert site.dump() == before


def test_the_link_of_one_page_opens_no_other(site):
    ada = site.subscribe()
    leave = site.unsubscribe(ada).rpartition("/")[2]
    choose = site.preferences(ada).rpartition("/")[2]
    for path in (f"/preferences/{leave}", f"/unsubscribe/{choose}", f"/preferences/{leave}/erase"):
        assert site.get(path).status_code == 404
    assert site.post(f"/unsubscribe/{choose}", **ONE_CLICK).status_code == 404
    assert site.post(f"/preferences/{leave}/erase").status_code == 404
    assert site.subscriber(ada) is not None
