"""The figures of a newsletter: a chart each, with its table."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.roles import Role
from digest.services.overview.figures import read_figures
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.charts import bar_chart, headline_chart, line_chart, rank_chart


def show(asked: AdminRequest) -> Response:
    """Those of the newsletter that is asked for, else of the first."""
    config = asked.project.config
    newsletter = config.newsletter(asked.param("newsletter")) or config.first_newsletter
    figures = read_figures(asked.project, newsletter)
    topics = config.topics.by_id
    named_topics = [
        (topics[topic].title if topic in topics else topic, count)
        for topic, count in figures.topics
    ]
    clicked = figures.clicks.stories if figures.clicks else ()
    return asked.page(
        "numbers.html.j2",
        newsletter=newsletter,
        newsletters=config.settings.newsletters,
        figures=figures,
        topics=named_topics,
        followed=[(story.headline, story.count) for story in clicked],
        line_chart=line_chart,
        bar_chart=bar_chart,
        rank_chart=rank_chart,
        headline_chart=headline_chart,
    )


routes: list[BaseRoute] = [admin_route("/admin/numbers", show, role=Role.VIEWER)]
