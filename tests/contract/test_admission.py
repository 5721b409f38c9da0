"""What an import does to who is here: nobody twice, nobody back who left, each with a consent."""

from datetime import timedelta

from digest.model import Subscription, SuppressionReason
from digest.services.subscribers import unsubscribe
from digest.services.subscribers.importing.add import Admission, admit
from digest.services.subscribers.importing.rows import CHOICES, ImportedStatus, ImportRow
from digest.store import consents, subscribers, suppressions, unsubscribes
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import NOON
from tests.contract.givens import at_once, given_subscribers, subscribe

ADMISSION = Admission("daily", NOON, "imported: subscribers.csv")
EARLIER = NOON - timedelta(days=400)
ANN = "ann@example.org"


def row(email=ANN, standing=ImportedStatus.ACTIVE, *, given=(), consent_at=None, **more):
    return ImportRow(Subscription(email, **more), frozenset(given), standing, consent_at)


def admitted(database, *batch, admission=ADMISSION):
    with database.write() as connection:
        return {key: n for key, n in admit(connection, admission, batch).items() if n}


def consents_of(connection, email=ANN):
    number = subscribers.find_id(connection, email)
    assert number is not None
    return consents.of_subscriber(connection, number)


def subscription(connection, email=ANN, newsletter="daily"):
    found = {row["newsletter"]: row for row in subscribers.subscriptions_of(connection, email)}
    return found.get(newsletter)


# those who are in


def test_each_new_subscription_has_one_consent_with_its_time_and_words(database):
    batch = [row(consent_at=EARLIER), row("bob@example.org")]
    assert admitted(database, *batch) == {"added": 2}
    assert admitted(database, *batch) == {"updated": 2}
    with database.read() as connection:
        for email, when in ((ANN, EARLIER), ("bob@example.org", NOON)):
            (agreed,) = consents_of(connection, email)
            assert (agreed.newsletter, agreed.how, agreed.given_at) == ("daily", "import", when)
            assert (agreed.words, agreed.network) == (ADMISSION.words, None)


def test_a_consent_is_never_of_the_future(database):
    admitted(database, row(consent_at=NOON + timedelta(days=1)))
    with database.read() as connection:
        assert [agreed.given_at for agreed in consents_of(connection)] == [NOON]


def test_what_an_arrival_does_not_speak_of_stays_as_the_subscriber_chose_it(database):
    with database.write() as connection:
        subscribe(connection, ANN, "bob@example.org", topics=("space",), timezone="UTC", hour=7)
    batch = [row(), row("bob@example.org", given=CHOICES, topics=("culture",), hour=9)]
    assert admitted(database, *batch) == {"updated": 2}
    with database.read() as connection:
        ann, bob = subscription(connection), subscription(connection, "bob@example.org")
        assert (ann["topics"], ann["timezone"], ann["hour"]) == (["space"], "UTC", 7)
        assert (bob["topics"], bob["timezone"], bob["hour"]) == (["culture"], None, 9)


def test_of_two_arrivals_with_one_address_both_count_in_their_order(database):
    batch = [row(given={"hour"}, hour=7), row("ANN@example.org", given={"hour"}, hour=9)]
    assert admitted(database, *batch) == {"added": 1, "updated": 1}
    with database.read() as connection:
        assert subscription(connection)["hour"] == 9


def test_whoever_is_suppressed_or_left_stays_out_and_agreed_to_nothing(database):
    with database.write() as connection:
        (bob,) = subscribe(connection, "bob@example.org")
        subscribe(connection, "bob@example.org", newsletter="weekly")
        unsubscribe.leave(connection, bob, "daily", UnsubscribeMethod.PAGE, NOON)
        suppressions.suppress(connection, ANN, SuppressionReason.BOUNCED, NOON)
    assert admitted(database, row(), row("bob@example.org")) == {"suppressed": 2}
    with database.read() as connection:
        assert subscribers.find_id(connection, ANN) is None
        assert subscription(connection, "bob@example.org") is None
        assert consents.of_subscriber(connection, bob) == []


def test_two_imports_of_the_same_file_at_once_add_everyone_once(database, open_database):
    batch = [row(email) for email in given_subscribers(200)]
    one, two = open_database(), open_database()
    results = at_once([lambda: admitted(one, *batch), lambda: admitted(two, *reversed(batch))])
    assert sorted(map(str, results)) == ["{'added': 200}", "{'updated': 200}"]
    with database.read() as connection:
        assert len(consents_of(connection, given_subscribers(1)[0])) == 1


# those who are out


def test_strangers_who_left_or_bounced_elsewhere_are_suppressed_by_their_hash_alone(database):
    gone = {
        ANN: ImportedStatus.UNSUBSCRIBED,
        "bob@example.org": ImportedStatus.BOUNCED,
        "cleo@example.org": ImportedStatus.COMPLAINED,
    }
    batch = [row(email, standing) for email, standing in gone.items()]
    counted = {standing.value: 1 for standing in gone.values()}
    assert admitted(database, *batch) == counted
    assert admitted(database, *batch) == counted
    with database.read() as connection:
        for email, standing in gone.items():
            assert suppressions.reason_for(connection, email) == standing.value
            assert subscribers.find_id(connection, email) is None
    assert admitted(database, *map(row, gone)) == {"suppressed": 3}


def test_a_subscriber_here_who_left_elsewhere_leaves_this_newsletter(database):
    with database.write() as connection:
        (ann,) = subscribe(connection, ANN)
        subscribe(connection, ANN, newsletter="weekly")
    assert admitted(database, row(standing=ImportedStatus.UNSUBSCRIBED)) == {"unsubscribed": 1}
    with database.read() as connection:
        assert subscription(connection) is None
        assert subscription(connection, newsletter="weekly") is not None
        assert suppressions.reason_for(connection, ANN) is None
        (left,) = unsubscribes.of_subscriber(connection, ann)
        assert (left.newsletter, left.how) == ("daily", "import")
    assert admitted(database, row()) == {"suppressed": 1}


def test_a_subscriber_here_whose_address_bounced_elsewhere_gets_nothing_more(database):
    with database.write() as connection:
        subscribe(connection, ANN)
    admitted(database, row(standing=ImportedStatus.BOUNCED))
    with database.read() as connection:
        assert suppressions.reason_for(connection, ANN) == "bounced"


def test_leaving_wins_over_joining_whatever_comes_first(database):
    joins, leaves = row(), row(standing=ImportedStatus.UNSUBSCRIBED)
    assert admitted(database, joins, leaves) == {"added": 1, "unsubscribed": 1}
    bob = "bob@example.org"
    batch = [row(bob, ImportedStatus.UNSUBSCRIBED), row(bob)]
    assert admitted(database, *batch) == {"suppressed": 1, "unsubscribed": 1}
    with database.read() as connection:
        assert list(subscribers.everyone(connection)) == []


def test_who_never_confirmed_or_was_disabled_is_left_out_and_may_still_come(database):
    batch = [
        row(standing=ImportedStatus.UNCONFIRMED),
        row("b@example.org", ImportedStatus.DISABLED),
    ]
    assert admitted(database, *batch) == {"unconfirmed": 1, "disabled": 1}
    with database.read() as connection:
        assert list(suppressions.everyone(connection)) == []
    assert admitted(database, row()) == {"added": 1}


def test_nobody_arrives(database):
    assert admitted(database) == {}
