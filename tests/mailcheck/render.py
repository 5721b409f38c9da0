"""The mails to be judged, made with the real command in folders of their own where it can be."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path

from PIL import Image

from digest.model import MAIL_LAYOUTS, Notice, NoticeKind, Subscriber
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.message import VariantMessages, slot_values
from digest.render.notice import NoticeRenderer
from digest.render.placeholders import Placeholders
from tests.builders import NOON, TREE, newsletter
from tests.mailcheck import stories
from tests.mailcheck.findings import Mail, ToolError
from tests.odd_pictures import saved, scene

DAY = "2026-11-21"
ARABIC = {
    "name": "موجز العلوم اليومي",
    "tagline": "علوم اليوم في دقيقتين",
    "postal_address": "جمعية العلوم، 1 شارع المثال، القاهرة",
    "language": "ar",
    "images": "attached",
}


def render(out: Path) -> list[Mail]:
    """The demo issue, a day of 200 stories, one from right to left, one of merged stories.

    A day of 30 in each layout, with logos and a cover. Two notices: one asks, one goes to a
    subscriber.
    """
    made = (
        _demo(out / "demo"),
        _many(out / "many"),
        _arabic(out / "rtl"),
        *(_thirty(out / layout, layout) for layout in MAIL_LAYOUTS),
    )
    notices = (_notice(out / kind, kind) for kind in (NoticeKind.CONFIRM, NoticeKind.WELCOME))
    return [*made, _merged(out / "merged"), *notices]


def _demo(root: Path) -> Mail:
    _digest("demo", str(root), "--json")
    return _mail(root)


def _many(root: Path) -> Mail:
    _digest("init", str(root))
    return _preview(root, stories.many(200))


def _thirty(root: Path, layout: str) -> Mail:
    _digest("init", str(root))
    for name, colour in (("logo.png", "#174a84"), ("dark.png", "#ffffff")):
        Image.new("RGB", (540, 88), colour).save(root / name)
    (root / "cover.jpg").write_bytes(saved(scene(1200, 630)))
    settings = root / "config" / "digest.toml"
    own = 'logo = "logo.png"\nlogo_dark = "dark.png"\ncover = "cover.jpg"\nstories_per_topic = 30\n'
    text = settings.read_text("utf-8").replace("[[newsletters]]\n", f"[[newsletters]]\n{own}")
    text = re.sub(r"^stories_per_topic = 3 .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^max_stories = 14$", "max_stories = 30", text, flags=re.MULTILINE)
    settings.write_text(text, "utf-8")
    return _preview(root, stories.many(30), "--layout", layout)


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


def _merged(root: Path) -> Mail:
    """Rendered here: no story file can say that reports differ."""
    letter, links = newsletter(name="Example Daily"), Links("https://news.example.org", "a key")
    subscriber, whole = Subscriber(1, "subscriber@example.org"), stories.merged()
    mail = assemble(Renderer((), links).render(whole, letter), whole, letter)
    personal = {name: escape(v) for name, v in slot_values(letter, subscriber, links).items()}
    folder = root / "preview"
    folder.mkdir(parents=True)
    (folder / "issue.html").write_text(Placeholders(mail.nonce).fill(mail.html, personal), "utf-8")
    envelope = VariantMessages(mail, whole, letter, links).envelope(subscriber, NOON)
    (folder / "issue.eml").write_bytes(envelope.message)
    return _mail(root)


def _notice(root: Path, kind: NoticeKind) -> Mail:
    details = {
        "signup": 1,
        "subscriber": 1,
        "topics": ["space"],
        "timezone": "Europe/Berlin",
        "first": NOON.isoformat(),
        "at_once": True,
    }
    letter, links = newsletter(name="Example Daily"), Links("https://news.example.org", "a key")
    notice = Notice(1, kind, letter.id, "subscriber@example.org", "", None, details, NOON)
    renderer = NoticeRenderer((), links, TREE, days=7)
    folder = root / "preview"
    folder.mkdir(parents=True)
    (folder / "issue.html").write_text(renderer.bodies(notice, letter)[1], "utf-8")
    (folder / "issue.eml").write_bytes(renderer.envelope(notice, letter, NOON).message)
    return _mail(root)


def _preview(root: Path, files: Iterable[tuple[str, str]], *options: str) -> Mail:
    folder = root / "seeds" / DAY
    folder.mkdir(parents=True)
    for name, text in files:
        (folder / name).write_text(text, "utf-8")
    (folder / stories.PICTURE).write_bytes(saved(scene()))
    out = root / "preview"
    _digest("preview", "--project", str(root), "--date", DAY, "--out", str(out), "--json", *options)
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
