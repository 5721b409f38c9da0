"""What machines read: Atom feeds, the sitemap, robots.txt."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
