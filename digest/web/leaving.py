"""Leaving: one click by a mail client (RFC 8058), or a page with one button, and the undo."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
