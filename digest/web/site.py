"""What every page needs: the project, and templates/web in the reader's language."""

from dataclasses import dataclass, field
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from digest.model import Newsletter
from digest.pipeline import Pipeline
from digest.render.environment import make_environment, render_template


@dataclass(frozen=True)
class Site:
    """One project as a site; `language` is that of a page whose reader is not known."""

    pipeline: Pipeline
    _pages: dict[str, jinja2.Environment] = field(default_factory=dict)

    @property
    def newsletter(self) -> Newsletter:
        """The newsletter that the home page opens with: the first of the settings."""
        return self.pipeline.config.settings.newsletters[0]

    @property
    def language(self) -> str:
        """The language of pages whose reader is not known."""
        return self.newsletter.language

    def render(self, name: str, language: str, **values: Any) -> str:
        """A page of templates/web, such as `home.html.j2`."""
        if language not in self._pages:
            folders = (self.pipeline.config.path("templates"),)
            self._pages[language] = make_environment(folders, language, autoescape=True)
        return render_template(
            self._pages[language], f"web/{name}", site=self, language=language, **values
        )


def site_of(request: Request) -> Site:
    """The site that a request is for."""
    found: Site = request.app.state.site
    return found


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
