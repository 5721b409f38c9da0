"""Builds what a project needs from its settings: the only place that picks concrete classes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from digest.clock import Clock, rehearsal_clock, system_clock
from digest.config import Config, load_config
from digest.error_words import words_of
from digest.errors import UsageError
from digest.jobs.queue import NO_QUEUE, JobQueue
from digest.model import Newsletter
from digest.pipeline import Outside, Pipeline
from digest.project import Project
from digest.rate_limits import RateLimits
from digest.render.links import Links
from digest.secret_key import refusal_of_an_empty_database, secret_key
from digest.services.delivery.issues import DeliveryOptions, IssueSender
from digest.services.delivery.notices import NoticeSender
from digest.services.installation.guard import settle_in
from digest.services.issues.build import IssueBuilder
from digest.setting_files import pem_of
from digest.settings import SmtpSettings
from digest.store.database import Database, exclusively
from digest.version import software_version

if TYPE_CHECKING:
    from digest.collect.net.exchange import ExchangeLimits
    from digest.collect.net.fetch import Fetcher
    from digest.collect.net.fetched import FetchLimits
    from digest.collect.net.guard import Allowed
    from digest.collect.net.post import Poster
    from digest.collect.net.robots import RobotsCopy
    from digest.deliver import dkim
    from digest.deliver.backend import Backend
    from digest.deliver.bounces.mailboxes import ImapAccount, Mailbox
    from digest.deliver.bounces.rules import BounceRules
    from digest.deliver.smtp.server import SmtpServer
    from digest.merge.summarise.llm import Summariser
    from digest.rehearsal import Rehearsal
    from digest.render.mail import Renderer
    from digest.render.notice import NoticeRenderer
    from digest.services.bounces.process import BounceProcessor
    from digest.services.heartbeat import Heartbeat
    from digest.services.issues.preview import Previewer
    from digest.services.webhooks.send import WebhookSender


@contextmanager
def open_project(
    root: Path, *, ticking: bool = False, clock: Clock | None = None
) -> Iterator[Project]:
    """The project in the folder `root`, with a clock, or that of its settings.

    With `ticking` the clock of DIGEST_NOW runs on.
    """
    config = load_config(root)
    database = open_database(config)
    try:
        links = make_links(config, secret_key(config, database))
        settle_in(config, database)
        clock = clock or make_clock(config, ticking=ticking)
        yield Project(config, database, clock, links, make_queue(config, database))
    finally:
        database.close()


def open_database(config: Config, *, may_migrate: bool = False) -> Database:
    """The database of a project; one that is gone is refused, and not made anew."""
    return Database(
        config.settings.database_url,
        config.root,
        may_migrate=may_migrate,
        gone=refusal_of_an_empty_database(config),
    )


def make_queue(config: Config, database: Database) -> JobQueue:
    """Where work waits for workers, where the settings say that there are some."""
    if not config.settings.workers.enabled:
        return NO_QUEUE
    with _procrastinate():
        from digest.jobs.procrastinate_queue import ProcrastinateQueue
        from digest.jobs.schema import refuse_an_old_schema
    with database.read() as connection:
        refuse_an_old_schema(connection)
    return ProcrastinateQueue()


def migrate_queue(config: Config, database: Database) -> int:
    """Bring the tables of the queue up to date, where there is one; how many changes it took."""
    if not config.settings.workers.enabled:
        return 0
    with _procrastinate():
        from digest.jobs.schema import bring_up_to_date
    with database.write() as connection:
        exclusively(connection)
        return bring_up_to_date(connection)


@contextmanager
def _procrastinate() -> Iterator[None]:
    """It is an extra, which may not be installed."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            "workers.enabled needs Procrastinate",
            remedy="pip install 'newsletter-digest[workers]'",
        ) from error


def make_pipeline(project: Project) -> Pipeline:
    """The day of a project."""
    builder, config = make_issue_builder(project), project.config
    return Pipeline(
        project,
        Outside(
            partial(make_fetcher, config, project.clock),
            partial(make_summariser, config),
            partial(make_picture_fetcher, config, project.clock),
            partial(make_link_fetcher, config, project.clock),
            partial(make_webhook_sender, project),
            partial(make_heartbeat, config, project.clock),
        ),
        builder,
        IssueSender(project, builder, make_delivery_options(config)),
        make_notice_sender(project),
    )


def make_rehearsal(project: Project) -> "Rehearsal":
    """What a day of a project would bring."""
    from digest.rehearsal import Rehearsal

    fetcher = partial(make_picture_fetcher, project.config, project.clock)
    return Rehearsal(project, make_issue_builder(project), fetcher)


def make_previewer(project: Project) -> "Previewer":
    """What shows the issues of a project."""
    from digest.services.issues.preview import Previewer

    return Previewer(project, make_issue_builder(project))


def make_issue_builder(project: Project) -> IssueBuilder:
    """What makes the issues of a project, from its own templates where it has any."""
    return IssueBuilder(
        project, partial(make_renderer, project), partial(make_signer, project.config)
    )


def make_renderer(project: Project) -> "Renderer":
    """What renders issues."""
    from digest.render.mail import Renderer

    return Renderer((project.config.path("templates"),), project.links)


def make_notice_sender(project: Project) -> NoticeSender:
    """What sends the notices, through the same backends as issues."""
    return NoticeSender(
        project, partial(make_notice_renderer, project), make_delivery_options(project.config)
    )


def make_notice_renderer(project: Project) -> "NoticeRenderer":
    """What renders notices."""
    from digest.render.notice import NoticeRenderer

    config = project.config
    days = config.settings.web.signup_days
    return NoticeRenderer((config.path("templates"),), project.links, config.topics, days)


def make_delivery_options(config: Config) -> DeliveryOptions:
    """What the settings say of sending."""
    return DeliveryOptions(
        backends=lambda: make_backends(config),
        signer=lambda newsletter: make_signer(config, newsletter),
        rules=lambda: bounce_rules(config),
    )


def make_clock(config: Config, *, ticking: bool = False) -> Clock:
    """The time: the machine's, or that of a rehearsal (DIGEST_NOW)."""
    now = config.settings.now
    return system_clock if now is None else rehearsal_clock(now, ticking=ticking)


def make_backends(config: Config) -> "list[Backend]":
    """What hands messages over."""
    from digest.deliver.outbox import OutboxBackend
    from digest.deliver.smtp.backend import SmtpBackend

    if config.settings.backend == "smtp":
        return [SmtpBackend(server) for server in smtp_servers(config)]
    return [OutboxBackend(config.path(config.settings.outbox.folder))]


def smtp_servers(config: Config) -> "tuple[SmtpServer, ...]":
    """The servers of the `smtp` backend: one each table [backends.NAME], or that of [smtp]."""
    settings = config.settings
    if not settings.backends:
        return (_smtp_server(config, "smtp", settings.smtp),)
    return tuple(
        replace(_smtp_server(config, name, backend), weight=backend.weight)
        for name, backend in settings.backends.items()
    )


def _smtp_server(config: Config, name: str, smtp: SmtpSettings) -> "SmtpServer":
    from digest.deliver.smtp.access_token import TokenCommand
    from digest.deliver.smtp.server import SmtpServer

    return SmtpServer(
        name=name,
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        username=smtp.username,
        password=smtp.password.get_secret_value(),
        ask_token=TokenCommand(smtp.token_command) if smtp.token_command else None,
        timeout=smtp.timeout,
        ca_file=config.path(smtp.ca_file) if smtp.ca_file else None,
        limits=RateLimits(
            connections=smtp.connections,
            connections_total=smtp.connections_total,
            messages_per_connection=smtp.messages_per_connection,
            per_second=smtp.per_second,
            per_minute=smtp.per_minute,
            per_hour=smtp.per_hour,
            per_day=smtp.per_day,
            per_domain=smtp.per_domain,
        ),
    )


def make_signer(config: Config, newsletter: Newsletter) -> "dkim.Signer | None":
    """What puts the DKIM signatures before a newsletter's messages, or None without a key."""
    from digest.deliver import dkim

    keys = dkim_keys(config, newsletter)
    return dkim.make_signer(keys) if keys else None


def dkim_keys(config: Config, newsletter: Newsletter) -> "list[dkim.DkimKey]":
    """The keys of the settings; a file that cannot be read is a usage error."""
    from digest.deliver import dkim

    settings = config.settings.dkim
    domain = settings.domain or newsletter.sender_domain
    keys = []
    for selector, file, text, name in (
        (settings.rsa_selector, settings.rsa_key_file, settings.rsa_key, "dkim.rsa_key"),
        (
            settings.ed25519_selector,
            settings.ed25519_key_file,
            settings.ed25519_key,
            "dkim.ed25519_key",
        ),
    ):
        if selector:
            pem, origin = _pem(config, file, text, name)
            keys.append(dkim.load_key(pem, domain=domain, selector=selector, origin=origin))
    return keys


def _pem(config: Config, file: Path | None, text: SecretStr, name: str) -> tuple[bytes, str]:
    if file is None:
        return pem_of(text.get_secret_value()), name
    path = config.path(file)
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {words_of(error)}", remedy=f"mend {name}_file"
        ) from error


@contextmanager
def make_bounce_processor(project: Project) -> "Iterator[BounceProcessor]":
    """What reads the mail that came back to a project, while it is entered."""
    from digest.deliver.bounces.addressee import SignedAddresses
    from digest.deliver.bounces.child_process import LetterProcess
    from digest.deliver.bounces.report import read_bounce
    from digest.services.bounces.process import BounceProcessor

    config, links = project.config, project.links
    settings = config.settings.bounces
    ids = [newsletter.id for newsletter in config.settings.newsletters]
    seals = SignedAddresses(
        links.return_path().read,
        partial(links.read_token, "unsubscribe"),
        links.draft_address(ids).read,
    )
    read = partial(read_bounce, seals=seals, trust_unsigned=settings.trust_unsigned)
    with LetterProcess(read) as process:
        yield BounceProcessor(
            project.database,
            process,
            bounce_rules(config),
            config.state_folder / "bounces" / "unreadable",
            project.clock,
        )


def bounce_rules(config: Config) -> "BounceRules":
    """When an address is given up."""
    from digest.deliver.bounces.rules import BounceRules

    settings = config.settings.bounces
    days_kept = config.settings.keep.bounces
    return BounceRules(settings.soft_limit, settings.soft_days, days_kept)


def configured_boxes(config: Config) -> "list[Mailbox]":
    """The boxes of the settings in which what came back lies; each is opened when it is entered."""
    from digest.deliver.bounces.mailboxes import open_box, open_imap

    settings = config.settings.bounces
    files = [path for path in (settings.maildir, settings.mbox) if path is not None]
    boxes: list[Mailbox] = [open_box(config.path(path)) for path in files]
    if settings.imap_host:
        boxes.append(open_imap(imap_account(config)))
    return boxes


def imap_account(config: Config) -> "ImapAccount":
    """The settings of the IMAP folder as its own value."""
    from digest.deliver.bounces.mailboxes import ImapAccount

    settings = config.settings.bounces
    return ImapAccount(
        host=settings.imap_host,
        port=settings.imap_port,
        username=settings.imap_username,
        password=settings.imap_password.get_secret_value(),
        folder=settings.imap_folder,
        ca_file=config.path(settings.imap_ca_file) if settings.imap_ca_file else None,
    )


def make_fetcher(config: Config, clock: Clock, robots: "Mapping[str, RobotsCopy]") -> "Fetcher":
    """What asks for feeds, within the bounds of the settings; `robots` are the copies we have."""
    return _fetcher(config, clock, _feed_limits(config), robots=robots)


def make_picture_fetcher(config: Config, clock: Clock) -> "Fetcher":
    """What asks for pictures, and for the articles that name them: where feeds may come from."""
    from digest.pictures.cut import LARGEST

    return _fetcher(
        config,
        clock,
        replace(_feed_limits(config), concurrency=8, max_bytes=LARGEST),
        accept="image/avif, image/webp, image/jpeg, image/png, image/gif;q=0.9, text/html;q=0.8, "
        "*/*;q=0.1",
    )


def make_heartbeat(config: Config, clock: Clock) -> "Heartbeat | None":
    """What tells a watcher of each round, where the settings name one."""
    url = config.settings.heartbeat_url
    if not url:
        return None
    from digest.collect.net.fetched import FetchLimits
    from digest.services.heartbeat import Heartbeat

    # It is asked at each round, which must not wait for it.
    limits = FetchLimits(max_bytes=65_536, connect=3, silence=5, total=10, redirects=1)
    fetcher = partial(_fetcher, config, clock, limits, allowed=_host_of(url))
    return Heartbeat(url, fetcher)


def make_webhook_sender(project: Project) -> "WebhookSender":
    """What sends events to webhooks."""
    from digest.services.webhooks.send import WebhookSender

    return WebhookSender(project, partial(make_webhook_poster, project.config))


def make_webhook_poster(config: Config) -> "Poster":
    """What puts events to the servers of webhooks: where feeds may come from."""
    from digest.collect.net.exchange import ExchangeLimits

    # It is asked beside what mails: a receiver has ten seconds to take an event in.
    limits = ExchangeLimits(connect=5, silence=10, total=10, max_bytes=1024)
    return _poster(config, limits)


def make_link_fetcher(config: Config, clock: Clock) -> "Fetcher":
    """What asks whether the links of a mail answer: where feeds may come from, and our own site."""
    from digest.collect.net.fetched import FetchLimits

    # A mail may have many links to one host, and each is asked once, for its head alone.
    limits = FetchLimits(per_host=8, host_delay=0.05)
    return _fetcher(config, clock, limits, allowed=_host_of(config.settings.site_url))


def _host_of(address: str) -> "tuple[Allowed, ...]":
    """Lets the guard pass the host of an address that the operator named, wherever it is."""
    from ipaddress import ip_network

    from digest.collect.net.guard import Allowed
    from digest.collect.net.weburl import WebUrl, parse_url

    url = parse_url(address)
    if not isinstance(url, WebUrl):
        return ()
    network = ip_network(url.address) if url.address else None
    return (Allowed(None if network else url.host, network, url.port),)


def _feed_limits(config: Config) -> "FetchLimits":
    from digest.collect.net.fetched import FetchLimits

    settings = config.settings.collect
    return FetchLimits(
        concurrency=settings.concurrency,
        per_host=settings.per_host,
        host_delay=settings.host_delay,
        max_bytes=settings.max_bytes,
        connect=settings.connect_timeout,
        silence=settings.silence,
        total=settings.timeout,
        redirects=settings.redirects,
    )


def _fetcher(
    config: Config,
    clock: Clock,
    limits: "FetchLimits",
    *,
    allowed: "tuple[Allowed, ...]" = (),
    **more: Any,
) -> "Fetcher":
    """What asks others in our name, behind the guard; `allowed` are let in beside the settings."""
    from digest.collect.net.fetch import Fetcher, user_agent
    from digest.collect.net.guard import Guard, parse_allowed
    from digest.collect.net.resolve import SystemResolver

    settings = config.settings.collect
    return Fetcher(
        agent=user_agent("newsletter-digest", software_version(), settings.contact),
        guard=Guard((*map(parse_allowed, settings.allow), *allowed)),
        resolver=SystemResolver(),
        clock=clock,
        limits=limits,
        **more,
    )


def _poster(config: Config, limits: "ExchangeLimits") -> "Poster":
    """What puts documents to others in our name, behind the guard."""
    from digest.collect.net.fetch import user_agent
    from digest.collect.net.guard import Guard, parse_allowed
    from digest.collect.net.post import Poster
    from digest.collect.net.resolve import SystemResolver

    settings = config.settings.collect
    return Poster(
        agent=user_agent("newsletter-digest", software_version(), settings.contact),
        guard=Guard(tuple(map(parse_allowed, settings.allow))),
        resolver=SystemResolver(),
        limits=limits,
    )


def make_summariser(config: Config) -> "Summariser | None":
    """What lets a language model choose bullets or write them, where the settings name one."""
    settings = config.settings.summariser
    if not settings.url:
        return None
    from digest.merge.summarise.llm_abstractive import WritingSummariser
    from digest.merge.summarise.llm_extractive import PointingSummariser
    from digest.merge.summarise.llm_http import ChatModel

    model = ChatModel(
        settings.url,
        settings.model,
        settings.api_key.get_secret_value(),
        timeout=settings.timeout,
        max_words=settings.max_words,
    )
    return WritingSummariser(model) if settings.mode == "write" else PointingSummariser(model)


def make_links(config: Config, key: str) -> Links:
    """The addresses below the site's; `key` signs those of a subscriber."""
    settings = config.settings
    return Links(
        settings.site_url,
        key,
        settings.unsubscribe_mailbox,
        settings.bounces.address,
        tuple(old.get_secret_value() for old in settings.old_secret_keys),
        settings.pictures.url,
    )
