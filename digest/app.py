"""Builds the pipeline from the settings: the only place that picks concrete classes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from digest import __version__
from digest.clock import Clock, rehearsal_clock, system_clock
from digest.collect.net.fetch import Fetcher, user_agent
from digest.collect.net.fetched import FetchLimits
from digest.collect.net.guard import Allowed, Guard, parse_allowed
from digest.collect.net.resolve import SystemResolver
from digest.collect.net.robots import RobotsCopy
from digest.config import Config, load_config
from digest.deliver import dkim
from digest.deliver.backend import Backend
from digest.deliver.bounces.addressee import SignedAddresses
from digest.deliver.bounces.mailboxes import ImapAccount, Mailbox, open_box, open_imap
from digest.deliver.bounces.report import read_bounce
from digest.deliver.bounces.rules import BounceRules
from digest.deliver.outbox import OutboxBackend
from digest.deliver.smtp.access_token import TokenCommand
from digest.deliver.smtp.backend import SmtpBackend
from digest.deliver.smtp.server import SmtpServer
from digest.errors import Problem, SettingsError, UsageError
from digest.model import Newsletter
from digest.pipeline import Newsgathering, Pipeline
from digest.rate_limits import RateLimits
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.render.notice import NoticeRenderer
from digest.secret_key import secret_key
from digest.services.bounces.process import BounceProcessor
from digest.services.delivery.issues import DeliveryOptions, IssueSender
from digest.services.delivery.notices import NoticeSender
from digest.settings import SmtpSettings
from digest.store.database import Database

if TYPE_CHECKING:
    from digest.merge.summarise.model import Summariser


@contextmanager
def open_pipeline(root: Path, *, ticking: bool = False) -> Iterator[Pipeline]:
    """The pipeline of the project in `root`; with `ticking` a rehearsal's clock runs on."""
    config = load_config(root)
    database = Database(config.settings.database_url, config.root)
    clock = make_clock(config, ticking=ticking)
    try:
        renderer = make_renderer(config, secret_key(config, database))
        yield Pipeline(
            config,
            database,
            renderer,
            Newsgathering(partial(make_fetcher, config, clock), partial(make_summariser, config)),
            make_dispatch(config, database, renderer, clock),
            make_post(config, database, renderer.links, clock),
            clock,
        )
    finally:
        database.close()


def make_dispatch(
    config: Config, database: Database, renderer: Renderer, clock: Clock
) -> IssueSender:
    """The last stretch, with the way out that the settings say."""
    return IssueSender(config, database, renderer, make_delivery_options(config), clock)


def make_post(config: Config, database: Database, links: Links, clock: Clock) -> NoticeSender:
    """What sends the notices, by the same way out."""
    folders, days = (config.path("templates"),), config.settings.web.signup_days
    renderer = NoticeRenderer(folders, links, config.topics, days)
    return NoticeSender(config, database, renderer, make_delivery_options(config), clock)


def make_delivery_options(config: Config) -> DeliveryOptions:
    """What the settings say of sending."""
    return DeliveryOptions(
        backends=lambda: make_backends(config),
        signer=lambda newsletter: make_signer(config, newsletter),
        rules=bounce_rules(config),
    )


def make_clock(config: Config, *, ticking: bool = False) -> Clock:
    """The time: the machine's, or that of a rehearsal (DIGEST_NOW)."""
    now = config.settings.now
    return system_clock if now is None else rehearsal_clock(now, ticking=ticking)


def make_backends(config: Config) -> list[Backend]:
    """What hands messages over."""
    if config.settings.backend == "smtp":
        return [SmtpBackend(server) for server in smtp_servers(config)]
    return [OutboxBackend(config.path(config.settings.outbox.folder))]


def smtp_servers(config: Config) -> tuple[SmtpServer, ...]:
    """The servers of the `smtp` backend: one each table [backends.NAME], or that of [smtp]."""
    settings = config.settings
    if not settings.backends:
        return (_smtp_server(config, "smtp", settings.smtp),)
    return tuple(
        replace(_smtp_server(config, name, backend), weight=backend.weight)
        for name, backend in settings.backends.items()
    )


def _smtp_server(config: Config, name: str, smtp: SmtpSettings) -> SmtpServer:
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
            messages_per_connection=smtp.messages_per_connection,
            per_second=smtp.per_second,
            per_minute=smtp.per_minute,
            per_hour=smtp.per_hour,
            per_day=smtp.per_day,
            per_domain=smtp.per_domain,
        ),
    )


def make_signer(config: Config, newsletter: Newsletter) -> dkim.Signer | None:
    """What puts the DKIM signatures before a newsletter's messages, or None without a key."""
    keys = dkim_keys(config, newsletter)
    return dkim.make_signer(keys) if keys else None


def dkim_keys(config: Config, newsletter: Newsletter) -> list[dkim.DkimKey]:
    """The keys of the settings; a file that cannot be read is a usage error."""
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
        # A .env file holds a key on one line, with \n written out.
        return text.get_secret_value().replace("\\n", "\n").encode(), name
    path = config.path(file)
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", remedy=f"mend {name}_file"
        ) from error


def make_returns(pipeline: Pipeline) -> BounceProcessor:
    """What reads the mail that came back to a project."""
    config, links = pipeline.config, pipeline.renderer.links
    settings = config.settings.bounces
    seals = SignedAddresses(links.return_path().read, partial(links.read_token, "unsubscribe"))
    return BounceProcessor(
        pipeline.database,
        partial(read_bounce, seals=seals, trust_unsigned=settings.trust_unsigned),
        bounce_rules(config),
        config.state_folder / "bounces" / "unreadable",
        pipeline.clock,
    )


def bounce_rules(config: Config) -> BounceRules:
    """When an address is given up."""
    settings = config.settings.bounces
    return BounceRules(settings.soft_limit, settings.soft_days)


def configured_boxes(config: Config) -> list[Mailbox]:
    """The boxes of the settings in which what came back lies; each is opened when it is entered."""
    settings = config.settings.bounces
    files = [path for path in (settings.maildir, settings.mbox) if path is not None]
    boxes: list[Mailbox] = [open_box(config.path(path)) for path in files]
    if settings.imap_host:
        boxes.append(open_imap(imap_account(config)))
    return boxes


def imap_account(config: Config) -> ImapAccount:
    """The settings of the IMAP folder as its own value."""
    settings = config.settings.bounces
    return ImapAccount(
        host=settings.imap_host,
        port=settings.imap_port,
        username=settings.imap_username,
        password=settings.imap_password.get_secret_value(),
        folder=settings.imap_folder,
        ca_file=config.path(settings.imap_ca_file) if settings.imap_ca_file else None,
    )


def make_fetcher(config: Config, clock: Clock, robots: Mapping[str, RobotsCopy]) -> Fetcher:
    """What asks for feeds, within the bounds of the settings; `robots` are the copies we have."""
    settings = config.settings.collect
    return Fetcher(
        agent=user_agent("newsletter-digest", __version__, settings.contact),
        guard=Guard(allowed_inside(config)),
        resolver=SystemResolver(),
        clock=clock,
        limits=FetchLimits(
            concurrency=settings.concurrency,
            per_host=settings.per_host,
            host_delay=settings.host_delay,
            max_bytes=settings.max_bytes,
            connect=settings.connect_timeout,
            silence=settings.silence,
            total=settings.timeout,
            redirects=settings.redirects,
        ),
        robots=robots,
    )


def make_summariser(config: Config) -> "Summariser | None":
    """A language model that may write bullets, where the settings name one."""
    settings = config.settings.summariser
    if not settings.url:
        return None
    from digest.merge.summarise.model_http import HttpSummariser  # noqa: PLC0415 - see digest.services.stories.merge

    return HttpSummariser(
        settings.url,
        settings.model,
        settings.api_key.get_secret_value(),
        timeout=settings.timeout,
        max_words=settings.max_words,
    )


def allowed_inside(config: Config) -> tuple[Allowed, ...]:
    """The operator's allowlist; what is wrong in it is an error of the settings."""
    found, problems = [], []
    for entry in config.settings.collect.allow:
        try:
            found.append(parse_allowed(entry))
        except ValueError as error:
            problems.append(Problem("collect.allow", "config/digest.toml", str(error)))
    if problems:
        raise SettingsError(problems)
    return tuple(found)


def make_renderer(config: Config, key: str) -> Renderer:
    """The renderer over the project's own templates, where it has any; `key` signs its links."""
    settings = config.settings
    links = Links(
        settings.site_url,
        key,
        settings.unsubscribe_mailbox,
        settings.bounces.address,
        tuple(old.get_secret_value() for old in settings.old_secret_keys),
    )
    return Renderer((config.path("templates"),), links)
