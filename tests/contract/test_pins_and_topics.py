"""What an admin says of stories: a pin and a topic; and the list that an admin reads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.compose.select import ranked
from digest.errors import UsageError
from digest.merge.topic_model import Label, Text
from digest.services.stories import edit
from digest.services.stories.topic_training import BY_ADMIN, read_labels
from digest.store import given_topics, issues, pins, stories, story_list
from tests.builders import NOON, TREE, issue, keep, newsletter, report, story
from tests.contract.givens import add_story

LATER = NOON + timedelta(hours=3)


def add(connection, name, topic):
    told = story(0, headline=f"Headline {name}")
    return keep(connection, report(key=name, headline=name, topic=topic), told, f"raw {name}")


# the pin


def test_a_pin_holds_until_it_is_taken_off_and_says_whether_it_changed(database):
    with database.write() as connection:
        told, other = add_story(connection, "a"), add_story(connection, "b")
    name = str(told.id)
    assert [changed for _, changed in edit.pin(database, [name])] == [True]
    assert [changed for _, changed in edit.pin(database, [name])] == [False]
    with database.read() as connection:
        assert stories.get(connection, told.id) == replace(told, pinned=True, pin_place=1)
        assert stories.get(connection, other.id) == other
    assert [changed for _, changed in edit.unpin(database, [name])] == [True]
    assert [changed for _, changed in edit.unpin(database, [name])] == [False]
    with database.read() as connection:
        assert stories.get(connection, told.id) == told


def test_pinned_stories_stand_in_the_order_in_which_they_were_named(database):
    with database.write() as connection:
        a, b, c, d = (str(add_story(connection, name).id) for name in "abcd")

    def order() -> list[str]:
        with database.read() as connection:
            kept = [stories.get(connection, int(each)) for each in (a, b, c, d)]
        pinned = [each for each in kept if each is not None and each.pinned]
        ranks = ranked(pinned, newsletter(), TREE, NOON.date())
        return [str(each.id) for each in ranks]

    edit.pin(database, [c, a])
    assert order() == [c, a]
    edit.pin(database, [a, b])
    assert order() == [c, a, b], "what is pinned stays where it is"
    edit.pin(database, [d, b], before=a)
    assert order() == [c, d, b, a]
    edit.unpin(database, [d])
    edit.pin(database, [d])
    assert order() == [c, b, a, d]
    for before in (d, "999"):
        with pytest.raises(UsageError):
            edit.pin(database, [d], before=before)
    edit.unpin(database, [c])
    with pytest.raises(UsageError, match="is not pinned"):
        edit.pin(database, [d], before=c)
    assert order() == [b, a, d]


def test_a_story_that_is_told_anew_keeps_its_place(database):
    with database.write() as connection:
        told = add_story(connection, "a")
    edit.pin(database, [str(told.id)])
    with database.write() as connection:
        stories.update(connection, replace(told, headline="Another"), NOON)
        kept = stories.get(connection, told.id)
    assert kept == replace(told, headline="Another", pinned=True, pin_place=1)


# the topic


def test_a_topic_that_an_admin_set_is_kept_and_the_last_word_counts(database):
    with database.write() as connection:
        told, other = add_story(connection, "a"), add_story(connection, "b")
        for topic in ("medicine", "culture"):
            given_topics.set_topic(connection, told.id, topic, BY_ADMIN, LATER)
    with database.read() as connection:
        assert given_topics.is_set(connection, told.id)
        assert not given_topics.is_set(connection, other.id)
        found = stories.get(connection, told.id)
        assert found == replace(told, topic="culture", topic_reason=BY_ADMIN)
        assert stories.get(connection, other.id) == other


def test_labels_are_what_admins_set_and_what_files_name(database):
    with database.write() as connection:
        add(connection, "a", "Space")
        add(connection, "b", None)
        add(connection, "c", "Science")  # no leaf
        add(connection, "d", "Sport")  # none of ours
        corrected = add(connection, "e", "Space")
        given = add(connection, "f", None)
        given_topics.set_topic(connection, corrected, "medicine", BY_ADMIN, LATER)
        given_topics.set_topic(connection, given, "culture", BY_ADMIN, LATER)
    with database.read() as connection:
        bullets = story().bullets
        assert read_labels(connection, TREE) == [
            Label(Text("Headline a", tuple(b.replace("1", "0") for b in bullets)), "space"),
            Label(Text("Headline e", tuple(b.replace("1", "0") for b in bullets)), "medicine"),
            Label(Text("Headline f", tuple(b.replace("1", "0") for b in bullets)), "culture"),
        ]


# the list


def test_the_list_has_the_newest_first_with_the_issues_they_stood_in(database):
    with database.write() as connection:
        add_story(connection, "old", collected_at=NOON - timedelta(days=9))
        lead = add_story(connection, "a", collected_at=NOON - timedelta(hours=1))
        rest = add_story(connection, "b", collected_at=NOON)
        new = add_story(connection, "c", collected_at=NOON)
        issues.seal(connection, issue(lead, more=(rest,)), NOON)
        issues.seal(connection, issue(lead, newsletter=newsletter(id="weekly").id), NOON)
        issues.save_draft(connection, replace(issue(new), newsletter="other"), NOON)
        pins.set_order(connection, [rest.id])
    with database.read() as connection:
        found = list(story_list.collected_since(connection, NOON - timedelta(days=2)))
    assert [(one.id, one.pinned, one.issues) for one in found] == [
        (new.id, False, ()),
        (rest.id, True, ("daily-2026-11-21",)),
        (lead.id, False, ("daily-2026-11-21", "weekly-2026-11-21")),
    ]
    assert (found[0].topic, found[0].sources, found[0].headline) == ("space", 1, "Headline c")
    assert found[0].collected_at == NOON
