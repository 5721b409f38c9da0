"""caniemail's data: which HTML and CSS of the mail the programs of its subscribers lack."""

import json
import re
import shutil
import subprocess

from tests.mailcheck.allow import Gap, allowed_features, harmful
from tests.mailcheck.findings import HERE, NODE_MODULES, Finding, Mail, ToolError

DATA = NODE_MODULES / "caniemail" / "data" / "caniemail.json"

# `outlook.windows` is the classic one, drawn by Word; `outlook.outlook-com` is the web page that
# the new Outlook for Windows shows.
CLIENTS = (
    "gmail.desktop-webmail",
    "gmail.mobile-webmail",
    "gmail.ios",
    "gmail.android",
    "outlook.windows",
    "outlook.outlook-com",
    "outlook.macos",
    "outlook.ios",
    "outlook.android",
    "apple-mail.macos",
    "apple-mail.ios",
    "yahoo.desktop-webmail",
    "yahoo.ios",
    "yahoo.android",
    "thunderbird.macos",
    "samsung-email.android",
)


def missing() -> list[str]:
    """What is not installed."""
    return [
        name
        for name, there in (
            ("node", shutil.which("node")),
            ("npm caniemail", DATA.exists()),
        )
        if not there
    ]


def judge(mails: list[Mail]) -> list[Finding]:
    """Features that take from the content where they are missing."""
    _check_allowed()
    return [
        Finding("caniemail", mail.name, _message(left))
        for mail in mails
        for gap in _gaps(mail)
        if (left := harmful(gap, without_comments(mail.html.read_text("utf-8"))))
    ]


def without_comments(html: str) -> str:
    """The mail without what stands in comments for Outlook alone."""
    return re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)


def _check_allowed() -> None:
    """An entry that names no feature would allow nothing, and nobody would notice."""
    features = json.loads(DATA.read_text("utf-8"))["data"]
    unknown = allowed_features() - {feature["title"] for feature in features}
    if unknown:
        raise ToolError(f"allow.toml: caniemail does not know {', '.join(sorted(unknown))}")


def _gaps(mail: Mail) -> list[Gap]:
    done = subprocess.run(
        ["node", str(HERE / "caniemail.mjs"), str(mail.html), *CLIENTS],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise ToolError(f"caniemail: {done.stderr.strip()[:400]}")
    return [
        Gap(each["feature"], tuple(each["clients"]), tuple(each["notes"]))
        for each in json.loads(done.stdout)
    ]


def _message(gap: Gap) -> str:
    where = f", as in {' '.join(gap.place.split())[-200:]}" if gap.place else ""
    return f"{gap.feature} in {', '.join(gap.clients)}{where} ({' '.join(gap.notes)})"
