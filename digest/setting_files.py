"""What settings say of files and programs, held against those that there are."""

import shlex
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

from digest.error_words import words_of
from digest.model import Newsletter
from digest.settings import DkimSettings, Settings, SmtpSettings

Location = tuple[str, ...]
Fault = tuple[Location, str]
# Pixels: that of a mail's column.
NARROWEST_COVER = 540


def file_faults(root: Path, settings: Settings) -> Iterator[Fault]:
    """Where each wrong one stands in the settings, and what is wrong; paths are below `root`."""
    yield from _server(root, ("smtp",), settings.smtp)
    for name, server in settings.backends.items():
        yield from _server(root, ("backends", name), server)
    yield from _signing_keys(root, settings.dkim)
    folder = root / settings.outbox.folder
    if folder.exists() and not folder.is_dir():
        yield ("outbox", "folder"), f"{folder} is not a folder"
    yield from _returns(root, settings)
    for newsletter in settings.newsletters:
        yield from _own_pictures(root, newsletter)


def _own_pictures(root: Path, newsletter: Newsletter) -> Iterator[Fault]:
    location = "newsletters", newsletter.id
    if newsletter.logo_dark and not newsletter.logo:
        yield (*location, "logo_dark"), "goes together with logo"
        return
    for key in ("logo", "logo_dark", "cover"):
        named: Path | None = getattr(newsletter, key)
        if named is None:
            continue
        from digest.own_pictures import COVER_BYTES, LOGO_BYTES, read_own_picture

        path, most = root / named, COVER_BYTES if key == "cover" else LOGO_BYTES
        try:
            width = read_own_picture(path, most).file.width
        except OSError as error:
            yield (*location, key), f"{path} cannot be read: {words_of(error)}"
        except ValueError as error:
            yield (*location, key), f"{path} {error}"
        else:
            if key == "cover" and width < NARROWEST_COVER:
                reason = f"is {width} pixels wide; {NARROWEST_COVER} are the least for a cover"
                yield (*location, key), f"{path} {reason}"


def _server(root: Path, location: Location, server: SmtpSettings) -> Iterator[Fault]:
    if server.ca_file is not None:
        yield from _certificates(root / server.ca_file, (*location, "ca_file"))
    program = shlex.split(server.token_command)[:1]
    if program and shutil.which(program[0]) is None:
        yield (*location, "token_command"), f"there is no program {program[0]!r} that can be run"


def _returns(root: Path, settings: Settings) -> Iterator[Fault]:
    bounces = settings.bounces
    if bounces.imap_ca_file is not None:
        yield from _certificates(root / bounces.imap_ca_file, ("bounces", "imap_ca_file"))
    if bounces.maildir is not None and not (root / bounces.maildir / "new").is_dir():
        yield ("bounces", "maildir"), f"{root / bounces.maildir} is no Maildir: it has no new/"
    if bounces.mbox is not None and not (root / bounces.mbox).is_file():
        yield ("bounces", "mbox"), f"{root / bounces.mbox} is not there, or is no file"


def _certificates(path: Path, location: Location) -> Iterator[Fault]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        yield location, f"{path} holds no certificate (PEM)"
    except OSError as error:
        yield location, f"{path} cannot be read: {words_of(error)}"


def _signing_keys(root: Path, dkim: DkimSettings) -> Iterator[Fault]:
    for kind, file, text in (
        ("rsa", dkim.rsa_key_file, dkim.rsa_key),
        ("ed25519", dkim.ed25519_key_file, dkim.ed25519_key),
    ):
        key = text.get_secret_value()
        if file is None and not key:
            continue
        from digest.private_keys import read_private_key

        name = f"{kind}_key" if file is None else f"{kind}_key_file"
        try:
            read_private_key(pem_of(key) if file is None else (root / file).read_bytes())
        except OSError as error:
            yield ("dkim", name), f"{error.filename} cannot be read: {words_of(error)}"
        except ValueError as error:
            yield ("dkim", name), str(error) if file is None else f"{root / file} {error}"


def pem_of(text: str) -> bytes:
    r"""A key as PEM: in a file such as .env it is one line, with \n written out."""
    return text.replace("\\n", "\n").encode()
