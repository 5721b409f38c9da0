"""What anybody may read of a project, as values for pages and feeds: nothing of a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

import sqlalchemy as sa

from digest.model import WEEKDAYS, Issue, Newsletter, Story, Topic
from digest.project import Project
from digest.render.mail import Renderer, assemble
from digest.render.pictures import with_pictures_at
from digest.render.webmail import WebMail, as_page
from digest.services.issues.next_time import next_time
from digest.services.site.front_page import FrontPage, front_page
from digest.services.site.related_stories import RelatedStories
from digest.services.stories.correct import corrected_line, with_corrections
from digest.services.subscribers.preferences_form import topic_lines
from digest.services.subscribers.signup import consent_words
from digest.store import corrections, issues, published
from digest.store.corrections import Correction
from digest.store.issues import IssueRecord
from digest.store.published import IssueLine, PublishedStory, StoryLine

STORIES_A_PAGE = 20
ISSUES_A_PAGE = 30
# Issues that the home page names below the latest, and the list of newsletters of each.
RECENT = 5
FEED_ENTRIES = 30
OTHER = Topic("other", "Other")


@dataclass(frozen=True, slots=True)
class PageNumber:
    """Which page of a long list this is, counted from 1, and whether there is another."""

    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        """Whether newer entries stand on another page."""
        return self.number > 1


@dataclass(frozen=True, slots=True)
class SignupOffer:
    """What a form to sign up offers: a newsletter, with the topics that are chosen already.

    `words` are what one agrees to by sending it.
    """

    letter: Newsletter
    chosen: tuple[str, ...]
    words: str

    @property
    def rhythm(self) -> str:
        """`daily`, `weekly`, or nothing that one word says."""
        days = len(set(self.letter.days))
        return "weekly" if days == 1 else "daily" if days >= len(WEEKDAYS) - 2 else ""


@dataclass(frozen=True, slots=True)
class NewsletterSummary:
    """A newsletter with its newest issues, and when the next one is made."""

    letter: Newsletter
    recent: tuple[IssueLine, ...]
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Home:
    """The first newsletter with its latest issue, None before the first; and the others."""

    line: NewsletterSummary
    latest: Issue | None
    front: FrontPage | None
    offer: SignupOffer
    others: tuple[NewsletterSummary, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A story as a list names it: its topic, its day, and the newsletter that told it first."""

    story: Story
    topic: Topic
    day: date
    letter: Newsletter


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A story and what leads on from it.

    `since` is the story that told its event first, `updates` are those that brought news of it.
    It was mailed first in the issue of `issued`, and `corrections` were made after that; `before`
    and `after` are its neighbours in the archive of that newsletter.
    """

    named: Named
    issued: date
    published_at: datetime
    updated_at: datetime
    offer: SignupOffer
    since: Named | None
    updates: tuple[Named, ...]
    more: tuple[Named, ...]
    before: StoryLine | None
    after: StoryLine | None
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicPage:
    """A topic, those directly above and below it, and a page of its stories, newest first."""

    topic: Topic
    above: Topic | None
    below: tuple[Topic, ...]
    stories: tuple[Named, ...]
    page: PageNumber
    offer: SignupOffer | None


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """A newsletter and a page of its issues, newest first."""

    line: NewsletterSummary
    issues: tuple[IssueLine, ...]
    page: PageNumber
    offer: SignupOffer


@dataclass(frozen=True, slots=True)
class IssuePage:
    """An issue as it was mailed, but for corrections, and the dates of its neighbours."""

    letter: Newsletter
    issue: Issue
    mail: WebMail
    before: date | None
    after: date | None
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class PublicPages:
    """Asks the store and the settings; every answer is None where there is nothing to show."""

    project: Project
    renderer: Renderer
    related: RelatedStories

    @property
    def letters(self) -> tuple[Newsletter, ...]:
        """The newsletters of the settings, in their order."""
        return self.project.config.settings.newsletters

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(letter.id for letter in self.letters)

    def letter(self, newsletter_id: str) -> Newsletter | None:
        """The newsletter of this id."""
        return next((letter for letter in self.letters if letter.id == newsletter_id), None)

    def home(self) -> Home:
        """The first newsletter's latest issue, and what else there is."""
        first, *others = self.letters
        with self.project.database.read() as connection:
            line = self._line(connection, first)
            latest = None
            if line.recent:
                record = issues.find(connection, first.id, line.recent[0].date)
                latest = _as_told(connection, record)
            lines = tuple(self._line(connection, letter) for letter in others)
        front = front_page(latest) if latest else None
        return Home(line, latest, front, self.offer(first), lines)

    def letter_lines(self) -> tuple[NewsletterSummary, ...]:
        """Every newsletter."""
        with self.project.database.read() as connection:
            return tuple(self._line(connection, letter) for letter in self.letters)

    def _line(self, connection: sa.Connection, letter: Newsletter) -> NewsletterSummary:
        recent = _issue_lines(connection, letter.id, limit=RECENT + 1)
        at = next_time(connection, self.project, letter)
        return NewsletterSummary(letter, tuple(recent), at.astimezone(letter.zone) if at else None)

    def story(self, number: int) -> StoryPage | None:
        """A story that stood in a sealed issue."""
        with self.project.database.read() as connection:
            event_stories = published.of_event(connection, number, self.ids)
            entry = next((other for other in event_stories if other.story.id == number), None)
            if entry is None:
                return None
            named = self.named(entry)
            same_language = [
                letter.id for letter in self.letters if letter.language == named.letter.language
            ]
            more = self.related.more_like(connection, entry.story, same_language)
            before, after = published.story_neighbours(connection, named.letter.id, number)
            made = corrections.of_stories(connection, [number]) if entry.is_corrected else []
        first = entry.issues[0]
        event = entry.story.event_id or entry.story.id
        event_openers = (other for other in event_stories if other.story.id == event != number)
        first_story = next(event_openers, None)
        return StoryPage(
            named=named,
            issued=first.date,
            published_at=first.sealed_at,
            updated_at=max(entry.updated_at, first.sealed_at),
            offer=self.offer(named.letter, entry.story.topic),
            since=self.named(first_story) if first_story else None,
            updates=tuple(self.named(other) for other in event_stories if other.story.id > number),
            more=tuple(map(self.named, more)),
            before=before,
            after=after,
            corrections=tuple(made),
        )

    def named_story(self, number: int) -> Named | None:
        """A story that stood in a sealed issue, without what leads on from it."""
        with self.project.database.read() as connection:
            entry = published.story(connection, number, self.ids)
        return self.named(entry) if entry else None

    def topic(self, topic_id: str, number: int) -> TopicPage | None:
        """A page of a topic's stories and of those below it; the first may be empty."""
        topic_stories = self._stories_of(topic_id, STORIES_A_PAGE, number)
        if topic_stories is None:
            return None
        topic, stories, page = topic_stories
        tree = self.project.config.topics
        offers = (self.offer(letter, topic.id) for letter in self.letters)
        return TopicPage(
            topic=topic,
            above=tree.by_id.get(topic.parent) if topic.parent else None,
            below=tuple(entry for entry in tree.topics if entry.parent == topic.id),
            stories=tuple(self.named(entry) for entry in stories),
            page=page,
            offer=next((offer for offer in offers if offer.chosen), None),
        )

    def stories_of_topic(self, topic_id: str) -> tuple[Topic, list[PublishedStory]] | None:
        """A topic and its newest stories, for its feed."""
        topic_stories = self._stories_of(topic_id, FEED_ENTRIES, 1)
        return topic_stories and topic_stories[:2]

    def _stories_of(
        self, topic_id: str, size: int, number: int
    ) -> tuple[Topic, list[PublishedStory], PageNumber] | None:
        tree = self.project.config.topics
        reach = self.reach(topic_id)
        with self.project.database.read() as connection:
            stories = published.of_topics(
                connection, reach, self.ids, limit=size + 1, offset=(number - 1) * size
            )
        if not stories and (number > 1 or topic_id not in tree.by_id):
            return None
        return self._topic(topic_id), stories[:size], PageNumber(number, len(stories) > size)

    def reach(self, topic_id: str) -> set[str]:
        """A topic and those below it."""
        tree = self.project.config.topics
        return {
            topic_id,
            *(topic.id for topic in tree.topics if topic_id in tree.lineage(topic.id)),
        }

    def archive(self, newsletter_id: str, number: int) -> ArchivePage | None:
        """A page of a newsletter's issues; the first may be empty."""
        letter = self.letter(newsletter_id)
        if letter is None:
            return None
        with self.project.database.read() as connection:
            issue_lines = _issue_lines(
                connection,
                letter.id,
                limit=ISSUES_A_PAGE + 1,
                offset=(number - 1) * ISSUES_A_PAGE,
            )
            if not issue_lines and number > 1:
                return None
            line = self._line(connection, letter)
        page = PageNumber(number, len(issue_lines) > ISSUES_A_PAGE)
        return ArchivePage(line, tuple(issue_lines[:ISSUES_A_PAGE]), page, self.offer(letter))

    def issue(self, newsletter_id: str, day: date) -> IssuePage | None:
        """A sealed issue as it was mailed to those who chose no topics."""
        letter = self.letter(newsletter_id)
        if letter is None:
            return None
        with self.project.database.read() as connection:
            record = issues.find(connection, letter.id, day)
            if record is None or not record.sealed or record.issue is None:
                return None
            before, after = published.neighbours(connection, letter.id, day)
            numbers = [story.id for story in record.issue.all_stories]
            made = corrections.of_stories(connection, numbers, record.sealed_at)
        issue, rendered = record.issue, record.rendered
        if made:
            issue, rendered = with_corrections(issue, made), None
        mail = assemble(rendered or self.renderer.render(issue, letter), issue, letter)
        html = with_pictures_at(mail.html, "/pictures/")
        mail = replace(mail, html=html)
        return IssuePage(letter, issue, as_page(mail), before, after, tuple(made))

    def issues_of(
        self, newsletter_id: str
    ) -> tuple[Newsletter, list[tuple[IssueLine, Issue]]] | None:
        """A newsletter's newest issues, for its feed."""
        letter = self.letter(newsletter_id)
        if letter is None:
            return None
        with self.project.database.read() as connection:
            lines = _issue_lines(connection, letter.id, limit=FEED_ENTRIES)
            shown = [
                _as_told(connection, issues.find(connection, letter.id, line.date))
                for line in lines
            ]
        return letter, [(line, issue) for line, issue in zip(lines, shown, strict=True) if issue]

    def offer(self, letter: Newsletter, *chosen: str) -> SignupOffer:
        """A form for a newsletter; a topic that it has not is not chosen."""
        ticked = tuple(topic.id for topic in self._offered[letter.id] if topic.id in chosen)
        return SignupOffer(letter, ticked, consent_words(letter))

    def topics_of(self, letter: Newsletter) -> tuple[Topic, ...]:
        """The topics that its stories may have, without those that only hold others."""
        tree = self.project.config.topics
        return tuple(topic for topic in self._offered[letter.id] if tree.is_leaf(topic))

    @cached_property
    def _offered(self) -> Mapping[str, tuple[Topic, ...]]:
        """The topics of each newsletter, which the settings alone say, in the order of the form."""
        tree = self.project.config.topics
        return {
            letter.id: tuple(line.topic for line in topic_lines(tree, letter, ()))
            for letter in self.letters
        }

    def _topic(self, topic_id: str) -> Topic:
        """The topic of this id, also where the settings have it no more."""
        if topic_id == OTHER.id:
            return self.project.config.topics.by_id.get(topic_id, OTHER)
        return self.project.config.topics.by_id.get(topic_id) or Topic(topic_id, topic_id.title())

    def named(self, published_story: PublishedStory) -> Named:
        """A public story as a list names it."""
        first = published_story.issues[0]
        letter = self.letter(first.newsletter)
        assert letter is not None  # the store was asked for those of the settings alone
        day = published_story.story.dated or first.date
        return Named(published_story.story, self._topic(published_story.story.topic), day, letter)


def _as_told(connection: sa.Connection, record: IssueRecord | None) -> Issue | None:
    """A sealed issue as the site tells it, with what was corrected since."""
    if record is None or record.issue is None:
        return None
    numbers = [story.id for story in record.issue.all_stories]
    return with_corrections(
        record.issue, corrections.of_stories(connection, numbers, record.sealed_at)
    )


def _issue_lines(
    connection: sa.Connection, newsletter: str, *, limit: int, offset: int = 0
) -> list[IssueLine]:
    """The sealed issues of a newsletter, newest first, with what was corrected since."""
    lines = published.issue_lines(connection, newsletter, limit=limit, offset=offset)
    made = corrections.since(connection, lines[-1].sealed_at) if lines else []
    return [
        replace(
            line,
            subject=corrected_line(line.subject, made),
            preheader=corrected_line(line.preheader, made),
        )
        if made
        else line
        for line in lines
    ]


def by_month(lines: Iterable[IssueLine]) -> list[tuple[date, Sequence[IssueLine]]]:
    """Issues under the first day of their month, in their order."""
    months: dict[date, list[IssueLine]] = {}
    for line in lines:
        months.setdefault(line.date.replace(day=1), []).append(line)
    return list(months.items())
