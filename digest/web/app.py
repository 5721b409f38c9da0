"""The site as an ASGI application: its routes, in one list."""

from starlette.applications import Starlette

from digest.pipeline import Pipeline
from digest.web import feeds, leaving, operations, preferences, public, signup
from digest.web.site import Site


def make_app(pipeline: Pipeline) -> Starlette:
    """The site of a project. GET and HEAD change nothing, wherever they lead (promise 6)."""
    app = Starlette(
        routes=[
            *public.routes,
            *feeds.routes,
            *signup.routes,
            *preferences.routes,
            *leaving.routes,
            *operations.routes,
        ]
    )
    app.state.site = Site(pipeline)
    return app
