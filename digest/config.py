"""Reads the settings of a project: config/*.toml, .env and the environment, checked all at once.

The only module that reads the settings of the environment. What wins: the environment, then .env,
then config/digest.toml, which every project has; a topics.toml or sources.toml that it does not
have is the one that this version carries.
"""

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dotenv.parser import parse_stream
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from digest.error_words import words_of
from digest.errors import Problem, SettingsError, UsageError
from digest.model import Newsletter, Topic, TopicTree
from digest.package_files import bundled
from digest.setting_errors import entry_name, names_beside, names_in, reason_of
from digest.setting_files import file_faults
from digest.setting_origins import FILE, variable_of
from digest.setting_variables import merged, read_variables
from digest.settings import FeedSource, FolderSource, Settings, Source, TopicSettings
from digest.text import did_you_mean

T = TypeVar("T")

_TOPICS = TypeAdapter(tuple[TopicSettings, ...])
_SOURCES = TypeAdapter(tuple[Source, ...])


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
    def configured_feeds(self) -> tuple[FeedSource, ...]:
        """The feeds of the settings; with what editors added: digest.services.sources.all_feeds."""
        return tuple(source for source in self.sources if isinstance(source, FeedSource))

    def path(self, relative: Path | str) -> Path:
        """A path that may be relative to the project."""
        return self.root / relative

    @property
    def state_folder(self) -> Path:
        """Where the project keeps what it makes: the database, the key."""
        return self.root / "var"

    @property
    def picture_folder(self) -> Path:
        """Where the pictures of stories are kept."""
        return self.path(self.settings.pictures.folder)

    def newsletter(self, wanted: str) -> Newsletter | None:
        """The newsletter with this id, None where there is none (any more)."""
        return next((n for n in self.settings.newsletters if n.id == wanted), None)

    @property
    def first_newsletter(self) -> Newsletter:
        """The one that counts where none is named, or one that is gone."""
        return self.settings.newsletters[0]

    @property
    def newsletter_names(self) -> dict[str, str]:
        """What the newsletters are called, by their ids."""
        return {letter.id: letter.name for letter in self.settings.newsletters}

    def newsletters(self, wanted: str | None = None) -> tuple[Newsletter, ...]:
        """All newsletters, or the one with this id; an unknown id is a usage error."""
        chosen = tuple(n for n in self.settings.newsletters if wanted in (None, n.id))
        if wanted is not None and not chosen:
            ids = ", ".join(n.id for n in self.settings.newsletters) or "none"
            raise UsageError(f"there is no newsletter {wanted!r}", remedy=f"known ids: {ids}")
        return chosen


def find_project(given: Path | None) -> Path:
    """The folder that holds config/digest.toml: the given one or the current one."""
    root = (given or Path.cwd()).resolve()
    folder = root / "config"
    if not folder.is_dir():
        raise UsageError(
            f"there is no config/ in {root}",
            remedy="make a project with `digest init DIR`, or name one with --project DIR",
        )
    if not (folder / "digest.toml").is_file():
        file_names = {path.name for path in folder.iterdir()} - {"topics.toml", "sources.toml"}
        near = did_you_mean("digest.toml", file_names)
        raise UsageError(
            f"config/digest.toml is missing in {root}{near}",
            remedy="put it back, make a project with `digest init DIR`, or name one with "
            "--project DIR",
        )
    return root


def load_config(root: Path) -> Config:
    """Read and check everything; SettingsError names all that is wrong, not just the first."""
    problems: list[Problem] = []
    tables = {name: _read_toml(root, name, problems) for name in ("digest", "topics", "sources")}
    if problems:
        raise SettingsError(problems)
    settings = _load_settings(root, tables["digest"], problems)
    topics = _load_list(_TOPICS, tables["topics"], "topics", problems)
    sources = _load_list(_SOURCES, tables["sources"], "sources", problems)
    tree = TopicTree(tuple(Topic(**dict(topic)) for topic in topics or ()))
    if settings is not None:
        problems += [
            Problem(".".join(location), _origin(location, root / ".env"), reason)
            for location, reason in file_faults(root, settings)
        ]
        problems += _problems_between_files(settings, tree, sources or ())
    if problems or settings is None:
        raise SettingsError(problems)
    return Config(root, settings, tree, sources or ())


def settings_stamp(root: Path) -> tuple[tuple[str, int], ...]:
    """Changes whenever a file that settings are read from is written, made or removed."""
    files = sorted([*root.glob("config/*.toml"), *root.glob(".env")])
    return tuple((file.name, file.stat().st_mtime_ns) for file in files if file.exists())


def config_file(root: Path, name: str) -> Path:
    """The project's own config/NAME.toml, or the one that this version carries."""
    own = root / "config" / f"{name}.toml"
    return own if name == "digest" or own.exists() else bundled("config") / f"{name}.toml"


def _read_toml(root: Path, name: str, problems: list[Problem]) -> dict[str, Any]:
    path = config_file(root, name)
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        reason = f"{words_of(error)} ({path})"
    except UnicodeDecodeError as error:
        reason = words_of(error)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
    problems.append(Problem(f"config/{name}.toml", "", f"cannot be read: {reason}"))
    return {}


def _load_settings(root: Path, table: dict[str, Any], problems: list[Problem]) -> Settings | None:
    env_file = root / ".env"
    try:
        broken = _broken_lines(env_file)
        if broken:
            problems += broken
            return None
        return Settings(**merged(table, read_variables(env_file)))
    except SettingsError as error:
        problems += error.problems
    except ValidationError as error:
        problems += [_setting_problem(item, table, env_file) for item in error.errors()]
    except UnicodeDecodeError as error:
        problems.append(Problem("environment", f"the environment or {env_file}", str(error)))
    return None


def _broken_lines(env_file: Path) -> list[Problem]:
    """What stands in .env and is no NAME=value: dotenv would leave it out, and only log that."""
    try:
        with env_file.open(encoding="utf-8") as file:
            lines = [binding.original.line for binding in parse_stream(file) if binding.error]
    except (FileNotFoundError, IsADirectoryError):
        return []
    reason = "is no NAME=value, or its quotation marks do not close"
    return [Problem(f"{env_file}, line {line}", "", reason) for line in lines]


def _load_list(
    adapter: TypeAdapter[T], table: dict[str, Any], name: str, problems: list[Problem]
) -> T | None:
    file = f"config/{name}.toml"
    problems += [
        Problem(key, file, f"unknown setting{did_you_mean(key, [name])}")
        for key in table
        if key != name
    ]
    entries = table.get(name, ())
    try:
        return adapter.validate_python(entries)
    except ValidationError as error:
        problems += [_entry_problem(item, name, entries) for item in error.errors()]
        return None


def _entry_problem(item: ErrorDetails, name: str, entries: Any) -> Problem:
    """Where an entry of a list is wrong; pydantic names the kind of a source after its number."""
    number, *path = item["loc"] or (None,)
    if not isinstance(number, int):
        return Problem(name, f"config/{name}.toml", reason_of(item, ()))
    kind = path.pop(0) if path and path[0] in ("folder", "feed") else None
    key = ".".join([name, entry_name(entries, number), *_as_counted(path)])
    return Problem(key, f"config/{name}.toml", reason_of(item, names_in(name, kind)))


def _setting_problem(item: ErrorDetails, table: dict[str, Any], env_file: Path) -> Problem:
    """What is wrong with a setting, with the place to mend."""
    location = _as_counted(item["loc"])
    origin = _origin(location, env_file)
    match item["loc"]:
        case ("newsletters", int(number), *_) if origin == FILE:
            location[1] = entry_name(table.get("newsletters"), number)
    return Problem(".".join(location), origin, reason_of(item, names_beside(item["loc"])))


def _as_counted(location: Sequence[int | str]) -> list[str]:
    """The parts of a place; people count the entries of a list from 1."""
    return [str(part + 1) if isinstance(part, int) else part for part in location]


def _origin(location: Sequence[str], env_file: Path) -> str:
    """Where a setting has its value from, and is to be mended."""
    return variable_of(location, env_file) or FILE


def _problems_between_files(
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
            near = did_you_mean(topic.parent, tree.by_id.keys())
            reason = f"its parent {topic.parent!r} is not a topic of this file{near}"
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
