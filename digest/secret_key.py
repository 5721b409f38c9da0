"""The key that signs the links in mails: the setting, or one that is made once in var/.

Mails lie in mailboxes for years, so another key must not take its place without a word: beside the
database lies the mark of the key with which links went out, and a key that is neither it nor knows
it as an old one is refused. A machine without the mark, of several on one database, takes the key
that it is given, and makes none itself where somebody has links already.
"""

import hashlib
import secrets
from contextlib import suppress
from pathlib import Path

from digest.atomic_files import PRIVATE_FILE, make_private_folder, write_new, write_whole
from digest.config import Config
from digest.error_words import words_of
from digest.errors import DigestError
from digest.setting_rules import is_weak_key
from digest.store import notices, subscribers
from digest.store.database import Database

_LOST = 'if it is lost, see "Changing the key" in docs/config.md'


def secret_key(config: Config, database: Database) -> str:
    """The key to sign with; once somebody has links signed with it, its mark is kept."""
    refuse_another_key(config, database)
    key = _present(config) or _make(_kept(config))
    mark = _mark_of(key)
    if _read(_marked(config)) != mark and _has_subscribers(database):
        _keep(_marked(config), mark)
    return key


def refuse_another_key(config: Config, database: Database) -> None:
    """DigestError where links that are out would not work with the keys there are."""
    present, mark = _present(config), _read(_marked(config))
    if not mark and not present and _has_subscribers(database):
        raise _missing()
    old = (key.get_secret_value() for key in config.settings.old_secret_keys)
    if mark and mark not in [_mark_of(key) for key in (present, *old) if key]:
        raise _another() if present else _missing()


def refusal_of_an_empty_database(config: Config) -> DigestError | None:
    """What is wrong where the database is gone or empty: links that are out name who was in it.

    None where no links are out, and the database may be a new one.
    """
    marked = _marked(config)
    if not _read(marked):
        return None
    return DigestError(
        f"the database is empty or not there, but mails went out from it: {marked} says so",
        remedy="put it back, or mend database_url; if it is lost, or you begin anew, see "
        '"A database that is lost" in docs/howto/restore.md',
    )


def key_left_behind(config: Config) -> Path | None:
    """The file with a key that was made once and that the settings do not know any more."""
    settings = config.settings
    keys = [key.get_secret_value() for key in (settings.secret_key, *settings.old_secret_keys)]
    kept = _read(_kept(config))
    return _kept(config) if keys[0] and kept and kept not in keys else None


def _another() -> DigestError:
    return DigestError(
        "the secret key is not the one that this project's links were signed with",
        remedy=f"put that one back into .env, or name it in DIGEST_OLD_SECRET_KEYS; {_LOST}",
    )


def _missing() -> DigestError:
    return DigestError(
        "the secret key that this project's links were signed with is missing",
        remedy=f"put .env back, with DIGEST_SECRET_KEY in it, or var/secret_key; {_LOST}",
    )


def _kept(config: Config) -> Path:
    return config.state_folder / "secret_key"


def _marked(config: Config) -> Path:
    return config.state_folder / "secret_key.id"


def _present(config: Config) -> str:
    """The key of the settings or that in var/, empty where there is neither."""
    given = config.settings.secret_key.get_secret_value()
    if given or not _kept(config).exists():
        return given
    key = _read(_kept(config))
    if is_weak_key(key):
        raise DigestError(
            f"{_kept(config)} holds no key that is hard to guess",
            remedy="put back the one that was there, or delete the file: another is made; " + _LOST,
        )
    return key


def _has_subscribers(database: Database) -> bool:
    """Whether anybody may have a link: a subscriber, or who was sent a mail to confirm."""
    with database.read() as connection:
        return subscribers.is_anybody(connection) or bool(notices.counts(connection))


def _mark_of(key: str) -> str:
    return hashlib.sha256(b"the key of links: " + key.encode()).hexdigest()[:16]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise DigestError(
            f"{path} cannot be read: {words_of(error)}", remedy="mend the file's permissions"
        ) from error


def _keep(path: Path, mark: str) -> None:
    """Keep the mark, where there is a folder to keep it in.

    A machine that gets its key from the settings may have none that can be written.
    """
    with suppress(OSError):
        make_private_folder(path.parent)
        write_whole(path, f"{mark}\n".encode())


def _make(path: Path) -> str:
    try:
        make_private_folder(path.parent)
        with suppress(FileExistsError):  # another process was faster: its key is the key
            write_new(path, secrets.token_urlsafe(32).encode(), mode=PRIVATE_FILE)
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise DigestError(
            f"{path} cannot be made: {words_of(error)}",
            remedy="set DIGEST_SECRET_KEY, or mend the folder's permissions",
        ) from error
