"""Commands that show an issue as an editor sees it, and what was decided of it."""

from digest.cli.approval_words import approval_json, approval_sentence
from digest.cli.context import project_of
from digest.cli.edit_words import edit_json, issue_edits_json, say_edits
from digest.cli.editing import issue_meant
from digest.cli.json_output import say_json
from digest.cli.local_times import project_clock
from digest.cli.options import Json, NextDate, OneNewsletterId, ProjectFolder
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.model import Story
from digest.services.issues.approval import approval_status
from digest.services.issues.describe_edit import numbered_names
from digest.services.issues.edit import edited_issue, edits_made
from digest.text import plural


def show(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Show the next issue as it would be sealed now, and what was decided of it.

    One that was sealed is shown as it went out. Stories that lie in seeds/ and were not collected
    yet are not among these: `digest collect`.
    """
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        current = edited_issue(project, chosen, day)
        names = numbered_names(project, current.records, current.issue)
        tell = project_clock(project)
        with project.database.read() as connection:
            approval = approval_status(connection, chosen, current.date)
    if as_json:
        say_json({**issue_edits_json(current), "approval": approval_json(approval)})
        return
    key = f"{current.newsletter.id}-{current.date}"
    issue = current.issue
    if issue is None:
        say(f"{key}: nothing is new for it yet.")
    else:
        sealed = f", sealed on {tell(current.sealed_at)}" if current.sealed_at else ""
        stories = f"{plural(len(issue.stories), 'story')}, {len(issue.more)} more by headline"
        say(f"{key}{sealed}: {stories}.")
        say(f"Subject: {issue.subject}")
        say(f"Preheader: {issue.preheader}")
        for paragraph in issue.note:
            say(f"Note: {paragraph}")
        edited = current.in_force.retold | set(current.in_force.first)
        say_table(
            ["Story", "Topic", "Sources", "Headline", ""],
            [_row(story, "edited" if story.id in edited else "") for story in issue.stories]
            + [_row(story, "More Stories") for story in issue.more],
        )
        if chosen.approval == "required" and not current.sealed_at:
            say(approval_sentence(approval, tell))
    say_edits(current.records, names, tell)
    for record in filter(current.is_idle, current.records):
        say(f"Edit {record.id} changes nothing now: story {record.edit.story} is not in the issue.")


def _row(story: Story, note: str) -> tuple[object, ...]:
    return story.id, story.topic, story.source_count, story.headline, note


def edits(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """List what was decided of an issue, sealed or not: who, when, and what was there before."""
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        records = edits_made(project, chosen, day)
        names = numbered_names(project, records)
        tell = project_clock(project)
    if as_json:
        say_json({"edits": [edit_json(record) for record in records]})
    elif not records:
        say(f"{chosen.id}-{day}: nothing was decided by hand.")
    else:
        say_edits(records, names, tell)
