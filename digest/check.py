"""What `digest check` looks at: each thing that a run needs, and what to do about it."""

import shlex
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.exc import OperationalError

from digest.app import make_clock, make_links, open_database, smtp_servers
from digest.atomic_files import open_to_others
from digest.check_dns import dkim_findings, sender_domain_findings
from digest.clock import local_date, local_time
from digest.collect.files.folder import read_folder
from digest.collect.files.result import Rejected
from digest.compose.keywords import names_a_topic
from digest.config import Config
from digest.deliver.smtp.backend import SmtpBackend
from digest.deliver.smtp.server import SmtpServer
from digest.error_words import words_of
from digest.errors import DigestError, SettingsError
from digest.keywords import (
    KeywordPlace,
    not_about,
    only_about,
    read_keyword,
    unknown_prefix,
    without_unknown_prefix,
)
from digest.model import (
    Finding,
    Issue,
    Newsletter,
    Picture,
    PictureFile,
    SourceRef,
    Story,
    Topic,
)
from digest.package_files import bundled
from digest.render.mail import Renderer
from digest.secret_key import key_left_behind, refuse_another_key
from digest.services.delivery.accounts import draw_accounts, recount
from digest.services.delivery.report import stranded_issues
from digest.services.installation.guard import copy_fault
from digest.services.keywords.save import owned_lists
from digest.services.sources.status import source_statuses, with_problems
from digest.services.webhooks import status
from digest.settings import FolderSource, NewsletterSettings
from digest.store import issues, reports, subscribers
from digest.store.database import Database, in_words
from digest.store.schema_check import missing
from digest.store.schema_revision import HEAD
from digest.text import plural

# Of the files of a folder, and of feeds, so many are named: there may be thousands.
_NAMED = 10


def examine(
    config: Config, *, with_dns: bool = False, dns_server: str = "", recounting: bool = False
) -> Iterator[Finding]:
    """Look at settings, database, key, sources, templates and the way out, one after the other.

    What is wrong with one of them does not keep the others from being looked at. Of DNS the DKIM
    records alone are looked up, unless `with_dns`; at this machine's resolver, or `dns_server`.
    With `recounting`, deliveries whose counts are wrong are counted anew.
    """
    yield _settings(config)
    yield from _topics(config)
    yield from _idle_settings(config)
    with _opened(config) as database:
        yield from _whatever_comes("database", _database(database))
        yield from _whatever_comes("secret_key", _key(config, database))
        if isinstance(database, Database):
            yield from _whatever_comes("installation", _installation(config, database))
            yield from _whatever_comes("keywords", _keywords(config, database))
            yield from _whatever_comes("subscribers", _subscribers(config, database))
            yield from _whatever_comes("issues", _stranded(config, database))
            yield from _whatever_comes("accounts", _accounts(database, recounting=recounting))
            yield from _whatever_comes("webhooks", _webhooks(database))
            yield from _whatever_comes("feeds", _feeds(config, database))
        for source in config.folders:
            step = _folder(config, source, database)
            yield from _whatever_comes(f"source {source.id}", step)
        yield from _whatever_comes("permissions", _private(config, database))
    for newsletter in config.settings.newsletters:
        place = f"templates for {newsletter.id}"
        yield from _whatever_comes(place, _templates(config, newsletter, place))
    for newsletter in config.settings.newsletters:
        step = dkim_findings(config, newsletter, dns_server)
        yield from _whatever_comes(f"dkim for {newsletter.id}", step)
    for newsletter in config.settings.newsletters:
        if newsletter.count_clicks:
            from digest.check_clicks import click_findings

            step = click_findings(config, newsletter)
            yield from _whatever_comes(f"clicks for {newsletter.id}", step)
    yield from _whatever_comes("backend", _delivery_options(config))
    if with_dns:
        yield from _whatever_comes("dns", sender_domain_findings(config, dns_server))


def refused_settings(error: SettingsError) -> Iterator[Finding]:
    """What is wrong with the settings, one finding each."""
    for problem in error.problems:
        where = problem.origin or problem.key
        yield Finding(problem.key, "error", problem.reason, f"mend it in {where}")


def _whatever_comes(place: str, step: Iterator[Finding]) -> Iterator[Finding]:
    """What a step finds; where it cannot go on, that is a finding too."""
    try:
        yield from step
    except DigestError as error:
        yield Finding(place, "error", error.message, error.remedy or "")
    except OperationalError as error:
        explained = in_words(error)
        if explained is None:
            raise
        yield Finding(place, "error", explained.message, explained.remedy or "")
    except OSError as error:
        fault = f"{error.filename}: {words_of(error)}" if error.filename else words_of(error)
        yield Finding(place, "error", fault, "mend its permissions, or the disk")


def _settings(config: Config) -> Finding:
    newsletters = config.settings.newsletters
    if not newsletters:
        remedy = "add [[newsletters]] to config/digest.toml"
        return Finding("settings", "warning", "no newsletter", remedy)
    count = f"{len(newsletters)} newsletter{'' if len(newsletters) == 1 else 's'}"
    return Finding("settings", "ok", f"{count}, {len(config.topics.topics)} topics")


def _topics(config: Config) -> Iterator[Finding]:
    """The topics whose keywords this version knows for words of every day: they decide alone."""
    ours = tomllib.loads((bundled("config") / "topics.toml").read_text("utf-8"))["topics"]
    everyday = {hint for topic in ours for hint in topic.get("hints", ())}
    words_of_topic = {
        topic.id: words
        for topic in config.topics.topics
        if (words := [keyword for keyword in topic.keywords if keyword in everyday])
    }
    if words_of_topic:
        named = "; ".join(f"{topic} ({', '.join(w)})" for topic, w in words_of_topic.items())
        remedy = "move them from keywords to hints in config/topics.toml"
        yield Finding("topics", "warning", f"words of every day decide alone for {named}", remedy)


def _keywords(config: Config, database: Database) -> Iterator[Finding]:
    """Lists saved in place of those of the settings; a topic or a place which is not there."""
    with database.read() as connection:
        lists = owned_lists(connection, config)
    for listed in lists:
        place = f"{listed.kind} {listed.owner}"
        if listed.saved and listed.is_saved and listed.in_settings:
            yield Finding(
                place,
                "warning",
                f"the keywords that {listed.saved.saved_by} saved count, not those of the settings",
                "take those out of the settings, or let them count again: `digest keywords reset`",
            )
        written = (*not_about(listed.keywords), *only_about(listed.keywords))
        for keyword in map(read_keyword, written):
            if prefix := unknown_prefix(keyword.text):
                yield Finding(
                    place,
                    "warning",
                    f"the keyword {keyword.text} begins with {prefix}:, which names no place",
                    "begin it with title:, source: or topic:; for the words alone write "
                    f"{without_unknown_prefix(keyword.text)}",
                )
            if keyword.place is KeywordPlace.TOPIC and not names_a_topic(keyword, config.topics):
                yield Finding(
                    place,
                    "warning",
                    f"the keyword {keyword.text} names no topic",
                    "write the id or the whole title of a topic of config/topics.toml",
                )


def _idle_settings(config: Config) -> Iterator[Finding]:
    """Settings of newsletters that do nothing beside the others."""
    fields = NewsletterSettings.model_fields
    for letter in config.settings.newsletters:
        has_approval = letter.approval == "required"
        for name, counts, why in (
            ("alert_sources", not has_approval, 'approval = "required": nothing goes out unseen'),
            ("alert_hours", letter.alert_sources > 0, "alert_sources = 0"),
            ("approval_by", has_approval, 'approval = "none"'),
            ("when_unapproved", has_approval, 'approval = "none"'),
            ("cooling_off", has_approval, 'approval = "none"'),
        ):
            if not counts and getattr(letter, name) != fields[name].default:
                yield Finding(
                    f"newsletter {letter.id}",
                    "warning",
                    f"{name} does nothing beside {why}",
                    "change one of them in config/digest.toml",
                )


@contextmanager
def _opened(config: Config) -> Iterator[Database | DigestError]:
    """The database, or why there is none."""
    try:
        database = open_database(config)
    except DigestError as error:
        yield error
        return
    try:
        yield database
    finally:
        database.close()


def _database(database: Database | DigestError) -> Iterator[Finding]:
    if isinstance(database, DigestError):
        raise database
    with database.rehearsal() as connection:
        lacking = list(missing(connection))
    if lacking:
        yield Finding(
            "database",
            "error",
            f"schema {HEAD} is not whole: there is no {', no '.join(lacking)}",
            "restore a backup, or the copy that was made before the upgrade: docs/upgrading.md",
        )
        return
    name = database.engine.dialect.name
    yield Finding("database", "ok", f"{name}, schema {HEAD}, can be written")


def _key(config: Config, database: Database | DigestError) -> Iterator[Finding]:
    """Whether links in mails that are out still work."""
    if isinstance(database, Database):
        refuse_another_key(config, database)
    behind = key_left_behind(config)
    if behind is not None:
        yield Finding(
            "secret_key",
            "warning",
            f"{behind} holds another key: links in mails that it signed do not work",
            "put it into DIGEST_OLD_SECRET_KEYS, or delete the file if it signed none",
        )


def _installation(config: Config, database: Database) -> Iterator[Finding]:
    """Whether mail may go out from here, or this is a copy."""
    fault = copy_fault(config, database, make_clock(config)())
    if fault is not None:
        yield Finding("installation", "error", fault.message, fault.remedy or "")


def _subscribers(config: Config, database: Database) -> Iterator[Finding]:
    """Whom nothing is mailed to: newsletters and topics were chosen that the settings lack."""
    total, lost = 0, Counter[tuple[str, str]]()
    with database.read() as connection:
        for newsletter, topics, count in subscribers.choices(connection):
            total += count
            if config.newsletter(newsletter) is None:
                lost["newsletter", newsletter] += count
            for topic in set(topics) - set(config.topics.by_id):
                lost["topic", topic] += count
    if not total:
        remedy = "`digest subscribers add` or `import`; if there were some, restore the database"
        yield Finding("subscribers", "warning", "nobody is subscribed", remedy)
    elif not lost:
        yield Finding("subscribers", "ok", plural(total, "subscription"))
    for (kind, name), count in sorted(lost.items()):
        chose = "are to" if kind == "newsletter" else "chose"
        file = "digest" if kind == "newsletter" else "topics"
        yield Finding(
            "subscribers",
            "warning",
            f"{count:,} subscriptions {chose} {name!r}, which is no {kind} of config/{file}.toml",
            "give it this id again: nothing of it is mailed to them",
        )


def _stranded(config: Config, database: Database) -> Iterator[Finding]:
    """Mail that waits in the name of a newsletter that is gone."""
    with database.read() as connection:
        stranded = stranded_issues(connection, config)
    for issue in stranded:
        gone = f"config/digest.toml has no newsletter {issue.newsletter!r}"
        until = local_time(issue.until, UTC, make_clock(config)())
        yield Finding(
            f"issue {issue.issue}",
            "warning",
            f"{issue.subscribers:,} wait for it, and {gone}",
            f"put it back, or leave it: what waits is given up by {until}",
        )


def _accounts(database: Database, *, recounting: bool) -> Iterator[Finding]:
    """Whether everybody is accounted for, in the issues that `digest status` lists."""
    with database.read() as connection:
        latest = [record for record in issues.latest(connection, 10) if record.sealed]
    for record in latest if recounting else ():
        if recount(database, record):
            yield Finding("accounts", "ok", f"{record.key}: its deliveries were counted anew")
    with database.read() as connection:
        accounts = [draw_accounts(connection, record) for record in latest]
    faults = [fault for drawn in accounts for fault in drawn.faults()]
    for fault in faults:
        yield Finding(
            "accounts",
            "error",
            fault,
            "a fault in this program: keep a `digest backup`, report it with the log, and see "
            "docs/troubleshooting.md",
        )
    if accounts and not faults:
        sums = f"{accounts[0].issue}: {accounts[0].sentence}"
        before = f"; {len(accounts) - 1} before it balance too" if len(accounts) > 1 else ""
        yield Finding("accounts", "ok", f"{sums}{before}")


def _webhooks(database: Database) -> Iterator[Finding]:
    """Programs that take nothing of what they are to be told."""
    with database.read() as connection:
        everything = status.statuses(connection)
    for fares in everything:
        place = f"webhook {fares.webhook.id}"
        if fares.webhook.is_in_trouble:
            yield Finding(place, "warning", fares.sentence, fares.remedy)
        else:
            yield Finding(place, "ok", f"{fares.state}; {fares.waiting:,} wait for it")


def _feeds(config: Config, database: Database) -> Iterator[Finding]:
    """How many there are, those that editors added among them, and which of them are in trouble."""
    with database.read() as connection:
        statuses = source_statuses(connection, config, make_clock(config)())
    feeds = [feed for feed in statuses if feed.kind == "feed"]
    troubled = with_problems(feeds)
    for feed in troubled[:_NAMED]:
        detail = f"{feed.state}: {feed.reason}" if feed.reason else str(feed.state)
        yield Finding(f"source {feed.id}", "warning", detail, f"`{feed.remedy}`")
    if len(troubled) > _NAMED:
        detail = f"{len(troubled) - _NAMED:,} more are in trouble"
        yield Finding("feeds", "warning", detail, "see `digest sources list`")
    if feeds and not troubled:
        added = sum(bool(feed.added_by) for feed in feeds)
        beside = f", {added:,} of them added beside the settings" if added else ""
        count = f"{len(feeds):,} feed{'' if len(feeds) == 1 else 's'}{beside}"
        yield Finding("feeds", "ok", f"{count}; none is in trouble")


def _folder(
    config: Config, source: FolderSource, database: Database | DigestError
) -> Iterator[Finding]:
    """The folder, and what lies in it and cannot be read: collecting leaves that, every time."""
    place, folder = f"source {source.id}", config.path(source.path)
    if not folder.is_dir():
        remedy = "make it, or mend config/sources.toml"
        yield Finding(place, "error", f"{folder} is no folder", remedy)
        return
    hashes: Mapping[str, str] = {}
    if isinstance(database, Database):
        with database.read() as connection:
            hashes = reports.known_files(connection, source.id)
    now = make_clock(config)()
    today = max((local_date(now, n.zone) for n in config.newsletters()), default=now.date())
    items = read_folder(folder, source=source.id, today=today, hashes=hashes)
    rejected = [item for item in items if isinstance(item, Rejected)]
    if not rejected:
        yield Finding(place, "ok", str(folder))
    for item in rejected[:_NAMED]:
        remedy = "mend it or take it out: the stories in the other files are told without it"
        yield Finding(place, "warning", str(item), remedy)
    if len(rejected) > _NAMED:
        yield Finding(place, "warning", f"{len(rejected) - _NAMED:,} more files cannot be read")


def _private(config: Config, database: Database | DigestError) -> Iterator[Finding]:
    """What only its owner should read; each command mends what is its own."""
    places = [config.state_folder, config.path(config.settings.outbox.folder)]
    if isinstance(database, Database) and database.file is not None:
        places.append(database.file)
    for place in (config.root / ".env", *places):
        if open_to_others(place):
            remedy = f"chmod go= {shlex.quote(str(place))}"
            yield Finding("permissions", "warning", f"{place} is open to others", remedy)


def _templates(config: Config, newsletter: Newsletter, place: str) -> Iterator[Finding]:
    """Whether the templates can be rendered, with an issue of two stories."""
    topic = config.topics.topics[0] if config.topics.topics else Topic("other", "Other")
    now = datetime.now(UTC)
    source = SourceRef("Example Times", "https://example.org/")
    file = PictureFile(f"{'0' * 32}.jpg", f"{'0' * 32}.webp", 1200, 630, 90_000)
    picture = Picture("A sample picture", file, file, file)
    lead = Story(
        1, "A sample headline", ("A bullet.",), topic.id, 1, (source,), now, picture=picture
    )
    second = replace(lead, id=2, headline="Another headline", sources=())
    issue = Issue("sample", now.date(), "Subject", "Preheader", (topic,), (lead, second), (lead,))
    # Nobody gets these links: whatever key there is stays as it is.
    renderer = Renderer((config.path("templates"),), make_links(config, "sample"))
    rendered = renderer.render(issue, newsletter)
    yield Finding(place, "ok", f"rendered, {sum(map(len, rendered.html.values())):,} characters")


def _delivery_options(config: Config) -> Iterator[Finding]:
    settings = config.settings
    if settings.backend == "outbox":
        folder = config.path(settings.outbox.folder)
        yield Finding("backend", "ok", f"outbox: messages are written to {folder}; nothing is sent")
        return
    for server in smtp_servers(config):
        yield from _server(server)
    if "localhost" in settings.site_url:
        detail = f"links in mails begin with {settings.site_url}"
        yield Finding("site_url", "warning", detail, "set site_url to the public address")
    for newsletter in settings.newsletters:  # what of the sample settings must reach nobody
        place, domain = f"newsletter {newsletter.id}", newsletter.sender_domain
        if domain.endswith(("example.org", "example.com", ".test")):
            detail = f"sends from the example domain {domain}"
            yield Finding(place, "warning", detail, "set sender to an address of yours")
        if "example" in newsletter.postal_address.lower():
            detail = f'gives the made-up postal address "{newsletter.postal_address}"'
            yield Finding(place, "warning", detail, "set postal_address to one that reaches you")


def _server(server: SmtpServer) -> Iterator[Finding]:
    place = "backend" if server.name == "smtp" else f"backend {server.name}"
    fault = SmtpBackend(server).probe()
    if fault:
        settings = "SMTP" if server.name == "smtp" else f"BACKENDS_{server.name}".upper()
        variables = f"DIGEST_{settings.replace('-', '_')}_*"
        yield Finding(place, "error", fault, f"mend {variables} in .env, or start the server")
    else:
        how = "logged in" if server.username else "no log-in"
        reached = f"smtp, {server.host}:{server.port}, {server.security}"
        yield Finding(place, "ok", f"{reached}: {how}")
    if server.security == "none" and server.username:
        yield Finding(
            place, "warning", "the password travels unencrypted", "set security to starttls or tls"
        )
