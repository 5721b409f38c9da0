"""`digest figures`: what the desk shows as charts, as tables and as JSON."""

from digest.cli.context import one_newsletter, project_of
from digest.cli.json_output import say_json
from digest.cli.options import Json, OneNewsletterId, ProjectFolder
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.services.overview.figures import NewsletterFigures, read_figures
from digest.services.overview.figures_document import figures_document
from digest.text import plural


def figures(
    newsletter: OneNewsletterId = None, folder: ProjectFolder = None, as_json: Json = False
) -> None:
    """Show the figures of a newsletter: subscribers, mails, topics, sources, clicks if counted."""
    with project_of(folder) as project:
        letter = one_newsletter(project, newsletter)
        read = read_figures(project, letter)
    if as_json:
        say_json(figures_document(letter, read))
        return
    days = read.subscribers
    joined, left = sum(day.joined for day in days), sum(day.left for day in days)
    now = plural(days[-1].subscribers, "subscriber")
    say(f"{now}; {joined:,} came and {left:,} left in {len(days)} days.")
    if read.issues:
        say()
        say_table(
            ["Issue", "Sent", "Failed"],
            [(issue.day, f"{issue.sent:,}", f"{issue.failed:,}") for issue in read.issues],
        )
    for column, rows in (
        ("Topic chosen", read.topics),
        ("Source of stories", read.sources),
        ("Domain that bounced", read.bounces),
    ):
        if rows:
            say()
            say_table([column, "Count"], [(name, f"{count:,}") for name, count in rows])
    _say_clicks(read)


def _say_clicks(read: NewsletterFigures) -> None:
    if read.clicks is None:
        return
    say()
    say(f"{plural(read.clicks.total, 'click')} on stories in 30 days.")
    if read.clicks.total:
        say_table(
            ["Story", "Headline", "Issue", "Clicks"],
            [
                (story.story_id, story.headline, story.issued, f"{story.count:,}")
                for story in read.clicks.stories
            ],
        )
