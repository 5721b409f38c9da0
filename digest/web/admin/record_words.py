"""The record in words: what somebody did, to what, and what was there before; pure.

An act without words here is told as it is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.issue_edits import STOPPING, EditKind
from digest.parsing import read_number
from digest.store.audit import AuditEntry
from digest.web.admin.issue_paths import path_of_key
from digest.web.admin.layout import issue_title, short_hash

# What is done: the words, in which `{it}` is what it is done to. Where `{it}` is missing, it is
# who does it.
ACTS = {
    "log in": "logged in",
    "log out": "logged out",
    "log out elsewhere": "logged out everywhere else",
    "log-in refused": "typed a wrong password",
    "code refused": "typed a wrong code",
    "choose password": "chose a password",
    "change password": "changed the password of {it}",
    "make link": "made a link to log in for {it}",
    "turn on codes": "switched codes of a phone on",
    "turn off codes": "switched codes of a phone off",
    "add passkey": "added a passkey",
    "remove passkey": "removed a passkey",
    "add account": "added {it}",
    "remove account": "removed {it}",
    "change role": "changed the role of {it}",
    "add token": "made {it}",
    "revoke token": "revoked {it}",
    "add webhook": "added {it}",
    "remove webhook": "removed {it}",
    "enable webhook": "enabled {it}",
    "disable webhook": "disabled {it}",
    "rotate secret": "made a new secret for {it}",
    "replay webhook": "sent {it} again what it had not taken",
    "test webhook": "sent {it} a test",
    "approve": "approved {it}",
    "pull back approval": "pulled back the approval of {it}",
    "waive": "let a finding of the gate pass in {it}",
    "share": "made a link to {it} for a colleague",
    "test": "sent a test of {it}",
    "comment": "commented on {it}",
    "pause": "paused the sending of {it}",
    "resume": "let the sending of {it} go on",
    "stop": "stopped the sending of {it} for good",
    "try again": "had the mails of {it} attempted again",
    "correct": "corrected {it} on the site",
    "pin": "pinned {it}",
    "unpin": "unpinned {it}",
    "drop": "dropped {it}",
    "restore": "let {it} be told after all",
    "merge stories": "made another story part of {it}",
    "split story": "took reports out of {it}",
    "relabel": "gave {it} another topic",
    "tell after all": "let {it} be told after all",
    "pause source": "paused {it}",
    "resume source": "had {it} asked again",
    "release source": "ended the quarantine of {it}",
    "drop what was kept back": "dropped what was kept back of {it}",
    "add source": "added {it}",
    "remove source": "removed {it}",
    "save keywords": "saved the keywords of {it}",
    "undo keywords": "took back the keywords that were saved for {it}",
    "redo keywords": "let the keywords of {it} count that were taken back",
    "add subscriber": "added {it}",
    "change subscription": "changed what {it} gets",
    "unsubscribe": "unsubscribed {it}",
    "erase": "erased {it}",
    "lift suppression": "let {it} get mail again",
    "import subscribers": "imported subscribers of {it}",
    "export subscribers": "downloaded the subscribers of {it}",
}
# Of edits, in which `{story}` is the story that they are of.
_EDITS = {
    EditKind.LEAD: "let {story} lead {it}",
    EditKind.ORDER: "chose which stories come first in {it}",
    EditKind.HIDE: "took {story} out of {it}",
    EditKind.TOPIC: "told {story} under another topic in {it}",
    EditKind.HEADLINE: "wrote another headline for {story} in {it}",
    EditKind.BULLETS: "wrote other bullets for {story} in {it}",
    EditKind.PICTURE: "chose the picture of {story} in {it}",
    EditKind.ALT: "described the picture of {story} in {it}",
    EditKind.DAYS: "chose the days of {story}",
    EditKind.STORY: "wrote {story} by hand for {it}",
    EditKind.NOTE: "wrote the note of {it}",
    EditKind.SUBJECT: "wrote the subject of {it}",
    EditKind.PREHEADER: "wrote the preheader of {it}",
    EditKind.HOLD: "held {it}",
    EditKind.SKIP: "skipped {it}",
    EditKind.HOUR: "chose the hour of {it}",
}
_OF_STORIES = (EditKind.LEAD, EditKind.ORDER)
_BACK = {
    "undo": "took back that they ",
    "redo": "did once more: ",
    "release": "took back that they ",
}
# What `before` and `after` are, where that is not clear by itself.
_LABELS = {
    "waive": ("finding", "why"),
    "stop": ("", "why"),
    "edit: hold": ("", "why"),
    "edit: skip": ("", "why"),
    "merge stories": ("", "story"),
    "split story": ("", "they are story"),
    "release source": ("it was kept back because", ""),
    "drop what was kept back": ("it was kept back because", ""),
    "approve": ("", "content"),
    "add account": ("", "role"),
    "add token": ("", "may"),
    "unsubscribe": ("from", ""),
    "lift suppression": ("it got none because", ""),
}
# Where the pages of what is acted on are.
_PAGES = {
    "story": "/admin/stories",
    "subscriber": "/admin/subscribers",
    "source": "/admin/sources",
    "webhook": "/admin/webhooks",
}


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """Lines that came or went, and what they are; no label where that is clear."""

    label: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """An act: `before_it` and `after_it` are its words around what it was done to.

    `path` is where that is, empty where it has no page.
    """

    entry: AuditEntry
    at: datetime
    before_it: str
    it: str
    after_it: str
    path: str
    changes: Sequence[RecordedChange]


@dataclass(frozen=True, slots=True)
class Names:
    """What newsletters, sources and stories are called, by their ids and numbers."""

    newsletters: Mapping[str, str]
    sources: Mapping[str, str]
    headlines: Mapping[int, str]

    def story(self, number: object) -> str:
        """Its headline; its number, where that is not known any more."""
        headline = self.headlines.get(number) if isinstance(number, int) else None
        return f"“{headline}”" if headline else f"story {number or '?'}"


def stories_in(entries: Iterable[AuditEntry]) -> set[int]:
    """The numbers of the stories that a page of the record names."""
    numbers = set()
    for entry in entries:
        kind, _, number = entry.subject.partition(" ")
        if kind == "story":
            numbers.add(read_number(number))
        edit = _edit_of(entry)
        if edit is not None:
            numbers.add(_of_mapping(entry.after, "story"))
            lines = [*_lines_of(entry.before), *_lines_of(entry.after)]
            numbers |= {read_number(line) for line in lines} if edit in _OF_STORIES else set()
    return {number for number in numbers if isinstance(number, int)}


def in_words(entry: AuditEntry, names: Names) -> RecordLine:
    """An act as a sentence without its subject, which is who did it."""
    it, path = _subject(entry.subject, names)
    edit = _edit_of(entry)
    if edit is None:
        words, changes = ACTS.get(entry.action, f"{entry.action}: {{it}}"), _changes(entry, names)
    else:
        story = names.story(_of_mapping(entry.after, "story"))
        words = _EDITS[edit].replace("{story}", story)
        words = _BACK.get(entry.action.partition(":")[0], "") + words
        changes = _changes_of_edit(entry, edit, names)
    before_it, has_it, after_it = words.partition("{it}")
    return RecordLine(entry, entry.at, before_it, it if has_it else "", after_it, path, [*changes])


def _edit_of(entry: AuditEntry) -> EditKind | None:
    """What kind of edit was made, undone or redone, if it was one."""
    _, is_edit, kind = entry.action.partition(": ")
    return EditKind(kind) if is_edit and kind in list(EditKind) else None


def _subject(subject: str, names: Names) -> tuple[str, str]:
    """What was acted on, and where its page is."""
    kind, _, name = subject.partition(" ")
    if kind == "issue":
        return issue_title(name, names.newsletters), path_of_key(name)
    words = {
        "story": names.story(read_number(name)),
        "source": names.sources.get(name, name),
        "newsletter": names.newsletters.get(name, name),
        "account": f"the account of {name}",
        "token": f"the token {name}",
    }
    return words.get(kind, subject), f"{_PAGES[kind]}/{name}" if kind in _PAGES else ""


def _changes(entry: AuditEntry, names: Names) -> Iterable[RecordedChange]:
    labels = _LABELS.get(entry.action, ("before", "" if entry.before is None else "now"))
    for value, label in ((entry.before, labels[0]), (entry.after, labels[1])):
        if isinstance(value, Mapping):
            for name, part in value.items():
                shown = names.newsletters.get(part, part) if name == "newsletter" else part
                yield RecordedChange(name.replace("_", " "), [_plain(shown)])
        elif value not in (None, [], ""):
            yield RecordedChange(label, [_plain(value)])


def _changes_of_edit(entry: AuditEntry, edit: EditKind, names: Names) -> Iterable[RecordedChange]:
    was, now = _lines_of(entry.before), _lines_of(entry.after)
    if edit in _OF_STORIES:
        was = [names.story(read_number(line)) for line in was]
        now = [names.story(read_number(line)) for line in now]
    if edit in STOPPING:
        was = []  # nothing was there
    if edit is EditKind.HIDE:
        was = []  # its headline, which the sentence has
    label = _LABELS.get(f"edit: {edit}", ("before", ""))[1]
    if now:
        yield RecordedChange(label or ("now" if was else ""), now)
    if was and was != now:
        yield RecordedChange("before", was)


def _lines_of(value: object) -> list[str]:
    lines = _of_mapping(value, "lines")
    return [str(line) for line in lines if line] if isinstance(lines, list) else []


def _of_mapping(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _plain(value: object) -> str:
    """A value of the record in one line."""
    parts = value if isinstance(value, list) else [value]
    return ", ".join(str(short_hash(part)) for part in parts if part is not None) or "none"
