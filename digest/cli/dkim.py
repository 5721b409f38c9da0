"""The command for DKIM keys: keygen."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digest.atomic_files import PRIVATE_FILE, write_new
from digest.cli.output import say
from digest.deliver.dkim import generate_key, load_key
from digest.error_words import words_of
from digest.errors import DigestError, UsageError


class KeyType(StrEnum):
    """The algorithms of RFC 6376 and RFC 8463."""

    RSA = "rsa"
    ED25519 = "ed25519"


def keygen(
    kind: Annotated[
        KeyType, typer.Option("--type", help="rsa: verified by all; ed25519: fast.")
    ] = KeyType.RSA,
    domain: Annotated[
        str,
        typer.Option("--domain", metavar="DOMAIN", help="The domain of the newsletter's sender."),
    ] = "example.org",
    selector: Annotated[
        str,
        typer.Option(
            "--selector", metavar="NAME", help="Names the DNS record.", show_default="digest-TYPE"
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Where to write the key.", show_default="dkim-TYPE.pem"
        ),
    ] = None,
) -> None:
    """Make a private key, and print the DNS record and the settings that go with it."""
    name = selector or f"digest-{kind}"
    path = out or Path(f"dkim-{kind}.pem")
    pem = generate_key(kind)
    try:
        write_new(path, pem, mode=PRIVATE_FILE)
    except FileExistsError as error:
        raise UsageError(
            f"{path} is there already", remedy="name another file with --out"
        ) from error
    except OSError as error:
        raise DigestError(f"{path} cannot be written: {words_of(error)}") from error
    key = load_key(pem, domain=domain, selector=name, origin=str(path))
    say(f"The private key is in {path}: keep it secret.")
    say()
    say("Publish this DNS record:")
    say(f"  {key.record_name}. TXT")
    say(f"  {key.record}")
    say()
    say("and set in .env:")
    say(f"  DIGEST_DKIM_{kind.upper()}_SELECTOR={name}")
    say(f"  DIGEST_DKIM_{kind.upper()}_KEY_FILE={path}")
    say()
    say("`digest check` compares the two.")
