"""A project in which much has happened: issues, subscribers, one who left, links that wait."""

import re
import shutil
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

import lxml.html

from tests.integration.conftest import DAY, Project
from tests.integration.website import Website, settle, wait_until
from tests.paths import SEEDS

YESTERDAY = "2026-11-20"
WEEKLY = """
[[newsletters]]
id = "weekend"
name = "The Weekend"
tagline = "The best of the week"
sender = "The Weekend <weekend@example.org>"
postal_address = "1 Example Street, 12345 Example Town"
days = ["sat"]
topics = ["science"]
"""


@dataclass
class Town:
    """The project and its mails, by who got them."""

    project: Project
    home: str

    def mails(self, subscriber: str) -> list[EmailMessage]:
        found = [read(path.read_bytes()) for path in self.project.outbox]
        return [mail for mail in found if mail["To"] and subscriber in str(mail["To"])]

    def link(self, subscriber: str, purpose: str) -> str:
        """The newest link of a purpose, such as `confirm`, that a subscriber was sent."""
        links = [link for mail in self.mails(subscriber) for link in links_of(mail)]
        return next(link for link in reversed(links) if f"{self.home}/{purpose}/" in link)


def a_town(project: Project) -> Town:
    """Two issues of the sample stories, sent to subscribers of two newsletters."""
    town = Town(project, settle(project))
    settings = project.root / "config" / "digest.toml"
    settings.write_text(settings.read_text() + WEEKLY)
    for email in ("ada@example.org", "grace@example.org", "left@example.org"):
        project.run("subscribers", "add", email, "--newsletter", "science-daily")
    project.run("subscribers", "add", "ada@example.org", "--newsletter", "weekend")
    for day in (YESTERDAY, DAY):
        shutil.copytree(SEEDS / day, project.root / "seeds" / day)
        project.run("run", DIGEST_NOW=f"{day}T12:00:00Z")
    return town


def unsettle(town: Town, site: Website) -> None:
    """Let one subscriber leave, one ask for another address, and a stranger sign up."""
    one_click = {"List-Unsubscribe": "One-Click"}
    site.client.post(town.link("left@example.org", "unsubscribe"), data=one_click)
    preferences = town.link("grace@example.org", "preferences")
    site.client.post(f"{preferences}/address", data={"email": "hopper@example.org"})
    sign_up(site, "new@example.org")
    wait_until(lambda: town.mails("new@example.org") and town.mails("hopper@example.org"))
    wait_until(lambda: "state=sending" not in site.log)


def sign_up(site: Website, email: str) -> None:
    """Fill in the form as a person would, who needs some seconds for it."""
    form = {"newsletter": "science-daily", "email": email}
    page = site.client.post(f"{site.url}/sign-up", data=form).text
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    assert stamp, page
    answers = []

    def taken() -> bool:
        answers.append(site.client.post(f"{site.url}/sign-up", data={**form, "stamp": stamp[1]}))
        return answers[-1].status_code == 303

    wait_until(taken)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.SMTP)


def links_of(mail: EmailMessage) -> list[str]:
    """Every link in a mail: of its pages, its text, and its headers."""
    found = re.findall(r"<(https?:[^>]+)>", str(mail["List-Unsubscribe"] or ""))
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    if html is not None:
        tree = lxml.html.fromstring(html.get_content())
        found += [link for _, _, link, _ in tree.iterlinks()]
    if text is not None:
        found += re.findall(r"https?://[^\s<>)]+", text.get_content())
    return found
