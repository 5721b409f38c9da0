"""Every word that can be typed after `digest`, with the first sentence of its help."""

import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from digest import log
from digest.cli.lazy import Command, CommandGroup, LazyGroup, Table
from digest.cli.options import project_before

SUBSCRIBERS: Table = {
    "add": Command(
        "Add one subscriber, or change what one gets.",
        "digest subscribers add ada@example.org --topics 'space;physics'",
    ),
    "remove": Command(
        "End a subscription: nothing more is sent, also not of an issue that is on its way.",
        "digest subscribers remove ada@example.org",
    ),
    "erase": Command(
        "Erase a person who asks for it: all that is stored, but a hash that keeps them out.",
        "digest subscribers erase ada@example.org",
    ),
    "list": Command(
        "List the subscribers.",
        "digest subscribers list --json",
    ),
    "import": Command(
        "Add the subscribers of a CSV file: our own, or an export of another service.",
        "digest subscribers import subscribers.csv --dry-run",
    ),
    "export": Command(
        "Write the subscribers as CSV, in the form that import reads.",
        "digest subscribers export subscribers.csv",
    ),
}

SUPPRESSIONS: Table = {
    "list": Command(
        "List the addresses that get nothing more, and why.",
        "digest suppressions list --json",
    ),
    "lift": Command(
        "Let an address get mail again that was suppressed; only if it asked, or works again.",
        "digest suppressions lift ada@example.org",
    ),
}

WORKERS: Table = {
    "list": Command(
        "List the runs that send: which of them live, what each has claimed, and since when.",
        "digest workers list --json",
    ),
    "release": Command(
        "End a run by hand: what it may have on the wire is in doubt, and the rest waits again.",
        "digest workers release 3f9c12ab",
    ),
}

DKIM: Table = {
    "keygen": Command(
        "Make a private key, and print the DNS record and the settings that go with it.",
        "digest dkim keygen --domain example.org",
    ),
}

SOURCES: Table = {
    "add": Command(
        "Add a feed to config/sources.toml.",
        "digest sources add https://news.example.org/",
    ),
    "list": Command(
        "List the sources: how each stands, when it was read last, what came of it in a week.",
        "digest sources list --json",
    ),
    "test": Command(
        "Fetch a feed now and show what would come of it.",
        "digest sources test example-times",
    ),
    "pause": Command(
        "Ask a feed no more, until it is resumed.",
        "digest sources pause example-times",
    ),
    "resume": Command(
        "Ask a feed again that was paused, was gone, or is waited with because it failed.",
        "digest sources resume example-times",
    ),
    "release": Command(
        "Trust a quarantined source again, after a look: what was kept back is told.",
        "digest sources release example-times --drop",
    ),
    "remove": Command(
        "Take a source out of config/sources.toml, or one that was added live.",
        "digest sources remove example-times",
    ),
    "import": Command(
        "Add the feeds of an OPML file that are not there yet.",
        "digest sources import feeds.opml",
    ),
    "export": Command(
        "Write the feeds as OPML, which every feed reader takes; those of a topic in its folder.",
        "digest sources export feeds.opml",
    ),
}

KEYWORDS: Table = {
    "list": Command(
        "List the keywords of each newsletter and feed that has some, and which list it is.",
        "digest keywords list",
        file="keyword_lists",
    ),
    "save": Command(
        "Let a list count in place of that of the settings, on every host, with its next round.",
        "digest keywords save 'football;title:cup*' --newsletter science-daily",
        file="keyword_lists",
    ),
    "undo": Command(
        "Let what was saved last count no more: the list before it does.",
        "digest keywords undo --newsletter science-daily",
        file="keyword_lists",
    ),
    "redo": Command(
        "Let what was undone count again.",
        "digest keywords redo --newsletter science-daily",
        file="keyword_lists",
    ),
    "reset": Command(
        "Let the list of the settings count again.",
        "digest keywords reset --source example-times",
        file="keyword_lists",
    ),
    "test": Command(
        "Show what a list would have kept and blocked in the last 14 days.",
        "digest keywords test 'football;title:cup*' --newsletter science-daily",
        apart=(("--source", "--newsletter"),),
    ),
    "blocked": Command(
        "List what the keywords of sources blocked in the last 14 days, and by which.",
        "digest keywords blocked --source example-times",
    ),
    "restore": Command(
        "Tell after all what the keywords of a source blocked; the next run makes stories of it.",
        "digest keywords restore 340 341",
    ),
}

ADMINS: Table = {
    "add": Command(
        "Add an account, and print the link by which its owner chooses a password.",
        "digest admins add ada@example.org --role editor",
    ),
    "remove": Command(
        "Remove an account: it is logged out everywhere; what it did stays on record.",
        "digest admins remove ada@example.org",
    ),
    "list": Command(
        "List the accounts, and the role of each.",
        "digest admins list --json",
    ),
    "passwd": Command(
        "Give an account another password, which is asked for, or read from standard input.",
        "digest admins passwd ada@example.org",
    ),
    "link": Command(
        "Print a link by which an account's owner chooses a new password: once, and for a day.",
        "digest admins link ada@example.org",
    ),
}

TOKENS: Table = {
    "add": Command(
        "Make a token by which a program uses the API, and print it: this one time.",
        "digest tokens add website --scopes 'issues:read;stories:read' --days 30",
    ),
    "list": Command(
        "List the tokens: what each may do, until when, and when it was last used.",
        "digest tokens list --json",
    ),
    "revoke": Command(
        "Let a token open nothing from now on; what was done by it stays on record.",
        "digest tokens revoke website",
    ),
}

ISSUE: Table = {
    "show": Command(
        "Show the next issue as it would be sealed now, and what was decided of it.",
        "digest issue show --date 2026-11-21",
        file="issue_show",
    ),
    "lead": Command(
        "Let a story open the issue.",
        "digest issue lead 12",
        file="issue_edits",
    ),
    "order": Command(
        "Put stories first, in this order; the rest follows as the rules rank it.",
        "digest issue order 12 17 9",
        file="issue_edits",
    ),
    "hide": Command(
        "Leave stories out of this issue; they stay new for the next.",
        "digest issue hide 17",
        file="issue_edits",
    ),
    "topic": Command(
        "Tell a story under another topic, in this issue.",
        "digest issue topic 12 physics",
        file="issue_edits",
    ),
    "headline": Command(
        "Give a story another headline, in this issue.",
        "digest issue headline 12 'A quiet star wakes'",
        file="issue_edits",
    ),
    "bullets": Command(
        "Give a story other bullets, in this issue.",
        "digest issue bullets 12 'It flared in May.' 'Nobody knows why.'",
        file="issue_edits",
        has_bullets=True,
    ),
    "picture": Command(
        "Let a story show another picture of its reports, or none, in this issue.",
        "digest issue picture 12 none",
        file="issue_stories",
    ),
    "alt": Command(
        "Say what a story's picture shows, for whoever does not see it.",
        "digest issue alt 12 'A red star beside a blue one'",
        file="issue_stories",
        may_be_empty="TEXT",
    ),
    "days": Command(
        "Choose the first and the last date on which a story is news; without both, as the rules "
        "do.",
        "digest issue days 12 --first 2026-11-23",
        file="issue_stories",
    ),
    "write": Command(
        "Write a story by hand, for this issue alone.",
        "digest issue write 'A talk on stars' 'On Friday at eight.' --topic space",
        file="issue_stories",
        has_bullets=True,
    ),
    "note": Command(
        "Write a note that the mail opens with, to all who get it.",
        "digest issue note 'We are away next week. See [our plans](https://example.org/plans).'",
        file="issue_edits",
        has_bullets=True,
    ),
    "subject": Command(
        "Write the subject of the mail.",
        "digest issue subject 'A star wakes, and two more stories'",
        file="issue_edits",
    ),
    "preheader": Command(
        "Write what mail programs show after the subject.",
        "digest issue preheader 'It flared in May. Nobody knows why.'",
        file="issue_edits",
    ),
    "test": Command(
        "Mail the issue to one address, or a few, marked as a test: it counts for nobody.",
        "digest issue test you@example.org --as ada@example.org",
        file="issue_test",
        apart=(("--as", "--topics"),),
    ),
    "hold": Command(
        "Let the issue wait until it is released, or its day is over.",
        "digest issue hold 'the lead is not confirmed'",
        file="issue_edits",
    ),
    "skip": Command(
        "Let there be no issue on this date; its stories stay new for the next.",
        "digest issue skip --date 2026-12-25 'Christmas'",
        file="issue_edits",
    ),
    "hour": Command(
        "Let the issue of one date go out at another hour.",
        "digest issue hour 07:30 --date 2026-12-25",
        file="issue_edits",
    ),
    "release": Command(
        "Let an issue go out after all that was held or skipped.",
        "digest issue release",
        file="issue_edits",
    ),
    "approve": Command(
        "Approve the issue as it would go out now: that content, and no other, is sealed.",
        "digest issue approve --date 2026-11-21",
        file="issue_approval",
    ),
    "pull-back": Command(
        "Take an approval back, as long as the issue is not sealed.",
        "digest issue pull-back",
        file="issue_approval",
    ),
    "waive": Command(
        "Let a finding of the gate pass for this issue, as long as it says the same.",
        "digest issue waive 3fa2b1c0 'that is how it is written'",
        file="issue_approval",
    ),
    "pause": Command(
        "Let what is left of an issue wait: every process that sends it ends within seconds.",
        "digest issue pause",
        file="issue_sending",
    ),
    "resume": Command(
        "Let the sending of a paused issue go on with the next run.",
        "digest issue resume",
        file="issue_sending",
    ),
    "stop": Command(
        "Send nothing more of an issue, for good: whoever has not got it never does.",
        "digest issue stop 'the lead is wrong'",
        file="issue_sending",
    ),
    "edits": Command(
        "List what was decided of an issue, sealed or not: who, when, and what was there before.",
        "digest issue edits --json",
        file="issue_show",
    ),
    "undo": Command(
        "Undo one edit, by its number; others stay.",
        "digest issue undo 4",
        file="issue_undo",
    ),
    "redo": Command(
        "Let an edit count again that was undone, by its number.",
        "digest issue redo 4",
        file="issue_undo",
    ),
}

DELIVERIES: Table = {
    "list": Command(
        "List all who did not get an issue, and why; with --state those who stand so.",
        "digest deliveries list --issue 2026-11-21 --state failed --csv",
        apart=(("--groups", "--csv"), ("--groups", "--words"), ("--csv", "--json")),
    ),
    "retry": Command(
        "Attempt again what failed of an issue, for nobody else; the next run sends it.",
        "digest deliveries retry --issue 2026-11-21",
    ),
}

STORIES: Table = {
    "list": Command(
        "List the stories that were collected in the last days, the newest first.",
        "digest stories list --days 7",
    ),
    "pin": Command(
        "Put stories before all others, in this order, in each issue that they are new for.",
        "digest stories pin 12 7",
    ),
    "unpin": Command(
        "Let stories that were pinned take their places among the others again.",
        "digest stories unpin 12",
    ),
    "drop": Command(
        "Take stories back that were not mailed yet: they go into no issue, for good.",
        "digest stories drop 12 17",
    ),
    "restore": Command(
        "Tell stories after all that were dropped, in each issue that they are new for.",
        "digest stories restore 12",
    ),
    "merge": Command(
        "Make two stories one, for good: OTHER's reports become part of STORY.",
        "digest stories merge 12 17",
    ),
    "correct": Command(
        "Correct a story on the site after it was mailed, marked as such; the mail stays as it is.",
        "digest stories correct 12 --headline 'A quiet star' --note 'It is one star, not two.'",
        file="story_corrections",
    ),
    "split": Command(
        "Take reports out of a story, for good: they make one of their own.",
        "digest stories split 12 340 341",
    ),
}

TOPICS: Table = {
    "list": Command(
        "List the topics: their keywords, the stories that people gave them, and what is learned.",
        "digest topics list --json",
    ),
    "set": Command(
        "Give a story its topic, for good.",
        "digest topics set 12 neuroscience",
    ),
    "train": Command(
        "Learn the topics from the stories that people gave one: in their files, or by `set`.",
        "digest topics train",
    ),
    "test": Command(
        "Say how good learned topics are: each labelled story is guessed without its own label.",
        "digest topics test --json",
    ),
}

WEBHOOKS: Table = {
    "list": Command(
        "List the webhooks: how each fares, and how many events wait for it.",
        "digest webhooks list --json",
    ),
    "show": Command(
        "Show the last events for a webhook, and what its server answered.",
        "digest webhooks show 1",
    ),
    "add": Command(
        "Tell a program of what happens, and print the secret by which it knows us.",
        "digest webhooks add https://hooks.example.org/digest --event issue.sent",
    ),
    "remove": Command(
        "Remove a webhook, and forget what waits for it.",
        "digest webhooks remove 1",
    ),
    "enable": Command(
        "Let a webhook be told again; what waits for it is sent at once.",
        "digest webhooks enable 1",
    ),
    "disable": Command(
        "Tell a webhook nothing until it is enabled; what happens meanwhile is not kept for it.",
        "digest webhooks disable 1",
    ),
    "rotate": Command(
        "Print a new secret for a webhook; for a day the one before signs as well.",
        "digest webhooks rotate 1",
    ),
    "test": Command(
        "Send an event for which nothing happened now, and say what the server answers.",
        "digest webhooks test 1",
    ),
    "replay": Command(
        "Send a webhook again what was given up; or one message, or all since a date.",
        "digest webhooks replay 1 --since 2026-11-21",
        apart=(("MESSAGE", "--since"),),
    ),
}

COMMANDS: Table = {
    "init": Command(
        "Make a project folder: settings, an .env, and seeds/ for stories.",
        "digest init my-newsletter",
    ),
    "demo": Command(
        "Show the whole job in a folder of its own: sample stories, one issue, three subscribers.",
        "digest demo",
    ),
    "collect": Command(
        "Take new stories from the sources.",
        "digest collect --json",
        file="run",
    ),
    "build": Command(
        "Compose the issue as a draft.",
        "digest build --date 2026-11-21",
        file="issue",
    ),
    "preview": Command(
        "Write issue.html, issue.txt and issue.eml as they would be sent; keep nothing.",
        "digest preview --subscriber ada@example.org --out /tmp/look",
        file="issue",
    ),
    "check-issue": Command(
        "Look the day's issue over as it would be sealed.",
        "digest check-issue --date 2026-11-21",
        file="issue",
    ),
    "send": Command(
        "Collect, and send the day's issue now, whatever the hour; nobody is mailed twice.",
        "digest send --dry-run",
        file="issue",
    ),
    "run": Command(
        "Do all that is due and exit: collect, seal, send, try again.",
        "digest run --json",
    ),
    "scheduler": Command(
        "Stay and do what is due, every minute, until SIGTERM or Ctrl-C.",
        "digest scheduler --project /srv/newsletter",
        file="run",
    ),
    "serve": Command(
        "Serve the site and do what is due, every minute, until SIGTERM or Ctrl-C.",
        "digest serve --port 8080",
    ),
    "worker": Command(
        "Stay and do the jobs that the scheduler and the site tell of, until SIGTERM or Ctrl-C.",
        "digest worker --queues mail --concurrency 2",
    ),
    "mcp": Command(
        "Answer an agent on standard input and output, by the Model Context Protocol.",
        "digest mcp --drafts-for Ada",
        apart=(("--drafts-for", "--port"),),  # over HTTP an agent drafts as its token
        needs=(("--host", "--port"),),
    ),
    "bounces": Command(
        "Read what came back: bounces, complaints, requests to leave.",
        "digest bounces /var/mail/bounces",
    ),
    "status": Command(
        "Where things stand: subscribers, issues, sources in trouble, files that are rejected.",
        "digest status --json",
        apart=(("--metrics", "--json"),),
    ),
    "figures": Command(
        "Show the figures of a newsletter: subscribers, mails, topics, sources, clicks if counted.",
        "digest figures --json",
    ),
    "config": Command(
        "Show each setting, its value (secrets masked), and where it comes from.",
        "digest config --json",
    ),
    "check": Command(
        "Look at settings, database, sources, templates and the mail server, and say what to mend.",
        "digest check",
    ),
    "rehearse": Command(
        "Rehearse a month in a minute: a copy of this project, a simulated clock, a bad mail "
        "server.",
        "digest rehearse --subscribers 500",
    ),
    "schedule": Command(
        "Print the file that runs this project by cron, systemd or launchd, filled in.",
        "digest schedule systemd --user newsletter",
    ),
    "backup": Command(
        "Copy the SQLite database to FILE, also while mail is being sent.",
        "digest backup /backups/digest.db --force",
        apart=(("FILE", "--made"),),
        needs=(("--force", "FILE"),),
    ),
    "migrate": Command(
        "Bring the database to the schema of this version; with PostgreSQL nothing else does.",
        "digest migrate",
    ),
    "adopt": Command(
        "Let a copy send that was moved here or restored; say what became of its mail.",
        "digest adopt --as sent",
    ),
    "explain": Command(
        "Say why: why an address did or did not get an issue; a story's topic, and its place.",
        "digest explain ada@example.org --date 2026-11-21",
    ),
    "admins": CommandGroup("Who may use the editors' pages.", ADMINS),
    "tokens": CommandGroup("What lets programs use the API.", TOKENS),
    "issue": CommandGroup("The next issue, as an editor wants it.", ISSUE),
    "deliveries": CommandGroup("Who got an issue, and who did not.", DELIVERIES),
    "workers": CommandGroup("Who sends now.", WORKERS, default="list"),
    "subscribers": CommandGroup("Who gets the newsletters.", SUBSCRIBERS),
    "suppressions": CommandGroup("Addresses that get nothing more.", SUPPRESSIONS),
    "dkim": CommandGroup("Keys that sign the mail.", DKIM),
    "sources": CommandGroup("Where the stories come from.", SOURCES),
    "keywords": CommandGroup("Words of what is told, and of what is not.", KEYWORDS),
    "stories": CommandGroup("What is told.", STORIES),
    "webhooks": CommandGroup("Programs that are told what happens.", WEBHOOKS),
    "topics": CommandGroup("What stories are about, and how it is told.", TOPICS),
}


class Digest(LazyGroup):
    """All of them."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(table=COMMANDS, **attrs)


app = typer.Typer(
    cls=Digest,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A daily news digest by mail: collects stories, builds the day's issue, sends it once.",
    epilog="Begin with: digest demo",
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from digest.store.schema_revision import HEAD
        from digest.version import commit, software_version

        built_from = commit()
        details = f"commit {built_from}, schema {HEAD}" if built_from else f"schema {HEAD}"
        typer.echo(f"newsletter-digest {software_version()} ({details})")
        raise typer.Exit


@app.callback()
def main(
    project: Annotated[
        Path | None, typer.Option("--project", metavar="DIR", help="The folder that holds config/.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every attempt.")] = False,
    version: Annotated[  # noqa: ARG001 - acts in its callback
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Set up what all commands share."""
    log.configure(logging.DEBUG if verbose else logging.WARNING)
    project_before.set(project)
