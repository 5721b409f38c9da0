"""What the pages of one issue share: which issue it is, as whom it is shown, and where they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from digest.app import make_previewer
from digest.model import MAIL_LAYOUTS, Newsletter, Topic
from digest.project import Project
from digest.roles import Role
from digest.services.issues.preview import NOBODY, IssueMail, Previewer, Viewpoint
from digest.web.admin.access import AdminRequest
from digest.web.admin.issue_of import issue_of
from digest.web.admin.issue_paths import approval_path, issue_path, sending_path

ISSUE = issue_path("{newsletter}", "{day}")  # type: ignore[arg-type] # a pattern


@dataclass(frozen=True, slots=True)
class IssueAsked:
    """The issue that a page is about."""

    newsletter: Newsletter
    date: date

    @property
    def path(self) -> str:
        """The address of its preview; its other pages are below that."""
        return issue_path(self.newsletter.id, self.date)

    @property
    def approval(self) -> str:
        """Where it is approved or held."""
        return approval_path(self.newsletter.id, self.date)

    @property
    def sending(self) -> str:
        """How its sending goes."""
        return sending_path(self.newsletter.id, self.date)

    @property
    def key(self) -> str:
        """Its name in messages."""
        return f"{self.newsletter.id}-{self.date}"

    def beside(self, days: int) -> str:
        """The address of the issue of another date."""
        return issue_path(self.newsletter.id, self.date + timedelta(days=days))


def issue_asked(asked: AdminRequest) -> IssueAsked:
    """The issue that the address names; not found where there can be none."""
    return IssueAsked(*issue_of(asked))


def previewer_of(asked: AdminRequest) -> Previewer:
    """What shows the issues."""
    return make_previewer(asked.project)


@dataclass(frozen=True, slots=True)
class Chosen:
    """As whom a mail is shown, as an address says it: a subscriber, or topics and a layout."""

    email: str = ""
    topics: tuple[str, ...] = ()
    layout: str = ""

    @property
    def query(self) -> str:
        """What stands after the `?`."""
        return urlencode(list(self._pairs()))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        if self.email:
            yield "as", self.email
            return
        yield from (("topic", topic) for topic in self.topics)
        if self.layout:
            yield "layout", self.layout

    @property
    def words(self) -> str:
        """Who that is, in a line."""
        topics = f" of {', '.join(self.topics)}" if self.topics else ""
        return self.email or f"a subscriber{topics}"


def chosen_by(asked: AdminRequest) -> Chosen:
    """What the address says, or the form; what is no topic and no layout of ours is left out.

    Whoever may not edit sees nobody's mail but their own choice of topics.
    """
    values = asked.form if asked.request.method == "POST" else asked.request.query_params
    email = str(values.get("as", "")).strip()
    if email and asked.may(Role.EDITOR):
        return Chosen(email=email)
    topics_by_id = asked.project.config.topics.by_id
    topics = tuple(topic for topic in values.getlist("topic") if topic in topics_by_id)
    layout = str(values.get("layout", ""))
    return Chosen("", tuple(map(str, topics)), layout if layout in MAIL_LAYOUTS else "")


def viewpoint_of(previewer: Previewer, newsletter: Newsletter, chosen: Chosen) -> Viewpoint:
    """That, as mails are made for it; a DigestError where nobody has the address."""
    if chosen.email:
        return previewer.viewpoint(newsletter, chosen.email)
    layout = next((name for name in MAIL_LAYOUTS if name == chosen.layout), None)
    return Viewpoint(NOBODY, frozenset(chosen.topics), layout)


def mail_topics(mail: IssueMail | None, project: Project) -> tuple[Topic, ...]:
    """The topics that a subscriber may choose: those of the issue that hold something."""
    if mail is None:
        return ()
    used = {story.topic for story in mail.issue.all_stories}
    return tuple(topic for topic in project.config.topics.topics if topic.id in used)
