"""An error as sentences of a page, which name its own buttons instead of commands."""

import re

from digest.errors import DigestError

# What does on the pages what a command does; a command that has nothing here stays as it is.
_PAGES = {
    "admins add": "Accounts",
    "admins list": "Accounts",
    "check-issue": "“Looked over” beside its preview",
    "deliveries retry": "“Try again” under Sending",
    "explain": "the page of the story",
    "issue approve": "“Approve”",
    "issue bullets": "“Edit”",
    "issue edits": "“What was decided” under Edit",
    "issue headline": "“Edit”",
    "issue hold": "“Hold it”",
    "issue order": "“Edit”",
    "issue picture": "the page of the story under Edit",
    "issue pull-back": "“Pull the approval back”",
    "issue redo": "“Redo” beside it",
    "issue release": "“Let it go out”",
    "issue resume": "“Go on” under Sending",
    "issue show": "its preview",
    "issue undo": "“Undo” beside it",
    "issue waive": "“Let it pass”",
    "keywords blocked": "Keywords",
    "send --date": "a command of the operator",
    "send --only-missing": "Whoever runs the newsletter, by `digest send --only-missing`,",
    "sources list": "Sources",
    "sources release": "“Trust it again” on its page",
    "sources remove": "“Remove” on its page, where it was added here,",
    "sources test": "“Try it now” on its page",
    "status": "Today",
    "subscribers list": "Subscribers",
    "stories correct": "“Correct a story” under Sending",
    "stories drop": "“Drop it” on its page",
    "stories list": "Stories",
    "suppressions lift": "“Let them get mail again” on its page",
    "tokens list": "Tokens",
    "topics list": "Stories",
    "topics set": "the page of the story",
    "webhooks enable": "“Enable” on its page",
    "webhooks list": "Webhooks",
    "webhooks rotate": "“New secret” on its page",
    "webhooks show": "its page under Webhooks",
    "webhooks test": "“Send a test” on its page",
}
_COMMAND = re.compile(r"`digest ([a-z-]++)(?: ([a-z-]++))?+[^`]*+`")
_OPTIONS = {
    "name a later date with --date": "choose a later date",
    "name a date to come with --date": "choose a date to come",
    "name one of these days with --date": "choose one of these days",
    "give another --name": "choose another name",
    ", or name the service that the file is from with --from": "",
    ", or name another service with --from": "",
    "give that too (--at-least)": "give that too",
}


def sentence_of(error: DigestError) -> str:
    """What is wrong and what to do about it; an address keeps its small letter."""
    parts = (error.message, by_pages(error.remedy or ""))
    return " ".join(_sentence(part) for part in parts if part)


def by_pages(text: str) -> str:
    """A text with the places on the pages in it, where they do what it names commands for."""
    for option, words in _OPTIONS.items():
        text = text.replace(option, words)
    return _COMMAND.sub(_page_for, text)


def _page_for(command: re.Match[str]) -> str:
    word, second = command.groups()
    return _PAGES.get(f"{word} {second}", _PAGES.get(word, command.group()))


def _sentence(text: str) -> str:
    first = text.partition(" ")[0]
    is_address = "@" in first or "://" in first
    start = text if is_address else f"{text[:1].upper()}{text[1:]}"
    return start if start.endswith((".", "!", "?")) else f"{start}."
