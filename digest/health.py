"""What `digest check` looks at: each thing that a run needs, and what to do about it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path

from digest.app import allowed_inside, dkim_keys, make_renderer, smtp_servers
from digest.config import Config, load_config
from digest.deliver.server import SmtpServer
from digest.deliver.smtp import SmtpBackend
from digest.errors import DigestError, SettingsError
from digest.model import Finding, Issue, SourceRef, Story, Topic
from digest.store.database import HEAD, Database


def examine(root: Path) -> Iterator[Finding]:
    """Look at settings, database, sources, templates and the way out, one after the other."""
    config = load_config(root)
    newsletters = config.settings.newsletters
    count = f"{len(newsletters)} newsletter{'' if len(newsletters) == 1 else 's'}"
    if newsletters:
        yield Finding("settings", "ok", f"{count}, {len(config.topics.topics)} topics")
    else:
        yield Finding(
            "settings", "warning", "no newsletter", "add [[newsletters]] to config/digest.toml"
        )
    yield from _keys(config)
    yield _database(config)
    yield from _sources(config)
    yield from _templates(config)
    yield from _dkim(config)
    yield from _way_out(config)


def _keys(config: Config) -> Iterator[Finding]:
    """Whether a key that signed links until now was left behind."""
    kept = config.state_folder / "secret_key"
    settings = config.settings
    known = [key.get_secret_value() for key in (settings.secret_key, *settings.old_secret_keys)]
    if known[0] and kept.is_file() and kept.read_text("utf-8").strip() not in known:
        yield Finding(
            "secret_key",
            "warning",
            f"{kept} holds another key: links in mails that it signed do not work",
            "put it into DIGEST_OLD_SECRET_KEYS, or delete the file if it signed none",
        )


def _database(config: Config) -> Finding:
    try:
        database = Database(config.settings.database_url, config.root)
    except DigestError as error:
        return Finding("database", "error", error.message, error.remedy or "")
    try:
        with database.rehearsal():
            pass
        name = database.engine.dialect.name
        return Finding("database", "ok", f"{name}, schema {HEAD}, can be written")
    finally:
        database.close()


def _sources(config: Config) -> Iterator[Finding]:
    yield from _folders(config)
    try:
        allowed_inside(config)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(problem.key, "error", problem.reason, f"mend {problem.origin}")
    if config.feeds:
        detail = "the settings are fine; `digest sources list` tells how they answer"
        count = len(config.feeds)
        yield Finding(f"{count:,} feed{'' if count == 1 else 's'}", "ok", detail)


def _folders(config: Config) -> Iterator[Finding]:
    for source in config.folders:
        folder = config.path(source.path)
        if folder.is_dir():
            yield Finding(f"source {source.id}", "ok", str(folder))
        else:
            yield Finding(
                f"source {source.id}",
                "error",
                f"{folder} is no folder",
                "make it, or mend config/sources.toml",
            )


def _templates(config: Config) -> Iterator[Finding]:
    renderer = make_renderer(config)
    for newsletter in config.settings.newsletters:
        try:
            rendered = renderer.render(_sample(config), newsletter)
        except DigestError as error:
            yield Finding(
                f"templates for {newsletter.id}", "error", error.message, error.remedy or ""
            )
        else:
            yield Finding(
                f"templates for {newsletter.id}",
                "ok",
                f"rendered, {sum(map(len, rendered.html.values())):,} characters",
            )


def _sample(config: Config) -> Issue:
    topic = config.topics.topics[0] if config.topics.topics else Topic("other", "Other")
    now = datetime.now(UTC)
    source = SourceRef("Example Times", "https://example.org/")
    story = Story(1, "A sample headline", ("A sample bullet.",), topic.id, 1, (source,), now)
    second = Story(2, "Another headline", ("Another bullet.",), topic.id, 2, (), now)
    return Issue("sample", now.date(), "Subject", "Preheader", (topic,), (story, second), (story,))


def _dkim(config: Config) -> Iterator[Finding]:
    """Each key against its DNS record, where there is DNS."""
    import dns.resolver  # noqa: PLC0415 - slow to load, and only this looks anything up

    for newsletter in config.settings.newsletters:
        for key in dkim_keys(config, newsletter):
            place = f"dkim for {newsletter.id}"
            remedy = f"publish {key.record_name} TXT {key.record}"
            try:
                answer = dns.resolver.resolve(key.record_name, "TXT", lifetime=5)
            except dns.resolver.NXDOMAIN:
                yield Finding(place, "error", f"{key.record_name} is not in DNS", remedy)
            except dns.exception.DNSException as error:
                detail = f"{key.record_name} could not be looked up: {error}"
                yield Finding(place, "warning", detail, "try again where there is DNS")
            else:
                texts = [b"".join(record.strings).decode("ascii", "replace") for record in answer]
                if any(_same_key(text, key.record) for text in texts):
                    yield Finding(place, "ok", f"{key.record_name} holds our {key.algorithm} key")
                else:
                    yield Finding(place, "error", f"{key.record_name} holds another key", remedy)


def _same_key(first: str, second: str) -> bool:
    def key(record: str) -> str:
        tags = (tag.partition("=") for tag in record.split(";"))
        return next(("".join(v.split()) for name, _, v in tags if name.strip() == "p"), "")

    return key(first) == key(second)


def _way_out(config: Config) -> Iterator[Finding]:
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
    for newsletter in settings.newsletters:
        domain = parseaddr(newsletter.sender)[1].rpartition("@")[2]
        if domain.endswith(("example.org", "example.com", ".test")):
            detail = f"sends from the example domain {domain}"
            yield Finding(
                f"newsletter {newsletter.id}",
                "warning",
                detail,
                "set sender to an address of yours",
            )


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
