"""What every page needs: the project, and templates/web in the subscriber's language."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from digest.errors import UsageError
from digest.language import direction_of
from digest.model import Newsletter, PictureFile, Story, Topic
from digest.own_pictures import OwnPicture, read_own_picture
from digest.project import Project
from digest.render.environment import environment_of, render_template
from digest.render.mail import Renderer
from digest.services.delivery.notices import NoticeSender
from digest.services.site.click_counter import ClickCounter
from digest.services.site.counted_links import CountedLinks
from digest.services.site.public_pages import PublicPages
from digest.services.site.related_stories import RelatedStories
from digest.text import digest_of
from digest.web.assets import Assets
from digest.web.date_filters import page_filters
from digest.web.page_cache import PageCache
from digest.web.page_parts import PageParts


@dataclass(frozen=True)
class Site:
    """One project as a site; `notices` sends what a page queues."""

    project: Project
    notices: NoticeSender

    def __post_init__(self) -> None:
        """A site is about its newsletters: without one there is none."""
        if not self.project.config.settings.newsletters:
            raise UsageError(
                "there is no newsletter to make a site of",
                remedy="put a table [[newsletters]] into config/digest.toml",
            )

    @property
    def newsletter(self) -> Newsletter:
        """The newsletter of the home page: the first of the settings."""
        return self.project.config.first_newsletter

    @property
    def language(self) -> str:
        """The language of pages whose subscriber is not known."""
        return self.newsletter.language

    @cached_property
    def public_pages(self) -> PublicPages:
        """Reads from the project what public pages show."""
        config = self.project.config
        renderer = Renderer((config.path("templates"),), self.project.links)
        related = RelatedStories(config.settings.web.cache)
        return PublicPages(self.project, renderer, related)

    @cached_property
    def counted_links(self) -> CountedLinks:
        """Where counted links of mails lead."""
        return CountedLinks(self.project)

    @cached_property
    def clicks(self) -> ClickCounter:
        """How often they are followed."""
        return ClickCounter(self.project)

    @cached_property
    def page_cache(self) -> PageCache:
        """Public pages as they were made, kept for some seconds."""
        return PageCache(self.project.config.settings.web.cache)

    @cached_property
    def parts(self) -> PageParts:
        """What public pages have in common."""
        return PageParts(self.project.config.settings.web.cache)

    @cached_property
    def assets(self) -> Assets:
        """What lies below /static; a project's own is in its folder static/."""
        config = self.project.config
        return Assets(
            config.path("static"),
            config.topics.topics,
            config.settings.newsletters,
            self._own_pictures.values(),
        )

    def own_picture(self, file: Path | None) -> PictureFile | None:
        """A logo or cover that the settings name, by its name below /static."""
        picture = self._own_pictures.get(file) if file else None
        return picture.file if picture else None

    @cached_property
    def _own_pictures(self) -> dict[Path, OwnPicture]:
        """Those of every newsletter; without one that is gone since the settings were read."""
        pictures = {}
        for letter in self.project.config.settings.newsletters:
            for file in filter(None, (letter.logo, letter.logo_dark, letter.cover)):
                with suppress(OSError, ValueError):
                    pictures[file] = read_own_picture(self.project.config.path(file))
        return pictures

    def asset(self, name: str) -> str:
        """The address of a file below /static."""
        return self.assets.address(name)

    def card(self, story: Story, topic: Topic, newsletter: Newsletter) -> str:
        """The address of a story's card, which is another one where it says something else."""
        version = digest_of([story.headline, topic.title, topic.colour, newsletter.name])[:12]
        return f"/cards/{story.id}-{version}.png"

    def url(self, path: str) -> str:
        """The whole address of a path of this site."""
        return self.project.config.settings.site_url + path

    def render(self, name: str, language: str, **values: Any) -> str:
        """A page of templates/web, such as `home.html.j2`."""
        common_values = {"site": self, "language": language, "direction": direction_of(language)}
        folders = (self.project.config.path("templates"),)
        environment = environment_of(folders, language, autoescape=True, more_filters=page_filters)
        return render_template(environment, f"web/{name}", **common_values, **values)


def site_of(request: Request) -> Site:
    """The site that a request is for."""
    site: Site = request.app.state.site
    return site


def page(
    request: Request,
    name: str,
    *,
    status: int = 200,
    language: str | None = None,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A template of templates/web as an answer."""
    site = site_of(request)
    text = site.render(name, language or site.language, **values)
    return HTMLResponse(text, status, headers)
