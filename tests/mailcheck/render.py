"""The mails to be judged, made with the real command in folders of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.mailcheck import stories
from tests.mailcheck.findings import Mail, ToolError

DAY = "2026-11-21"
ARABIC = {
    "name": "موجز العلوم اليومي",
    "tagline": "علوم اليوم في دقيقتين",
    "postal_address": "جمعية العلوم، 1 شارع المثال، القاهرة",
    "language": "ar",
}


def render(out: Path) -> list[Mail]:
    """The demo issue, a day of 200 stories, and an issue that reads from right to left."""
    return [_demo(out / "demo"), _many(out / "many"), _arabic(out / "rtl")]


def _demo(root: Path) -> Mail:
    _digest("demo", str(root), "--json")
    return _mail(root)


def _many(root: Path) -> Mail:
    _digest("init", str(root))
    return _preview(root, stories.many(200))


def _arabic(root: Path) -> Mail:
    _digest("init", str(root))
    (root / "config" / "topics.toml").write_text(stories.ARABIC_TOPICS, "utf-8")
    settings = root / "config" / "digest.toml"
    text = settings.read_text("utf-8")
    for key in ARABIC:
        text = re.sub(rf"^{key} = .*\n", "", text, flags=re.MULTILINE)
    table = "[[newsletters]]\n"
    own = "".join(f'{key} = "{value}"\n' for key, value in ARABIC.items())
    settings.write_text(text.replace(table, table + own), "utf-8")
    return _preview(root, stories.arabic())


def _preview(root: Path, files: Iterable[tuple[str, str]]) -> Mail:
    folder = root / "seeds" / DAY
    folder.mkdir(parents=True)
    for name, text in files:
        (folder / name).write_text(text, "utf-8")
    out = root / "preview"
    _digest("preview", "--project", str(root), "--date", DAY, "--out", str(out), "--json")
    return _mail(root)


def _mail(root: Path) -> Mail:
    mail = Mail(root.name, root / "preview" / "issue.html", root / "preview" / "issue.eml")
    for file in (mail.html, mail.eml):
        if not file.exists():
            raise ToolError(f"digest made no {file}")
    return mail


def _digest(*args: str) -> None:
    """The command, with nobody's settings, on one and the same day."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "digest", *args],
        env={**clean, "DIGEST_NOW": f"{DAY}T12:00:00Z"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise ToolError(f"digest {args[0]}: {done.stderr.strip() or done.stdout.strip()}")
