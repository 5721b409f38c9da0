"""An edit in words, as commands and pages tell it."""

from collections.abc import Mapping

from digest.edits import EditKind
from digest.store.edits import EditRecord

NUMBERS: Mapping[int, str] = {}
PAST = {EditKind.HOLD: "held", EditKind.SKIP: "skipped"}


def describe_edit(record: EditRecord, headlines: Mapping[int, str] = NUMBERS) -> str:
    """An edit as a phrase: `headline of 12: "New" (before: "Old")`.

    A story that `headlines` has is named by its headline, any other by its number.
    """
    edit = record.edit

    def name(number: int | str | None) -> str:
        headline = headlines.get(int(number)) if number is not None else None
        return f"“{headline}”" if headline else str(number)

    story = name(edit.story)
    text = " / ".join(edit.lines)
    match edit.kind:
        case EditKind.LEAD:
            words = f"{story} leads (before: {', '.join(map(name, record.before))})"
        case EditKind.HIDE:
            words = f"{story} is hidden" + (f": {record.before[0]}" if record.before else "")
        case EditKind.ORDER:
            words = f"first come {', '.join(map(name, edit.lines))}"
        case EditKind.HOLD | EditKind.SKIP:
            words = f"{PAST[edit.kind]}: {text}"
        case EditKind.HOUR:
            words = f"its hour is {text} (before: {' / '.join(record.before)})"
        case EditKind.STORY:
            words = f"{story} was written by hand: {text}"
        case EditKind.DAYS:
            first, last = edit.lines
            words = f"{story} is news from {first or 'its day'} to {last or 'when it is told'}"
        case EditKind.PICTURE | EditKind.ALT if not edit.lines:
            words = f"{story} has no {edit.kind}"
        case _:
            whose = f" of {story}" if edit.story is not None else ""
            before = f' (before: "{" / ".join(record.before)}")' if record.before else ""
            words = f'{edit.kind}{whose}: "{text}"{before}'
    return words
