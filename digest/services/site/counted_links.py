"""Where counted links lead: to what the sealed issue holds, and nowhere else."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from digest.model import Issue
from digest.project import Project
from digest.render.counted_links import targets_of
from digest.store import issues
from digest.text import is_web_address

# Stories whose links are kept in memory; those that were not asked for longest go first.
MOST_STORIES = 5_000


@dataclass(frozen=True, slots=True)
class StoryLinks:
    """The links of a story in a sealed issue, by number."""

    newsletter: str
    issue_id: int
    story_id: int
    targets: Mapping[int, str]


class CountedLinks:
    """The links of sealed issues. They never change, so each issue is read once.

    What was read leads on while the database is away.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._stories: OrderedDict[tuple[str, int], StoryLinks] = OrderedDict()
        self._latest: dict[str, int] = {}  # of each newsletter, the number of the last issue read
        self._lock = threading.Lock()

    def known(self, newsletter: str, story_id: int) -> StoryLinks | None:
        """The links of a story, where its issue was read; the database is not asked."""
        with self._lock:
            links = self._stories.get((newsletter, story_id))
            if links is not None:
                self._stories.move_to_end((newsletter, story_id))
            return links

    def find(self, newsletter: str, story_id: int) -> StoryLinks | None:
        """The links of a story; None where no sealed issue of the newsletter has it."""
        with self._project.database.read() as connection:
            issue = issues.of_story(connection, newsletter, story_id)
        if issue is not None:
            self._keep(*issue)
        return self.known(newsletter, story_id)

    def read_latest(self, newsletter: str) -> None:
        """Read the last issue of a newsletter, once: its links are followed next."""
        with self._project.database.read() as connection:
            last = issues.last(connection, newsletter)
            if last is None or self._latest.get(newsletter) == last.id:
                return
            issue = issues.get(connection, last.id).issue
        if issue is not None:
            self._keep(last.id, issue)
        self._latest[newsletter] = last.id

    def _keep(self, issue_id: int, issue: Issue) -> None:
        for story in issue.all_stories:
            targets = {
                number: target
                for number, target in targets_of(story, self._project.links)
                if is_web_address(target)
            }
            with self._lock:
                self._stories[issue.newsletter, story.id] = StoryLinks(
                    issue.newsletter, issue_id, story.id, targets
                )
                while len(self._stories) > MOST_STORIES:
                    self._stories.popitem(last=False)
