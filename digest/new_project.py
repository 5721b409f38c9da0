"""A new project folder: settings, an .env with a key of its own, and a place for stories."""

import secrets
import shutil
from pathlib import Path

from digest.error_words import words_of
from digest.errors import DigestError, UsageError
from digest.package_files import bundled

_ENV = """\
# Secrets and the settings of this machine: it wins over config/*.toml, the environment over it.
# Never share this file.

# Signs the links in mails: keep a copy, and see "Changing the key" in docs/config.md before you
# change it. Without it nothing is sent.
DIGEST_SECRET_KEY={key}

# To send for real:
#DIGEST_BACKEND=smtp
#DIGEST_SMTP_HOST=smtp.example.org
#DIGEST_SMTP_PORT=587
#DIGEST_SMTP_SECURITY=starttls
#DIGEST_SMTP_USERNAME=
#DIGEST_SMTP_PASSWORD=
"""

_IGNORE = "/.env\n/var/\n/outbox/\n/preview/\n"


def create_project(root: Path) -> list[Path]:
    """Make the files of a project in `root`; those that it made. A project is never overwritten."""
    if (root / "config").exists():
        raise UsageError(
            f"{root} holds a project already", remedy="name another folder, or work in this one"
        )
    paths = []
    try:
        (root / "seeds").mkdir(parents=True, exist_ok=True)
        paths.append(root / "seeds")
        shutil.copytree(bundled("config"), root / "config")
        paths += sorted((root / "config").glob("*.toml"))
        for name, content in (
            (".env", _ENV.format(key=secrets.token_urlsafe(32))),
            (".gitignore", _IGNORE),
        ):
            path = root / name
            if not path.exists():
                path.touch(mode=0o600 if name == ".env" else 0o644)
                path.write_text(content, "utf-8")
                paths.append(path)
    except OSError as error:
        raise DigestError(
            f"{error.filename} cannot be written: {words_of(error)}", remedy="name another folder"
        ) from error
    return paths


def copy_templates(root: Path) -> Path:
    """The templates of this version as the project's own, to be edited."""
    target = root / "templates"
    if target.exists():
        raise UsageError(f"{target} is there already", remedy="move it away first")
    shutil.copytree(bundled("templates"), target)
    return target
