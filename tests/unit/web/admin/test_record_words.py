"""The record is told in words: each act that the services keep has some."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.issue_edits import EditKind
from digest.store.audit import AuditEntry
from digest.web.admin.record_words import ACTS, Names, in_words, stories_in
from tests.builders import NOON
from tests.paths import ROOT

NAMES = Names({"daily": "Example Daily"}, {"feed": "Gazette"}, {4: "A comet", 7: "A river"})
# What is said beside an act: who does it, and to what.
NO_ACTS = {"keep.people", "log-in"}
KEEPERS = {"audit.record", "_record", "_note"}


def entry(action, subject, before=None, after=None):
    return AuditEntry(1, NOON, "Ada", "203.0.113.7", action, subject, before, after)


def told(action, subject, before=None, after=None):
    line = in_words(entry(action, subject, before, after), NAMES)
    return f"{line.before_it}{line.it}{line.after_it}"


def changes(action, subject, before=None, after=None):
    line = in_words(entry(action, subject, before, after), NAMES)
    return [(change.label, *change.lines) for change in line.changes]


def acts_of(file: Path) -> Iterator[str]:
    """The acts that a module keeps, as far as they stand where it does so."""
    for call in ast.walk(ast.parse(file.read_text())):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in KEEPERS:
            for value in call.args:
                either = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                yield from (
                    part.value
                    for part in either
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )


def test_each_act_that_is_kept_has_words():
    services = (ROOT / "digest" / "services").rglob("*.py")
    kept = {act for file in services if "audit" in file.read_text() for act in acts_of(file)}
    assert len(kept) > 25
    assert kept - NO_ACTS <= set(ACTS)


@pytest.mark.parametrize("kind", EditKind)
@pytest.mark.parametrize("done", ["edit", "undo", "redo"])
def test_each_edit_has_words_without_a_field_or_a_number(kind, done):
    after = {"lines": ["07:30"], "edit": 12, "story": 4}
    words = told(f"{done}: {kind}", "issue daily-2026-11-21", {"lines": []}, after)
    assert "{" not in words
    assert "lines" not in words
    assert "12" not in words


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (("log in", "log-in"), "logged in"),
        (
            ("edit: hour", "issue daily-2026-11-21"),
            "chose the hour of Example Daily of Sat 21 Nov",
        ),
        (("pin", "story 4"), "pinned “A comet”"),
        (("pin", "story 9"), "pinned story 9"),
        (("pause source", "source feed"), "paused Gazette"),
        (("add account", "account Ben"), "added the account of Ben"),
        (("dance", "story 4"), "dance: “A comet”"),
        (("approve", "issue daily-2026-13-01"), "approved daily-2026-13-01"),
    ],
)
def test_an_act_is_a_sentence(act, words):
    assert told(*act) == words


def test_what_was_there_before_stands_below_it():
    hour = {"lines": ["06:00"]}, {"lines": ["07:30"], "edit": 3}
    of_issue = "issue daily-2026-11-21"
    assert changes("edit: hour", of_issue, *hour) == [("now", "07:30"), ("before", "06:00")]
    lead = {"lines": ["7"], "story": 4}, {"lines": [], "edit": 3, "story": 4}
    assert changes("edit: lead", of_issue, *lead) == [("before", "“A river”")]
    assert stories_in([entry("edit: lead", of_issue, *lead)]) == {4, 7}
    assert changes("approve", of_issue, None, "0f" * 32) == [("content", "0f0f0f0f0f0f…")]
    chosen = {"newsletter": "daily", "topics": ["space", "climate"], "paused_until": None}
    assert changes("change subscription", "subscriber 1", None, chosen) == [
        ("newsletter", "Example Daily"),
        ("topics", "space, climate"),
        ("paused until", "none"),
    ]
