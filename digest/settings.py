"""What a project can be told: every setting with its type, its default and its bounds.

Read and checked by digest.config, the only one to do so.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    model_validator,
)

from digest import setting_rules
from digest.clock import is_zone
from digest.keywords import MOST_KEYWORDS
from digest.model import (
    WEEKDAYS,
    Approval,
    ApprovedBy,
    ImagePlace,
    MailLayout,
    Newsletter,
    Weekday,
    WhenUnapproved,
)

# A number that a person means: none of these is ever waited out or counted to.
_DAYS = 3650
_DAY_MINUTES = 24.0 * 60
_HOURS = 24.0 * 366
_SECONDS = 3600.0
_COUNT = 1_000_000_000
_YEAR = 366
_STORIES = 10_000

Server = Annotated[str, AfterValidator(setting_rules.server)]
OneLine = Annotated[str, AfterValidator(setting_rules.one_line)]
DnsName = Annotated[str, AfterValidator(setting_rules.dns_name)]
_Ascii = Annotated[str, AfterValidator(setting_rules.ascii_line)]
SettingPath = Annotated[Path, AfterValidator(setting_rules.path)]
Password = Annotated[SecretStr, AfterValidator(setting_rules.secret_line)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SmtpSettings(_Strict):
    """How the `smtp` backend reaches the server that takes the mail."""

    host: Server = Field("localhost", description="Name of the mail server.")
    port: int = Field(
        587, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none."
    )
    security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="Encryption; the server's certificate is verified in both kinds."
    )
    username: OneLine = Field("", description="Empty: no log-in.")
    password: Password = Field(
        SecretStr(""), description="Belongs in .env, not in a file you share."
    )
    token_command: Annotated[str, AfterValidator(setting_rules.command)] = Field(
        "", description="Prints an access token: the log-in is XOAUTH2, where the server offers it."
    )
    timeout: float = Field(30.0, gt=0, le=_SECONDS, description="Seconds to wait for each reply.")
    connections: int = Field(
        4, ge=1, le=100, description="Connections at the same time, from one machine."
    )
    connections_total: int = Field(
        0,
        ge=0,
        le=_COUNT,
        description="The same from all machines together; 0: as many as they have.",
    )
    messages_per_connection: int = Field(
        0,
        ge=0,
        le=_COUNT,
        description="After so many a connection is closed and another opened; 0: no limit.",
    )
    ca_file: SettingPath | None = Field(
        None,
        description="Certificates (PEM) to trust instead of the system's, for a private authority.",
    )
    per_second: int = Field(0, ge=0, le=_COUNT, description="Messages in any second; 0: no limit.")
    per_minute: int = Field(0, ge=0, le=_COUNT, description="Messages in any minute; 0: no limit.")
    per_hour: int = Field(0, ge=0, le=_COUNT, description="Messages in any hour; 0: no limit.")
    per_day: int = Field(0, ge=0, le=_COUNT, description="Messages in any 24 hours; 0: no limit.")
    per_domain: int = Field(
        0, ge=0, le=_COUNT, description="Recipients of one domain at the same time; 0: no limit."
    )

    @model_validator(mode="after")
    def _a_token_is_somebodys(self) -> "SmtpSettings":
        if self.token_command and not self.username:
            raise ValueError("token_command goes together with username")
        return self


_BACKEND_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


class BackendSettings(SmtpSettings):
    """One of several servers; its table is [backends.NAME]."""

    weight: int = Field(
        1, ge=1, le=1000, description="Its part of the messages, in proportion to the others'."
    )

    @model_validator(mode="before")
    @classmethod
    def _is_a_table(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError("is of no table [backends.NAME] in config/digest.toml")  # noqa: TRY004
        return value


def _backend_tables(value: object) -> object:
    """What variables said of a backend (NAME_KEY, a hyphen in the name as _), in its table."""
    if not isinstance(value, dict):
        return value
    tables = {name: dict(table) for name, table in value.items() if isinstance(table, dict)}
    for name in tables:
        if not _BACKEND_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name: small letters, digits and hyphens, at most 31")
    loose = {}
    for variable, text in value.items():
        if variable not in tables:
            owners = [n for n in tables if variable.startswith(n.replace("-", "_") + "_")]
            if owners:
                owner = max(owners, key=len)
                tables[owner][variable[len(owner) + 1 :]] = text
            else:
                loose[variable] = text
    return tables | loose


class OutboxSettings(_Strict):
    """Where the `outbox` backend writes its .eml files."""

    folder: SettingPath = Field(Path("outbox"), description="A folder; relative to the project.")


class DkimSettings(_Strict):
    """The keys that sign messages: RSA, Ed25519, or both; none where no selector is set."""

    domain: DnsName = Field(
        "", description="The signing domain. Empty: that of the newsletter's sender."
    )
    rsa_selector: DnsName = Field("", description="Names the DNS record of the RSA key.")
    rsa_key_file: SettingPath | None = Field(None, description="The private key (PEM), in a file.")
    rsa_key: SecretStr = Field(SecretStr(""), description="The private key (PEM) itself.")
    ed25519_selector: DnsName = Field("", description="Names the DNS record of the Ed25519 key.")
    ed25519_key_file: SettingPath | None = Field(
        None, description="The private key (PEM), in a file."
    )
    ed25519_key: SecretStr = Field(SecretStr(""), description="The private key (PEM) itself.")

    @model_validator(mode="after")
    def _each_selector_has_a_key(self) -> "DkimSettings":
        for kind in ("rsa", "ed25519"):
            selector = getattr(self, f"{kind}_selector")
            file = getattr(self, f"{kind}_key_file")
            text = getattr(self, f"{kind}_key").get_secret_value()
            if bool(selector) != bool(file or text):
                raise ValueError(f"{kind}_selector and {kind}_key_file (or {kind}_key) go together")
        return self


class BouncesSettings(_Strict):
    """Where what comes back is addressed to and read from, and what follows from it."""

    address: Annotated[str, AfterValidator(setting_rules.bounce_mailbox)] = Field(
        "",
        description="Mailbox for what comes back; each message adds +TAG to it. "
        "Empty: the newsletter's own sender, without a tag.",
    )
    maildir: SettingPath | None = Field(
        None, description="A Maildir to read; relative to the project."
    )
    mbox: SettingPath | None = Field(
        None, description="An mbox file to read; relative to the project."
    )
    imap_host: Annotated[str, AfterValidator(setting_rules.server_or_none)] = Field(
        "", description="An IMAP server to read from, over TLS."
    )
    imap_port: int = Field(993, ge=1, le=65535, description="Its port, for TLS from the start.")
    imap_username: _Ascii = Field("", description="The log-in.")
    imap_password: Annotated[SecretStr, AfterValidator(setting_rules.secret_ascii_line)] = Field(
        SecretStr(""), description="Belongs in .env."
    )
    imap_folder: _Ascii = Field(
        "INBOX", min_length=1, description="The folder; nobody else should read it."
    )
    imap_ca_file: SettingPath | None = Field(
        None, description="Certificates (PEM) to trust instead of the system's."
    )
    soft_limit: int = Field(
        5, ge=1, le=_DAYS, description="Soft bounces, on so many days, that suppress an address."
    )
    soft_days: int = Field(14, ge=1, le=_DAYS, description="The days within which they count.")
    trust_unsigned: bool = Field(
        False,
        description="Believe a report that names a message of ours by its Message-ID alone. "
        "Anybody can write such a report.",
    )

    @model_validator(mode="after")
    def _a_server_knows_who_reads(self) -> "BouncesSettings":
        if self.imap_host and not self.imap_username:
            raise ValueError("imap_host and imap_username go together")
        return self


class DeliverySettings(_Strict):
    """How hard delivery tries."""

    in_doubt: Literal["resend", "skip"] = Field(
        "resend",
        description="What to do with a message whose server never answered: send it again under "
        "the same Message-ID (RFC 5321, section 4.5.4), or leave it.",
    )
    life: float = Field(
        24.0, gt=0, le=_HOURS, description="Hours after the seal until a retry gives up."
    )
    late_limit: float = Field(
        12.0, gt=0, le=_HOURS, description="Hours after a subscriber's hour until a mail is late."
    )
    when_late: Literal["send", "merge"] = Field(
        "send",
        description="A mail that is late is sent at once, or told with the next issue.",
    )
    batch: int = Field(
        200, ge=1, le=10_000, description="Deliveries that a run claims ahead of need."
    )
    silence: float = Field(
        120.0,
        ge=2,
        le=3600,
        description="Seconds for which a run may not reach the database until others take over "
        "what it claimed; it hands nothing more out after half of them.",
    )
    grace: float = Field(
        8.0,
        gt=0,
        le=600,
        description="Seconds for what is in flight to be answered when asked to stop; a container "
        "waits 10.",
    )

    @property
    def resends(self) -> bool:
        """Whether what is in doubt is sent again."""
        return self.in_doubt == "resend"


class CollectSettings(_Strict):
    """How feeds are asked for, and what of them is taken."""

    contact: Annotated[str, AfterValidator(setting_rules.contact)] = Field(
        "", description="Where whoever runs a feed learns who asks: an address of the web or mail."
    )
    concurrency: int = Field(64, ge=1, le=500, description="Feeds asked at the same time.")
    per_host: int = Field(2, ge=1, le=20, description="Of one host at the same time.")
    host_delay: float = Field(
        0.25, ge=0, le=60, description="Seconds between two requests to one host."
    )
    max_bytes: int = Field(
        8 * 1024 * 1024,
        ge=1024,
        le=16_000_000,
        description="The largest feed that is taken, as it comes and unpacked.",
    )
    connect_timeout: float = Field(
        5.0, gt=0, le=_SECONDS, description="Seconds to wait for a connection."
    )
    silence: float = Field(
        6.0, gt=0, le=_SECONDS, description="Seconds to wait for the next bytes."
    )
    timeout: float = Field(
        10.0, gt=0, le=_SECONDS, description="Seconds for one feed, redirects included."
    )
    redirects: int = Field(5, ge=0, le=20, description="Redirects that are followed.")
    allow: tuple[Annotated[str, AfterValidator(setting_rules.allowed_inside)], ...] = Field(
        (), description="Names, addresses and networks inside that feeds may be on."
    )
    min_interval: float = Field(
        30.0, ge=1, le=720, description="Minutes for which a feed is left alone at least."
    )
    article_images: bool = Field(
        False,
        description="Ask for the page of a story that has no picture, and take the one it names.",
    )
    backlog: float = Field(
        24.0,
        ge=0,
        le=_HOURS,
        description="Hours: what a new source told before them is not told again.",
    )


class SummariserSettings(_Strict):
    """A language model that chooses or writes the bullets of feeds' stories; off without a url."""

    url: Annotated[str, AfterValidator(setting_rules.api_address)] = Field(
        "", description="An API of the OpenAI form, such as http://localhost:8080/v1."
    )
    model: OneLine = Field("", description="The model's name there.")
    mode: Literal["point", "write"] = Field(
        "point",
        description="Whether it chooses among the reports' sentences, or writes its own.",
    )
    api_key: Annotated[SecretStr, AfterValidator(setting_rules.secret_ascii_line)] = Field(
        SecretStr(""), description="Belongs in .env."
    )
    timeout: float = Field(
        30.0, gt=0, le=_SECONDS, description="Seconds to wait for one story's bullets."
    )
    max_words: int = Field(160, ge=20, le=1000, description="Words of one story's bullets.")


class WorkersSettings(_Strict):
    """Other processes that do the work, on other machines too: `digest worker`."""

    enabled: bool = Field(
        False,
        description="Let `digest worker` do what is due; the scheduler only says what it is. "
        "Needs PostgreSQL, and pip install 'newsletter-digest[workers]'.",
    )
    per_issue: int = Field(
        2, ge=1, le=64, description="Workers that send one issue at the same time at most."
    )


_DaysKept = Annotated[int, Field(ge=0, le=_DAYS), AfterValidator(setting_rules.days_kept)]


class KeepSettings(_Strict):
    """For how many days records are kept; 0: for ever."""

    deliveries: _DaysKept = Field(
        90, description="What became of each mail, after its issue ended; then counts alone."
    )
    attempts: _DaysKept = Field(
        30, description="Attempts that failed, with the server's words, after the issue ended."
    )
    bounces: _DaysKept = Field(
        365, description="What came back; at least for bounces.soft_days, within which it counts."
    )
    reports: _DaysKept = Field(
        365, description="The texts of sources of which stories were made; the stories stay."
    )
    people: _DaysKept = Field(
        365, description="Who left all newsletters; then they are erased, but for a hash."
    )
    clicks: _DaysKept = Field(365, description="How often a story's links were followed, by day.")
    events: int = Field(
        14, ge=0, le=_DAYS, description="Events that webhooks were told, or that were given up."
    )


class WebhooksSettings(_Strict):
    """What other programs are told of; the webhooks themselves are added by `digest webhooks`."""

    failed_share: float = Field(
        0.05,
        gt=0,
        le=1,
        description="issue.failed is told where so much of an issue's mails failed: 0.05 is 5 %.",
    )


class PictureSettings(_Strict):
    """Where pictures are kept, and where mails find them."""

    folder: SettingPath = Field(
        Path("var/pictures"), description="The folder of all pictures; relative to the project."
    )
    url: Annotated[str, AfterValidator(setting_rules.picture_address)] = Field(
        "", description="Where mails find them, if not on the site: a folder of the web."
    )
    endpoint: Annotated[str, AfterValidator(setting_rules.picture_address)] = Field(
        "", description="The server of a bucket, which takes what S3 takes."
    )
    bucket: Annotated[str, AfterValidator(setting_rules.bucket)] = Field(
        "", description="The bucket's name. Empty: there is none."
    )
    region: _Ascii = Field("us-east-1", min_length=1, description="Its region.")
    access_key: _Ascii = Field("", description="Who may put into it.")
    secret_key: Annotated[SecretStr, AfterValidator(setting_rules.secret_ascii_line)] = Field(
        SecretStr(""), description="Belongs in .env."
    )

    @model_validator(mode="after")
    def _a_bucket_can_be_used(self) -> "PictureSettings":
        secret = self.secret_key.get_secret_value()
        if self.bucket and not (self.endpoint and self.access_key and secret and self.url):
            raise ValueError("bucket goes together with endpoint, access_key, secret_key and url")
        return self


class LogSettings(_Strict):
    """What commands and the daemon log, to standard error."""

    format: Literal["logfmt", "json"] = Field(
        "logfmt",
        description="Form of the lines, where standard error is no terminal: key=value, or JSON.",
    )


class WebSettings(_Strict):
    """The public site, and who may ask it for what."""

    host: Server = Field("127.0.0.1", description="Address that `digest serve` listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Its port.")
    hosts: tuple[Annotated[str, AfterValidator(setting_rules.host_header)], ...] = Field(
        (), description="Names it answers to beside that of site_url; * takes any."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(setting_rules.proxy)], ...] = Field(
        (), description="Addresses and networks whose X-Forwarded-For and -Proto are believed."
    )
    max_body: int = Field(65_536, ge=1024, le=_COUNT, description="The largest request, in bytes.")
    cache: float = Field(
        30.0, ge=0, le=_SECONDS, description="Seconds for which a public page is kept as made."
    )
    metrics: Literal["local", "all", "off"] = Field(
        "local", description="Who may read /metrics: this machine, everybody, nobody."
    )
    confirmation_interval: float = Field(
        15.0, ge=0, le=_HOURS, description="Minutes between two confirmation mails to one address."
    )
    signups_per_network: int = Field(
        10, ge=1, le=_COUNT, description="Sign-ups from one network (/24, /48) in any hour."
    )
    signups_per_hour: int = Field(
        500, ge=1, le=_COUNT, description="Sign-ups from everywhere in any hour."
    )
    signup_days: int = Field(
        7, ge=1, le=_DAYS, description="Days for which a confirmation can be pressed."
    )
    network_days: int = Field(
        30, ge=0, le=_DAYS, description="Days for which the network of a sign-up is kept."
    )


class AdminSettings(_Strict):
    """The pages on which editors work; off unless one of the two is on."""

    on_site: bool = Field(False, description="Serve them on the site's own port, below /admin.")
    port: int = Field(
        0, ge=0, le=65535, description="A port of their own, on which the site is not; 0: none."
    )
    host: Server = Field("127.0.0.1", description="Address that this port is listened on.")
    url: Annotated[str, AfterValidator(setting_rules.site_or_none)] = Field(
        "",
        description="Where editors reach them, if that is not site_url; links in mails to editors "
        "begin with it.",
    )


class ApiSettings(_Strict):
    """The JSON API for programs; off unless it is enabled."""

    enabled: bool = Field(
        False, description="Serve it below /api/v1, where the editors' pages are or would be."
    )
    requests_per_minute: int = Field(
        600,
        ge=1,
        le=_COUNT,
        description="Requests of one token that a process answers in a minute.",
    )


Keyword = Annotated[str, AfterValidator(setting_rules.keyword)]
Keywords = Annotated[tuple[Keyword, ...], Field(max_length=MOST_KEYWORDS)]

SettingId = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Its name in records.")
]
_Name = Annotated[str, AfterValidator(setting_rules.name)]


class NewsletterSettings(_Strict):
    """One newsletter; its table is one of [[newsletters]]."""

    id: SettingId
    name: _Name = Field(description="What it is called in mails and on the site.")
    sender: Annotated[str, AfterValidator(setting_rules.sender)] = Field(
        description="The From of its mails."
    )
    postal_address: Annotated[str, AfterValidator(setting_rules.postal_address)] = Field(
        description="Where letters reach its publisher; each mail ends with it."
    )
    tagline: OneLine = Field("", description="A line below its name.")
    reply_to: Annotated[str | None, AfterValidator(setting_rules.sender_or_none)] = Field(
        None, description="Where answers go. Empty: to the sender."
    )
    topics: tuple[str, ...] = Field((), description="What it tells of. Empty: of all topics.")
    days: Annotated[tuple[Weekday, ...], AfterValidator(setting_rules.some_days)] = Field(
        WEEKDAYS, description="The weekdays of its issues."
    )
    time: time_of_day = Field(time_of_day(6, 0), description="When the day's issue is made.")
    timezone: Annotated[str, AfterValidator(setting_rules.zone)] = Field(
        "UTC", description="Its zone. Without one: that of the project."
    )
    language: Annotated[str, AfterValidator(setting_rules.language)] = Field(
        "en", description="The tag of its language."
    )
    window_days: int = Field(
        3, ge=1, le=_YEAR, description="Days after which a story is not news any more."
    )
    stories_per_topic: int = Field(
        4, ge=1, le=_STORIES, description="Stories of one topic; the rest goes to More Stories."
    )
    max_stories: int = Field(16, ge=1, le=_STORIES, description="Stories of an issue.")
    max_more: int = Field(100, ge=0, le=_STORIES, description="Headlines in More Stories.")
    max_source_share: float = Field(
        0.5, gt=0, le=1, description="The part of an issue that one source may have."
    )
    bullets: int = Field(2, ge=1, le=_STORIES, description="Bullets of a story.")
    bullet_sources: bool = Field(False, description="Number each bullet by its source.")
    more_like_this: bool = Field(
        False, description="Two links below each story: more like this, less like this."
    )
    count_clicks: bool = Field(
        False,
        description="Let the links of its stories lead over the site, which counts how often those "
        "of each are followed on a day: not by whom. Its mails and pages say so.",
    )
    alert_sources: int = Field(
        0,
        ge=0,
        le=_STORIES,
        description="Sources that tell a story within an hour for an alert about it; 0: no alerts.",
    )
    alert_hours: Annotated[tuple[int, int], AfterValidator(setting_rules.hours_of_day)] = Field(
        (8, 22), description="From which hour of their clock, until which, subscribers get alerts."
    )
    images: ImagePlace = Field(
        "hosted", description="Where its pictures are: on the site, in the mail, nowhere."
    )
    accent: Annotated[str, AfterValidator(setting_rules.colour)] = Field(
        "#174a84", description="Colour of its band and headlines."
    )
    min_stories: int = Field(
        1, ge=1, le=_STORIES, description="With fewer stories there is no issue on that date."
    )
    approval: Approval = Field(
        "none", description="Whether an issue goes out only after somebody approved it."
    )
    approval_by: ApprovedBy = Field(
        "anybody",
        description="Who may approve: anybody who may at all, or another than who edited it last.",
    )
    when_unapproved: WhenUnapproved = Field(
        "hold",
        description="What happens at its hour to an issue that nobody approved: it waits for that "
        "until its day is over, or it goes out.",
    )
    editors: tuple[Annotated[str, AfterValidator(setting_rules.editor)], ...] = Field(
        (), description="Addresses that are told when a draft is ready, and why none went out."
    )
    draft_lead: float = Field(
        0.0,
        ge=0,
        le=_DAY_MINUTES,
        description="Minutes before its hour at which editors are told of the draft; 0: never.",
    )
    cut_off: float = Field(
        0.0,
        ge=0,
        le=_DAY_MINUTES,
        description="Minutes before its hour from which on no story enters by itself.",
    )
    cooling_off: float = Field(
        0.0,
        ge=0,
        le=_DAY_MINUTES,
        description="Minutes after an approval in which it is not sealed, and can be pulled back.",
    )
    description: OneLine = Field("", description="A sentence or two for those who do not know it.")
    logo: SettingPath | None = Field(
        None, description="A picture (PNG or JPEG) in the place of its name."
    )
    logo_dark: SettingPath | None = Field(None, description="The same for dark ground.")
    cover: SettingPath | None = Field(
        None, description="A wide picture for days without one, and for previews of its pages."
    )
    layout: MailLayout = Field(
        "magazine", description="How long its mails are: `magazine`, `brief` or `headlines`."
    )
    keep: Keywords = Field(
        (), description="Keywords one of which a story must have. Empty: it needs none."
    )
    block: Keywords = Field((), description="Keywords that no story of it has.")


def _newsletter(table: object) -> object:
    """The value that the stages know, of a table that was judged key by key."""
    if isinstance(table, Newsletter):
        return table
    return Newsletter(**dict(NewsletterSettings.model_validate(table)))


class TopicSettings(_Strict):
    """One topic; its table is one of [[topics]] in config/topics.toml."""

    id: SettingId
    title: _Name = Field(description="The heading of its stories.")
    parent: str | None = Field(None, description="The topic that it is a part of, by id.")
    keywords: tuple[str, ...] = Field((), description="Words that decide for it alone.")
    hints: tuple[str, ...] = Field((), description="Words of every day, of which it takes two.")
    not_with: tuple[str, ...] = Field((), description="Words beside which no hint counts.")
    colour: Annotated[str, AfterValidator(setting_rules.colour)] = Field(
        "#1f5fbf", description="Its accent."
    )
    weight: float = Field(1.0, gt=0, le=10, description="How much its stories count.")


class Settings(_Strict):
    """Every setting of config/digest.toml; each can come from the environment as DIGEST_NAME."""

    timezone: Annotated[str, AfterValidator(setting_rules.zone)] = Field(
        "UTC", description="Zone of newsletters and subscribers that name none."
    )
    site_url: Annotated[str, AfterValidator(setting_rules.site)] = Field(
        "http://localhost:8000",
        description="Public address of the site; links in mails begin with it.",
    )
    unsubscribe_mailbox: Annotated[str, AfterValidator(setting_rules.mailbox)] = Field(
        "", description="Mailbox for unsubscribing by mail; empty: only the link is offered."
    )
    database_url: Annotated[str, AfterValidator(setting_rules.database_url)] = Field(
        "sqlite:///var/digest.db",
        description="SQLite file (relative to the project) or postgresql://user:password@host/name.",
    )
    backend: Literal["smtp", "outbox"] = Field(
        "outbox", description="`smtp` sends; `outbox` writes .eml files and sends nothing."
    )
    secret_key: Annotated[SecretStr, AfterValidator(setting_rules.secret_key)] = Field(
        SecretStr(""),
        description="Signs the links in mails. Empty: a key is made in var/secret_key. "
        "Set it where several machines send.",
    )
    old_secret_keys: tuple[Annotated[SecretStr, AfterValidator(setting_rules.strong_key)], ...] = (
        Field((), description="Keys that were in use before: links signed with them still work.")
    )
    heartbeat_url: Annotated[str, AfterValidator(setting_rules.watcher_address)] = Field(
        "",
        description="Asked at the end of each round that went well; with /start when one begins, "
        "and with /fail where it did not.",
    )
    now: Annotated[datetime | None, BeforeValidator(setting_rules.aware)] = Field(
        None,
        description="For rehearsal: the time to believe, in ISO 8601 (UTC where it has no offset).",
    )
    smtp: SmtpSettings = SmtpSettings()
    backends: Annotated[Mapping[str, BackendSettings], BeforeValidator(_backend_tables)] = Field(
        {}, description="Several servers for `smtp`, one table [backends.NAME] each, not [smtp]."
    )
    outbox: OutboxSettings = OutboxSettings()
    dkim: DkimSettings = DkimSettings()
    delivery: DeliverySettings = DeliverySettings()
    bounces: BouncesSettings = BouncesSettings()
    collect: CollectSettings = CollectSettings()
    summariser: SummariserSettings = SummariserSettings()
    pictures: PictureSettings = PictureSettings()
    web: WebSettings = WebSettings()
    admin: AdminSettings = AdminSettings()
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    workers: WorkersSettings = WorkersSettings()
    keep: KeepSettings = KeepSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    newsletters: tuple[Annotated[Newsletter, BeforeValidator(_newsletter)], ...] = Field(
        (), description="One table [[newsletters]] each."
    )

    @property
    def admin_url(self) -> str:
        """Where editors reach their pages, without the path."""
        if self.admin.url or not self.admin.port:
            return self.admin.url or self.site_url
        return f"http://{self.admin.host}:{self.admin.port}"

    @property
    def knows_admin_url(self) -> bool:
        """Whether anything says where editors reach their pages: before that it is a guess."""
        is_local = urlsplit(self.site_url).hostname == "localhost"
        return bool(self.admin.url or self.admin.port) or not is_local

    def admin_url_at(self, here: str) -> str:
        """The same; `here`, where a process serves them, as long as nothing says where they are."""
        return self.admin_url if self.knows_admin_url else here.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _newsletters_live_in_the_projects_zone(cls, data: dict[str, Any]) -> dict[str, Any]:
        newsletters = data.get("newsletters", ())
        if isinstance(newsletters, list | tuple):
            zone = data.get("timezone", "UTC")
            # What is wrong once is told once, where it stands.
            zone = zone if isinstance(zone, str) and is_zone(zone) else "UTC"
            data["newsletters"] = [
                {"timezone": zone, **item} if isinstance(item, dict) else item
                for item in newsletters
            ]
        return data

    @model_validator(mode="after")
    def _workers_share_a_server(self) -> "Settings":
        if self.workers.enabled and self.database_url.startswith("sqlite"):
            raise ValueError("workers.enabled needs a database_url of PostgreSQL")
        return self


class FolderSource(_Strict):
    """A folder into which story files are dropped."""

    id: SettingId
    kind: Literal["folder"] = Field("folder", description="What it is.")
    path: SettingPath = Field(description="The folder; relative to the project.")


class FeedSource(_Strict):
    """A feed: RSS, Atom or JSON Feed."""

    id: SettingId
    kind: Literal["feed"] = Field("feed", description="What it is.")
    url: Annotated[str, AfterValidator(setting_rules.feed_address)] = Field(
        description="Its address."
    )
    name: OneLine = Field("", description="The publisher's name. Empty: the feed's own title.")
    topic: str = Field("", description="Topic of what names none of ours, by id or title.")
    weight: float = Field(1.0, ge=0, le=10, description="How much its word counts.")
    robots: bool = Field(True, description="Whether its site's robots.txt is heeded.")
    keep: Keywords = Field(
        (), description="Keywords one of which an item must have. Empty: it needs none."
    )
    block: Keywords = Field((), description="Keywords of items that are not told.")


def _kind(value: object) -> object:
    """A source is a folder where it does not say what it is."""
    if isinstance(value, dict):
        return value.get("kind", "folder")
    return getattr(value, "kind", None)


Source = Annotated[
    Annotated[FolderSource, Tag("folder")] | Annotated[FeedSource, Tag("feed")],
    Discriminator(
        _kind,
        custom_error_type="kind",
        custom_error_message="kind is neither folder nor feed",
    ),
]
