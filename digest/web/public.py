"""Pages that anybody may read: home, stories, topics, the archive of issues."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
