"""The settings of a project: config/*.toml, .env and the environment, checked all at once.

The only reader of the environment's settings. What wins: the environment, then .env, then
config/digest.toml. A file that a project does not have is the one that this version carries.
"""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as SettingsSourceError

from digest.clock import is_zone
from digest.errors import Problem, SettingsError, UsageError
from digest.model import Newsletter, Topic, TopicTree
from digest.resources import bundled
from digest.text import is_web_address

PREFIX = "DIGEST_"

# With the tag, RFC 5321, section 4.5.3.1.1, allows 64: see digest.render.return_path.
LONGEST_BOUNCE_MAILBOX = 20
_BOUNCE_MAILBOX = re.compile(
    rf"[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{LONGEST_BOUNCE_MAILBOX - 1}}}@[A-Za-z0-9.-]+"
)

T = TypeVar("T")


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f"{name!r} is not a zone such as Europe/Paris or UTC")
    return name


def _site(url: str) -> str:
    if not is_web_address(url):
        raise ValueError("must be an address such as https://news.example.org")
    return url.rstrip("/")


def _feed_address(url: str) -> str:
    if not is_web_address(url):
        raise ValueError("must be an address such as https://news.example.org/feed.xml")
    return url


def _bounce_mailbox(address: str) -> str:
    if address and not _BOUNCE_MAILBOX.fullmatch(address):
        raise ValueError(
            "must be an address such as bounces@example.org, in ASCII, without a plus sign and "
            f"with at most {LONGEST_BOUNCE_MAILBOX} characters before the @: a tag is added there"
        )
    return address


def _aware(value: object) -> object:
    """ISO 8601; without an offset it is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SmtpSettings(_Strict):
    """How the `smtp` backend reaches the server that takes the mail."""

    host: str = Field("localhost", description="Name of the mail server.")
    port: int = Field(
        587, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none."
    )
    security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="Encryption; the server's certificate is verified in both kinds."
    )
    username: str = Field("", description="Empty: no log-in.")
    password: SecretStr = Field(
        SecretStr(""), description="Belongs in .env, not in a file you share."
    )
    token_command: str = Field(
        "", description="Prints an access token: the log-in is XOAUTH2, where the server offers it."
    )
    timeout: float = Field(30.0, gt=0, description="Seconds to wait for each reply.")
    connections: int = Field(4, ge=1, le=100, description="Connections at the same time.")
    messages_per_connection: int = Field(
        0, ge=0, description="After so many a connection is closed and another opened; 0: no limit."
    )
    ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) to trust instead of the system's, for a private authority.",
    )
    per_second: int = Field(0, ge=0, description="Messages in any second; 0: no limit.")
    per_minute: int = Field(0, ge=0, description="Messages in any minute; 0: no limit.")
    per_hour: int = Field(0, ge=0, description="Messages in any hour; 0: no limit.")
    per_day: int = Field(0, ge=0, description="Messages in any 24 hours; 0: no limit.")
    per_domain: int = Field(
        0, ge=0, description="Recipients of one domain at the same time; 0: no limit."
    )


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

    folder: Path = Field(Path("outbox"), description="A folder; relative to the project.")


class DkimSettings(_Strict):
    """The keys that sign messages: RSA, Ed25519, or both; none where no selector is set."""

    domain: str = Field(
        "", description="The signing domain. Empty: that of the newsletter's sender."
    )
    rsa_selector: str = Field("", description="Names the DNS record of the RSA key.")
    rsa_key_file: Path | None = Field(None, description="The private key (PEM), in a file.")
    rsa_key: SecretStr = Field(SecretStr(""), description="The private key (PEM) itself.")
    ed25519_selector: str = Field("", description="Names the DNS record of the Ed25519 key.")
    ed25519_key_file: Path | None = Field(None, description="The private key (PEM), in a file.")
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

    address: Annotated[str, AfterValidator(_bounce_mailbox)] = Field(
        "",
        description="Mailbox for what comes back; each message adds +TAG to it. "
        "Empty: the newsletter's own sender, without a tag.",
    )
    maildir: Path | None = Field(None, description="A Maildir to read; relative to the project.")
    mbox: Path | None = Field(None, description="An mbox file to read; relative to the project.")
    imap_host: str = Field("", description="An IMAP server to read from, over TLS.")
    imap_port: int = Field(993, ge=1, le=65535, description="Its port, for TLS from the start.")
    imap_username: str = Field("", description="The log-in.")
    imap_password: SecretStr = Field(SecretStr(""), description="Belongs in .env.")
    imap_folder: str = Field("INBOX", description="The folder; nobody else should read it.")
    imap_ca_file: Path | None = Field(
        None, description="Certificates (PEM) to trust instead of the system's."
    )
    soft_limit: int = Field(
        5, ge=1, description="Soft bounces, on so many days, that suppress an address."
    )
    soft_days: int = Field(14, ge=1, description="The days within which they count.")
    trust_unsigned: bool = Field(
        False,
        description="Believe a report that names a message of ours by its Message-ID alone. "
        "Anybody can write such a report.",
    )


class DeliverySettings(_Strict):
    """How hard delivery tries."""

    in_doubt: Literal["resend", "skip"] = Field(
        "resend",
        description="What to do with a message whose server never answered: send it again under "
        "the same Message-ID (RFC 5321, section 4.5.4), or leave it.",
    )
    life: float = Field(24.0, gt=0, description="Hours after the seal until a retry gives up.")
    batch: int = Field(
        200,
        ge=1,
        le=10_000,
        description="Deliveries claimed at once: the most that a crash can put in doubt.",
    )


class CollectSettings(_Strict):
    """How feeds are asked for, and what of them is taken."""

    contact: str = Field(
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
    connect_timeout: float = Field(5.0, gt=0, description="Seconds to wait for a connection.")
    silence: float = Field(6.0, gt=0, description="Seconds to wait for the next bytes.")
    timeout: float = Field(10.0, gt=0, description="Seconds for one feed, redirects included.")
    redirects: int = Field(5, ge=0, le=20, description="Redirects that are followed.")
    allow: tuple[str, ...] = Field(
        (), description="Names, addresses and networks inside that feeds may be on."
    )
    min_interval: float = Field(
        30.0, ge=1, le=720, description="Minutes for which a feed is left alone at least."
    )
    backlog: float = Field(
        24.0, ge=0, description="Hours: what a new source told before them is not told again."
    )


class SummariserSettings(_Strict):
    """A language model that may write the bullets of merged stories; off without a url."""

    url: str = Field("", description="An API of the OpenAI form, such as http://localhost:8080/v1.")
    model: str = Field("", description="The model's name there.")
    api_key: SecretStr = Field(SecretStr(""), description="Belongs in .env.")
    timeout: float = Field(30.0, gt=0, description="Seconds to wait for one story's bullets.")
    max_words: int = Field(160, ge=20, le=1000, description="Words of one story's bullets.")


class Settings(BaseSettings):
    """Every setting of config/digest.toml; each can come from the environment as DIGEST_NAME."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
    )

    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", description="Zone of newsletters and subscribers that name none."
    )
    site_url: Annotated[str, AfterValidator(_site)] = Field(
        "http://localhost:8000",
        description="Public address of the site; links in mails begin with it.",
    )
    unsubscribe_mailbox: str = Field(
        "", description="Mailbox for unsubscribing by mail; empty: only the link is offered."
    )
    database_url: str = Field(
        "sqlite:///var/digest.db",
        description="SQLite file (relative to the project) or postgresql://user:password@host/name.",
    )
    backend: Literal["smtp", "outbox"] = Field(
        "outbox", description="`smtp` sends; `outbox` writes .eml files and sends nothing."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs the links in mails. Empty: a key is made in var/secret_key. "
        "Set it where several machines send.",
    )
    now: Annotated[datetime | None, BeforeValidator(_aware)] = Field(
        None,
        description="For rehearsal: the time to believe, in ISO 8601 (UTC where it has no offset).",
    )
    smtp: SmtpSettings = SmtpSettings()
    # Mapping, not dict: pydantic-settings would read a dict's variables as JSON, and spoil the
    # password 1e5.
    backends: Annotated[Mapping[str, BackendSettings], BeforeValidator(_backend_tables)] = Field(
        {}, description="Several servers for `smtp`, one table [backends.NAME] each, not [smtp]."
    )
    outbox: OutboxSettings = OutboxSettings()
    dkim: DkimSettings = DkimSettings()
    delivery: DeliverySettings = DeliverySettings()
    bounces: BouncesSettings = BouncesSettings()
    collect: CollectSettings = CollectSettings()
    summariser: SummariserSettings = SummariserSettings()
    newsletters: tuple[Newsletter, ...] = Field((), description="One table [[newsletters]] each.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before .env before the file."""
        return (env_settings, dotenv_settings, init_settings)

    @model_validator(mode="before")
    @classmethod
    def _newsletters_live_in_the_projects_zone(cls, data: dict[str, Any]) -> dict[str, Any]:
        newsletters = data.get("newsletters", ())
        if isinstance(newsletters, list | tuple):
            zone = data.get("timezone", "UTC")
            data["newsletters"] = [
                {"timezone": zone, **item} if isinstance(item, dict) else item
                for item in newsletters
            ]
        return data


SourceId = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Its name in records.")
]


class FolderSource(_Strict):
    """A folder into which story files are dropped."""

    id: SourceId
    kind: Literal["folder"] = Field("folder", description="What it is.")
    path: Path = Field(description="The folder; relative to the project.")


class FeedSource(_Strict):
    """A feed: RSS, Atom or JSON Feed."""

    id: SourceId
    kind: Literal["feed"] = Field("feed", description="What it is.")
    url: Annotated[str, AfterValidator(_feed_address)] = Field(description="Its address.")
    name: str = Field("", description="The publisher's name. Empty: the feed's own title.")
    topic: str = Field("", description="Topic of what names none of ours, by id or title.")
    weight: float = Field(1.0, ge=0, le=10, description="How much its word counts.")
    robots: bool = Field(True, description="Whether its site's robots.txt is heeded.")


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


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a project has been told, checked; paths are absolute."""

    root: Path
    settings: Settings
    topics: TopicTree
    sources: tuple[FolderSource | FeedSource, ...]

    @property
    def folders(self) -> tuple[FolderSource, ...]:
        """The sources that are folders, in their order."""
        return tuple(source for source in self.sources if isinstance(source, FolderSource))

    @property
    def feeds(self) -> tuple[FeedSource, ...]:
        """The sources that are feeds, in their order."""
        return tuple(source for source in self.sources if isinstance(source, FeedSource))

    def path(self, relative: Path | str) -> Path:
        """A path that may be relative to the project."""
        return self.root / relative

    @property
    def state_folder(self) -> Path:
        """Where the project keeps what it makes: the database, the key."""
        return self.root / "var"

    def newsletters(self, wanted: str | None = None) -> tuple[Newsletter, ...]:
        """All newsletters, or the one with this id; an unknown id is a usage error."""
        found = tuple(n for n in self.settings.newsletters if wanted in (None, n.id))
        if wanted is not None and not found:
            known = ", ".join(n.id for n in self.settings.newsletters) or "none"
            raise UsageError(f"there is no newsletter {wanted!r}", remedy=f"known ids: {known}")
        return found


def find_project(given: Path | None) -> Path:
    """The folder that holds config/: the given one or the current one."""
    root = (given or Path.cwd()).resolve()
    if not (root / "config").is_dir():
        raise UsageError(
            f"there is no config/ in {root}",
            remedy="make a project with `digest init DIR`, or name one with --project DIR",
        )
    return root


def load_config(root: Path) -> Config:
    """Read and check everything; SettingsError names all that is wrong, not just the first."""
    problems: list[Problem] = []
    tables = {name: _read_toml(root, name, problems) for name in ("digest", "topics", "sources")}
    if problems:
        raise SettingsError(problems)
    settings = _load_settings(root, tables["digest"], problems)
    topics = _load_list(TypeAdapter(tuple[Topic, ...]), tables["topics"], "topics", problems)
    sources = _load_list(TypeAdapter(tuple[Source, ...]), tables["sources"], "sources", problems)
    tree = TopicTree(topics or ())
    if settings is not None:
        problems += _across(settings, tree, sources or ())
    if problems or settings is None:
        raise SettingsError(problems)
    return Config(root, settings, tree, sources or ())


def config_file(root: Path, name: str) -> Path:
    """The project's own config/NAME.toml, or the one that this version carries."""
    own = root / "config" / f"{name}.toml"
    return own if own.exists() else bundled("config") / f"{name}.toml"


def _read_toml(root: Path, name: str, problems: list[Problem]) -> dict[str, Any]:
    path = config_file(root, name)
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(f"config/{name}.toml", str(path), f"cannot be read: {error}"))
        return {}


def _load_settings(root: Path, table: dict[str, Any], problems: list[Problem]) -> Settings | None:
    env_file = root / ".env"
    try:
        return Settings(_env_file=env_file, **table)
    except ValidationError as error:
        problems += [_problem(item, env_file) for item in error.errors()]
    except (SettingsSourceError, UnicodeDecodeError) as error:
        problems.append(Problem("environment", f"the environment or {env_file}", str(error)))
    return None


def _load_list(
    adapter: TypeAdapter[T], table: dict[str, Any], name: str, problems: list[Problem]
) -> T | None:
    file = f"config/{name}.toml"
    problems += [Problem(key, file, "unknown setting") for key in table if key != name]
    try:
        return adapter.validate_python(table.get(name, ()))
    except ValidationError as error:
        problems += [
            Problem(".".join([name, *_place(item["loc"])]), file, _reason(item))
            for item in error.errors()
        ]
        return None


def _place(location: tuple[int | str, ...]) -> list[str]:
    """Where a list's entry is wrong; pydantic names the kind of a source after its number."""
    return [
        str(part)
        for number, part in enumerate(location)
        if not (number == 1 and part in ("folder", "feed"))
    ]


def _reason(item: Any) -> str:
    """What a validation error of pydantic's says, in our words."""
    reasons = {"extra_forbidden": "unknown setting", "missing": "is missing"}
    text: str = item["msg"]
    return reasons.get(item["type"], text.removeprefix("Value error, "))


def _problem(item: Any, env_file: Path) -> Problem:
    """A validation error of pydantic's as a problem with the place to mend."""
    location = [str(part) for part in item["loc"]]
    in_file = dotenv_values(env_file)
    origin = "config/digest.toml"
    for length in range(1, len(location) + 1):
        variable = PREFIX + "_".join(location[:length]).upper().replace("-", "_")
        if variable in os.environ:
            origin = f"environment variable {variable}"
        elif variable in in_file:
            origin = f"{variable} in {env_file}"
    return Problem(".".join(location), origin, _reason(item))


def _across(
    settings: Settings, tree: TopicTree, sources: tuple[FolderSource | FeedSource, ...]
) -> list[Problem]:
    """What is wrong between the files: ids that are double or that nothing answers to."""
    problems = []
    for name, file, ids in (
        ("newsletters", "digest", [n.id for n in settings.newsletters]),
        ("topics", "topics", [t.id for t in tree.topics]),
        ("sources", "sources", [s.id for s in sources]),
    ):
        problems += [
            Problem(f"{name}.{twice}", f"config/{file}.toml", "this id stands twice")
            for twice, count in Counter(ids).items()
            if count > 1
        ]
    for topic in tree.topics:
        if topic.parent is not None and topic.parent not in tree.by_id:
            reason = f"its parent {topic.parent!r} is not a topic of this file"
            problems.append(Problem(f"topics.{topic.id}", "config/topics.toml", reason))
        if topic.id in [tree.by_id[a].parent for a in tree.lineage(topic.id) if a in tree.by_id]:
            problems.append(
                Problem(f"topics.{topic.id}", "config/topics.toml", "is its own ancestor")
            )
    problems += [
        Problem(
            f"sources.{source.id}.topic",
            "config/sources.toml",
            f"{source.topic!r} is not a topic of config/topics.toml",
        )
        for source in sources
        if isinstance(source, FeedSource) and source.topic and not tree.find(source.topic)
    ]
    for newsletter in settings.newsletters:
        problems += [
            Problem(
                f"newsletters.{newsletter.id}.topics",
                "config/digest.toml",
                f"{unknown!r} is not a topic of config/topics.toml",
            )
            for unknown in newsletter.topics
            if unknown not in tree.by_id
        ]
    return problems
