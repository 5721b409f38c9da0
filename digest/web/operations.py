"""For who runs it: health, readiness, metrics."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
