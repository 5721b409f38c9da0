"""What a subscriber chooses behind the signed link, and what is kept of it, on both databases."""

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model import SuppressionReason
from digest.services.retention import forget
from digest.store import address_changes as address_change_store
from digest.store import delivery_counts, issues, suppressions
from digest.store import notices as notice_store
from digest.store.schema import (
    address_changes,
    attempts,
    bounces,
    consents,
    deliveries,
    notices,
    signups,
    subscribers,
    subscriptions,
    unsubscribes,
)
from tests.builders import NOON, issue
from tests.contract.givens import add_story, subscribe
from tests.contract.subscriber_site import ADA, BEN, Subscribers, open_subscribers
from tests.sampling import examples

NEW = "ada@new.example.org"


@pytest.fixture
def site(tmp_path, url):
    with open_subscribers(tmp_path / "project", url) as found:
        yield found


def chosen(site, newsletter="daily", email=ADA):
    return site.gets(email)[newsletter]


# the page


def test_the_page_shows_what_is_chosen_and_changes_nothing(site):
    ada = site.subscribe(topics=("space",), timezone="Asia/Tokyo", hour=7)
    before = site.dump()
    path = site.preferences(ada)
    answer = site.get(path)
    assert answer.status_code == 200
    assert 'value="space" checked' in answer.text
    assert 'value="culture">' in answer.text
    assert '<option value="7" selected>' in answer.text
    assert '<option value="Asia/Tokyo" selected>' in answer.text
    assert "every day at 6:00\N{NO-BREAK SPACE}AM (UTC)" in answer.text
    assert "Monday and Thursday at 6:00" in answer.text
    assert "None ticked is all of them" in answer.text
    for below in ("", "/erase", "/data.json", "?saved=choices", "?saved=nonsense"):
        answer = site.get(path + below)
        assert answer.status_code == 200
        assert site.browser.head(path + below).status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "set-cookie" not in answer.headers
        assert len(answer.content) < 50_000
    assert site.dump() == before


def test_the_page_links_to_no_other_site_and_holds_no_style_or_script(site):
    text = site.get(site.preferences(site.subscribe())).text
    assert "style=" not in text
    assert "<style" not in text
    assert 'href="http' not in text.replace('href="http://localhost:8000', "")


def test_a_zone_that_is_not_in_the_list_is_shown_all_the_same(site):
    ada = site.subscribe(timezone="Asia/Calcutta")
    page = site.get(site.preferences(ada)).text
    assert '<option value="Asia/Calcutta" selected>Calcutta' in page


def test_the_way_out_stands_near_the_top_and_apart_from_erasing(site):
    ada = site.subscribe()
    page = site.get(site.preferences(ada)).text
    assert page.index('href="#leave"') < page.index("<form")
    leave = page.index('id="leave"')
    assert leave < page.index(f'href="http://localhost:8000{site.unsubscribe(ada)}"')
    assert leave < page.index('id="data"') < page.index("Erase everything about me")
    site.post(site.unsubscribe(ada))
    assert "#leave" not in site.get(site.preferences(ada)).text


# the choices

CHOSEN = {"topics": ["space"], "hour": "8", "timezone": "Asia/Tokyo", "layout": "brief"}


def choose(site, number, newsletter="daily", **form):
    return site.post(site.preferences(number, newsletter) + "/choices", **form)


def test_all_choices_are_saved_by_one_button(site):
    ada = site.subscribe(name="Ada")
    words = {"not_about": "Fußball, title:cup*", "only_about": "climate\nspace"}
    answer = choose(site, ada, **CHOSEN, **words, name="Ada Lovelace", language="de")
    assert answer.status_code == 303
    assert answer.headers["location"] == site.preferences(ada) + "?saved=choices#choices"
    mine, subscriber = chosen(site), site.subscriber(ada)
    assert (mine.topics, mine.hour, mine.timezone) == (("space",), 8, "Asia/Tokyo")
    assert mine.layout == "brief"
    assert mine.keywords == ("Fußball", "title:cup*", "+climate", "+space")
    assert (subscriber.name, subscriber.language) == ("Ada Lovelace", "de")
    page = site.get(answer.headers["location"]).text
    assert page.count(f'action="{site.preferences(ada)}/choices"') == 1
    assert "Gespeichert. Die nächste Mail bringt diese Themen." in page
    assert '<option value="brief" selected>' in page
    assert ">Fußball\ntitle:cup*</textarea>" in page
    assert ">climate\nspace</textarea>" in page


@pytest.mark.parametrize(
    ("ticked", "kept", "said"),
    [
        ([], (), "all topics"),
        (["space"], ("space",), "these topics"),
        (["medicine", "culture"], ("medicine", "culture"), "these topics"),
        (["space", "science"], ("science",), "these topics"),
        (["unheard-of", "space", "space", "\x00"], ("space",), "these topics"),
        (["unheard-of"], (), "all topics"),
    ],
)
def test_topics_are_kept_as_ticked_and_a_parent_stands_for_its_leaves(site, ticked, kept, said):
    ada = site.subscribe(topics=("culture",))
    answer = choose(site, ada, topics=ticked)
    assert chosen(site).topics == kept
    page = site.get(answer.headers["location"]).text
    assert f"Saved. The next mail brings {said}." in page


def test_topics_are_those_of_the_newsletter_of_the_link(site):
    ada = site.subscribe()
    site.subscribe(newsletter="weekly")
    choose(site, ada, "weekly", topics="space")
    assert chosen(site).topics == ()
    assert chosen(site, "weekly").topics == ("space",)


def test_the_hour_is_of_one_newsletter_and_the_zone_of_all(site):
    ada = site.subscribe()
    site.subscribe(newsletter="weekly", hour=5)
    choose(site, ada, hour="18", timezone="Europe/Paris")
    assert (chosen(site).hour, chosen(site).timezone) == (18, "Europe/Paris")
    assert (chosen(site, "weekly").hour, chosen(site, "weekly").timezone) == (5, "Europe/Paris")
    choose(site, ada, hour="", timezone="")
    assert (chosen(site).hour, chosen(site).timezone) == (None, None)


def test_every_fault_of_the_form_is_told_at_once_and_what_was_typed_is_kept(site):
    ada = site.subscribe(hour=9, timezone="Asia/Tokyo")
    before = site.dump()
    wrong = {"hour": "24", "timezone": "Mars/Olympus", "name": "see evil.example", "language": "xx"}
    answer = choose(site, ada, topics=["space"], not_about="a*b, <i>", **wrong)
    assert answer.status_code == 422
    for field in ("hour", "zone", "name", "language"):
        assert f'aria-invalid="true" aria-describedby="{field}-fault"' in answer.text
        assert f'id="{field}-fault"' in answer.text
    assert 'id="keywords-fault"' in answer.text
    assert ">a*b, &lt;i&gt;</textarea>" in answer.text
    assert answer.text.count("autofocus") == 1
    assert 'value="see evil.example"' in answer.text
    assert 'value="space" checked' in answer.text
    assert "Mars" not in answer.text
    assert site.dump() == before


@pytest.mark.parametrize(
    ("hour", "zone"),
    [
        ("24", ""),
        ("-1", ""),
        ("7.5", ""),
        ("٧", ""),
        ("7" * 400, ""),
        ("7", "Europe"),
        ("7", "../../etc/passwd"),
        ("7", "Mars/Olympus"),
        ("7", "x" * 5_000),
        ("7", "Europe/Paris\x00"),
    ],
)
def test_an_hour_or_a_zone_that_is_none_is_refused_beside_its_field(site, hour, zone):
    ada = site.subscribe(hour=9, timezone="Asia/Tokyo")
    before = site.dump()
    answer = choose(site, ada, hour=hour, timezone=zone)
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 1
    assert site.dump() == before


def test_the_name_can_be_changed_and_emptied(site):
    ada = site.subscribe(name="Ada")
    assert 'value="Ada"' in site.get(site.preferences(ada)).text
    choose(site, ada, name="  Ada  Lovelace ")
    assert site.subscriber(ada).name == "Ada Lovelace"
    choose(site, ada, name="")
    assert site.subscriber(ada).name == ""


def test_a_name_that_an_import_brought_may_stay_as_it_is(site):
    ada = site.subscribe(name="Ada (Acme, room 1234)")
    assert choose(site, ada, name="Ada (Acme, room 1234)", hour="7").status_code == 303
    assert (site.subscriber(ada).name, chosen(site).hour) == ("Ada (Acme, room 1234)", 7)


def test_the_language_of_the_page_can_be_chosen(site):
    ada = site.subscribe()
    path = site.preferences(ada)
    assert choose(site, ada, language="de").status_code == 303
    assert site.subscriber(ada).language == "de"
    assert '<html lang="de"' in site.get(path).text
    assert '<html lang="de"' in site.get(site.unsubscribe(ada)).text
    choose(site, ada, language="ar")
    assert 'dir="rtl"' in site.get(path).text
    for unknown in ("xx", "../de", "en-GB"):
        assert choose(site, ada, language=unknown).status_code == 422
    choose(site, ada, language="")
    assert site.subscriber(ada).language is None


def test_who_left_the_newsletter_still_has_a_name_and_a_language(site):
    ada = site.subscribe()
    site.subscribe(newsletter="weekly", timezone="Asia/Tokyo")
    site.post(site.unsubscribe(ada))
    page = site.get(site.preferences(ada)).text
    assert 'name="timezone"' not in page
    choose(site, ada, name="Ada", language="de")
    assert (site.subscriber(ada).name, site.subscriber(ada).language) == ("Ada", "de")
    assert chosen(site, "weekly").timezone == "Asia/Tokyo"
    assert list(site.gets()) == ["weekly"]


def test_a_new_hour_moves_the_mail_that_waits_and_nothing_else_does(site):
    """A mail that an admin sends at once waits for no hour."""
    ada = site.subscribe(hour=18)
    with site.pipeline.project.database.write() as connection:
        number = _sealed(connection, site)
    laid_out = site.rows(deliveries)
    choose(site, ada, hour="18", topics="space", name="Ada", language="de")
    assert site.rows(deliveries) == laid_out
    choose(site, ada, hour="20", timezone="UTC")
    (row,) = site.rows(deliveries)
    assert (row["issue_id"], row["subscriber_id"]) == (number, ada)
    assert row["due_at"].hour == 20


def _sealed(connection, site):
    """An issue of the day whose mail to everybody waits; its number."""
    number = issues.seal(connection, issue(add_story(connection)), NOON - timedelta(minutes=1))
    assert number is not None
    everybody = connection.scalars(sa.select(subscriptions.c.subscriber_id))
    rows = [
        {"issue_id": number, "subscriber_id": each, "state": "pending", "due_at": NOON}
        for each in everybody
    ]
    connection.execute(sa.insert(deliveries), rows)
    delivery_counts.recount(connection, number)
    return number


# pause


@pytest.mark.parametrize(
    ("form", "until"),
    [
        ({"span": "7"}, date(2026, 11, 28)),
        ({"span": "14"}, date(2026, 12, 5)),
        ({"span": "30"}, date(2026, 12, 21)),
        ({"until": "2026-11-22"}, date(2026, 11, 22)),
        ({"span": "0"}, None),
    ],
)
def test_a_pause_is_of_all_newsletters(site, form, until):
    ada = site.subscribe(paused_until=date(2026, 12, 1))
    site.subscribe(newsletter="weekly")
    assert site.post(site.preferences(ada) + "/pause", **form).status_code == 303
    assert {each.paused_until for each in site.gets().values()} == {until}
    page = site.get(site.preferences(ada)).text
    assert ("Resume now" in page) == (until is not None)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"span": "8"},
        {"span": "-7", "until": ""},
        {"until": "2026-11-21"},
        {"until": "2027-11-23"},
        {"until": "9999-12-31"},
        {"until": "soon"},
    ],
)
def test_a_pause_that_is_over_or_too_long_is_refused(site, form):
    ada = site.subscribe()
    before = site.dump()
    assert site.post(site.preferences(ada) + "/pause", **form).status_code == 422
    assert site.dump() == before


def test_today_is_the_date_on_the_subscribers_wall(site):
    """At noon in London it is tomorrow on Kiritimati."""
    ada = site.subscribe(timezone="Pacific/Kiritimati")
    site.post(site.preferences(ada) + "/pause", span="7")
    assert chosen(site).paused_until == date(2026, 11, 29)


def test_a_pause_that_is_over_is_none(site):
    ada = site.subscribe(paused_until=date(2026, 11, 21))
    assert "Resume now" not in site.get(site.preferences(ada)).text


# newsletters


def test_newsletters_are_joined_and_left_as_they_are_ticked(site):
    ada = site.subscribe(timezone="Asia/Tokyo", hour=7, topics=("space",))
    before = chosen(site)
    path = site.preferences(ada) + "/newsletters"
    site.post(path, newsletters=["daily", "weekly", "forged"])
    weekly = chosen(site, "weekly")
    assert (weekly.topics, weekly.timezone, weekly.hour) == ((), "Asia/Tokyo", 7)
    (consent,) = site.rows(consents)
    assert (consent["newsletter"], consent["how"]) == ("weekly", "web")
    assert "Weekly" in consent["words"]
    site.post(path, newsletters=["weekly"])
    assert list(site.gets()) == ["weekly"]
    assert site.left(ada)["daily"].how == "page"
    site.post(path)
    assert site.gets() == {}
    assert site.reason() == "unsubscribed"
    assert site.get(site.preferences(ada)).status_code == 200
    site.post(path, newsletters=["daily"])
    assert site.gets() == {"daily": before}
    assert site.reason() is None


# another address


def changes(site):
    return [row["id"] for row in site.rows(address_changes)]


def mails(site):
    return [(row["kind"], row["email"], row["details"]) for row in site.rows(notices)]


def ask(site, number, email=NEW):
    return site.post(site.preferences(number) + "/address", email=email)


def test_a_new_address_counts_when_it_was_confirmed_there(site):
    ada = site.subscribe(topics=("space",))
    old_link = site.unsubscribe(ada)
    assert ask(site, ada).status_code == 303
    assert site.subscriber(ada).email == ADA
    (change,) = changes(site)
    ((kind, to, details),) = mails(site)
    assert (kind, to, details["change"]) == ("address", NEW, change)
    before = site.dump()
    page = site.get(site.address(change))
    assert "Yes, use this address" in page.text
    assert site.dump() == before
    answer = site.post(site.address(change))
    assert answer.status_code == 200
    assert site.subscriber(ada).email == NEW
    assert chosen(site, email=NEW).topics == ("space",)
    assert mails(site)[1:] == [("address-changed", ADA, {"masked": "a…@new.example.org"})]
    assert site.get(old_link).status_code == 200
    assert site.get(site.preferences(ada)).status_code == 200


def test_an_old_list_does_not_bring_the_old_address_back(site):
    ada = site.subscribe()
    ask(site, ada)
    site.post(site.address(*changes(site)))
    assert (site.reason(ADA), site.reason(NEW)) == ("unsubscribed", None)
    ask(site, ada, ADA)
    site.post(site.address(changes(site)[-1]))
    assert site.subscriber(ada).email == ADA
    assert (site.reason(ADA), site.reason(NEW)) == (None, "unsubscribed")


def test_the_old_address_is_told_although_it_gets_nothing_more(site):
    ada = site.subscribe()
    ask(site, ada)
    site.post(site.address(*changes(site)))
    with site.pipeline.project.database.write() as connection:
        taken = notice_store.claim(connection, worker="w", now=NOON, limit=9, resend_in_doubt=True)
    assert [(one.notice.kind, one.notice.email) for one in taken] == [
        ("address", NEW),
        ("address-changed", ADA),
    ]


def test_the_link_to_a_new_address_says_again_that_it_is_done(site):
    ada = site.subscribe()
    ask(site, ada)
    (change,) = changes(site)
    first = site.post(site.address(change))
    before = site.dump()
    for answer in (first, site.get(site.address(change)), site.post(site.address(change))):
        assert answer.status_code == 200
        assert "Your address is changed" in answer.text
        assert "<form" not in answer.text
    assert site.dump() == before


def test_a_link_of_an_address_that_is_no_longer_the_one_is_over(site):
    """Else who was mailed once could take the subscriber's mail again."""
    ada = site.subscribe()
    ask(site, ada)
    ask(site, ada, "other@example.org")
    first, second = changes(site)
    site.post(site.address(second))
    assert site.get(site.address(first)).status_code == 410
    assert site.post(site.address(first)).status_code == 410
    assert site.subscriber(ada).email == "other@example.org"
    ask(site, ada, ADA)
    site.post(site.address(changes(site)[-1]))
    assert site.get(site.address(second)).status_code == 410
    assert site.subscriber(ada).email == ADA


def test_a_link_that_is_too_old_is_over(site):
    ada = site.subscribe()
    ask(site, ada)
    with site.pipeline.project.database.write() as connection:
        old = NOON - timedelta(days=8)
        connection.execute(sa.update(address_changes).values(asked_at=old))
    assert site.post(site.address(*changes(site))).status_code == 410
    assert site.subscriber(ada).email == ADA
    forget(site.pipeline.project.database, site.pipeline.project.config.settings.web, NOON)
    assert changes(site) == []


def test_nobody_learns_on_screen_whose_address_is_known_or_suppressed(site):
    ada, _ = site.subscribe(), site.subscribe(BEN)
    with site.pipeline.project.database.write() as connection:
        suppressions.suppress(connection, "eve@example.org", SuppressionReason.COMPLAINED, NOON)
    answers = [ask(site, ada, email) for email in (NEW, BEN, "eve@example.org")]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1


def test_an_address_that_has_a_subscriber_gets_what_it_did_not_get_and_the_subscriber_leaves(site):
    ada = site.subscribe(topics=("space",))
    site.subscribe(newsletter="weekly", topics=("culture",))
    ben = site.subscribe(BEN, topics=("medicine",))
    ask(site, ada, BEN)
    assert site.post(site.address(*changes(site))).status_code == 200
    assert site.gets(ADA) == {}
    assert site.reason(ADA) == "unsubscribed"
    assert chosen(site, "daily", BEN).topics == ("medicine",)
    assert chosen(site, "weekly", BEN).topics == ("culture",)
    assert (site.subscriber(ada).email, site.subscriber(ben).email) == (ADA, BEN)
    assert "Your address is changed" in site.get(site.address(*changes(site))).text


@pytest.mark.parametrize(
    ("reason", "status", "email"),
    [
        ("unsubscribed", 200, NEW),
        ("erased", 200, NEW),
        ("bounced", 410, ADA),
        ("complained", 410, ADA),
    ],
)
def test_only_what_was_the_persons_own_wish_ends_with_the_click(site, reason, status, email):
    ada = site.subscribe()
    ask(site, ada)
    with site.pipeline.project.database.write() as connection:
        suppressions.suppress(connection, NEW, reason, NOON)
    assert site.get(site.address(*changes(site))).status_code == status
    assert site.post(site.address(*changes(site))).status_code == status
    assert site.subscriber(ada).email == email
    assert site.reason(NEW) == (None if status == 200 else reason)


def test_the_way_out_of_a_bounce_is_another_address(site):
    ada = site.subscribe()
    with site.pipeline.project.database.write() as connection:
        suppressions.suppress(connection, ADA, SuppressionReason.BOUNCED, NOON)
    assert "came back" in site.get(site.preferences(ada)).text
    ask(site, ada)
    site.post(site.address(*changes(site)))
    assert (site.subscriber(ada).email, site.reason(NEW), site.reason(ADA)) == (
        NEW,
        None,
        "bounced",
    )


def test_an_address_is_mailed_once_in_a_while_and_a_subscriber_may_ask_three_times_a_day(site):
    ada = site.subscribe()
    assert [ask(site, ada).status_code for _ in range(3)] == [303, 303, 303]
    assert len(mails(site)) == 1
    refused = ask(site, ada, "other@example.org")
    assert refused.status_code == 422
    assert "Try again tomorrow" in refused.text


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.org", "ada@mailhost", "a b@example.org",
              "x" * 300 + "@example.org", "ada@example.org\r\nBcc: eve@example.org",
              "<ada@example.org>", "\x00@example.org"]
)  # fmt: skip
def test_what_is_no_address_is_refused_beside_its_field(site, email):
    ada = site.subscribe()
    before = site.dump()
    answer = ask(site, ada, email)
    assert answer.status_code == 422
    assert "This is not an email address" in answer.text
    assert site.dump() == before


def test_ones_own_address_is_no_change(site):
    ada = site.subscribe()
    assert "your address already" in ask(site, ada, ADA.upper()).text
    assert changes(site) == []


# all that is stored


def fill(site, number):
    """A row of everything about somebody, with the address wherever a server may have put it."""
    reply = f"550 <{ADA}> is not welcome"
    of = {"issue_id": None, "subscriber_id": number}
    with site.pipeline.project.database.write() as connection:
        of["issue_id"] = _sealed(connection, site)
        delivery_counts.update(connection, state="failed", reply=reply)
        attempt = {**of, "attempt": 1, "at": NOON, "state": "deferred", "reply": reply}
        connection.execute(sa.insert(attempts).values(attempt))
        key = suppressions.address_hash(ADA)
        bounce = {"message_hash": "a", "address_hash": key, "kind": "soft", "reason": reply}
        connection.execute(sa.insert(bounces).values({**of, **bounce, "received_at": NOON}))
        signup = {"newsletter": "weekly", "email": ADA, "address_hash": key, "name": "Ada"}
        more = {"topics": [], "wants_issue": True, "words": "Yes", "asked_at": NOON}
        connection.execute(sa.insert(signups).values(signup | more))
    ask(site, number)
    site.subscribe(newsletter="weekly")
    site.post(site.unsubscribe(number, "weekly"))
    site.post(site.unsubscribe(number, "weekly") + "/reason", words=f"I am {ADA}")


def test_the_download_holds_all_that_is_stored(site):
    ada = site.subscribe(name="Ada", topics=("space",))
    fill(site, ada)
    site.subscribe(BEN)
    answer = site.get(site.preferences(ada) + "/data.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert BEN not in answer.text
    stored = json.loads(answer.text)
    assert (stored["subscriber"]["email"], stored["subscriber"]["name"]) == (ADA, "Ada")
    (delivery,) = stored["deliveries"]
    assert (delivery["newsletter"], delivery["state"]) == ("daily", "failed")
    assert [row["newsletter"] for row in stored["subscriptions"]] == ["daily"]
    assert [row["newsletter"] for row in stored["unsubscribes"]] == ["weekly"]
    assert [row["email"] for row in stored["address_changes"]] == [NEW]
    for one in ("attempts", "bounces", "signups"):
        assert len(stored[one]) == 1, one


def test_after_erasing_the_address_is_nowhere_in_the_database_but_as_a_hash(site):
    ada = site.subscribe(name="Ada")
    fill(site, ada)
    ben = site.subscribe(BEN)
    path = site.preferences(ada)
    assert "Erase everything" in site.get(path + "/erase").text
    answer = site.post(path + "/erase")
    assert answer.status_code == 200
    everything = repr(site.dump())
    for word in (ADA, NEW, "Ada", "not welcome"):
        assert word not in everything
    assert site.reason() == "erased"
    assert len(site.rows(deliveries)) == 1
    for table in (unsubscribes, address_changes, signups, notices):
        assert site.rows(table) == []
    assert [row["id"] for row in site.rows(subscribers)] == [ben]


def test_erasing_keeps_that_an_address_bounced(site):
    ada = site.subscribe()
    with site.pipeline.project.database.write() as connection:
        suppressions.suppress(connection, ADA, SuppressionReason.COMPLAINED, NOON)
    site.post(site.preferences(ada) + "/erase")
    assert site.reason() == "complained"


def test_after_erasing_old_links_show_a_calm_page_and_change_nothing(site):
    ada = site.subscribe()
    path = site.preferences(ada)
    site.post(path + "/erase")
    before = site.dump()
    for link in (path, path + "/erase", path + "/data.json", site.unsubscribe(ada)):
        answer = site.get(link)
        assert answer.status_code == 410
        assert "Nothing is stored about you" in answer.text
    for form in ("choices", "pause", "newsletters", "address", "erase"):
        assert site.post(f"{path}/{form}").status_code == 410
    assert site.dump() == before


# forms that nobody would send

_TEXT = st.text(max_size=30) | st.sampled_from(
    ["daily", "space", "7", "0", "2026-12-01", "Europe/Paris", "de", NEW, "\x00", "ß" * 99]
)
_FORM = st.dictionaries(
    st.sampled_from(
        ["topics", "newsletters", "hour", "timezone", "span", "until", "language", "email", "name",
         "newsletter", "reason", "words", "List-Unsubscribe"]
    ) | st.text(max_size=5),
    st.lists(_TEXT, max_size=3),
    max_size=6,
)  # fmt: skip
_DOORS = (
    "/preferences/{p}/choices", "/preferences/{p}/newsletters", "/preferences/{p}/pause",
    "/preferences/{p}/address", "/preferences/{p}/erase", "/unsubscribe/{u}",
    "/unsubscribe/{u}/all", "/unsubscribe/{u}/undo", "/unsubscribe/{u}/reason", "/address/{a}",
)  # fmt: skip


_FUZZ = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def door_of(site, door):
    """A door of somebody who is subscribed, whatever was posted there before."""
    with site.pipeline.project.database.write() as connection:
        suppressions.lift(connection, ADA)
        (ada,) = subscribe(connection, ADA)
        change = address_change_store.ask(connection, ada, NEW, NOON)
    paths = {"p": site.preferences(ada), "u": site.unsubscribe(ada), "a": site.address(change)}
    return door.format(**{name: path.rpartition("/")[2] for name, path in paths.items()})


@_FUZZ
@given(door=st.sampled_from(_DOORS), form=_FORM)
def test_no_form_makes_the_site_fail(site: Subscribers, door, form):
    assert site.post(door_of(site, door), **form).status_code in (200, 303, 410, 422)


@_FUZZ
@given(
    door=st.sampled_from(_DOORS),
    content=st.binary(max_size=200),
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
    ),
)
def test_no_body_makes_the_site_fail(site: Subscribers, door, content, kind):
    headers = {"Content-Type": kind} if kind else {}
    answer = site.browser.post(door_of(site, door), content=content, headers=headers)
    assert answer.status_code in (200, 303, 400, 410, 422)
