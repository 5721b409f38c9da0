"""What a reader chooses, behind a signed link."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
