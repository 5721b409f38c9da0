"""Signing up, and the button that confirms it."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
