"""The figures of a newsletter, as the desk's charts have them."""

from digest.scopes import Scope
from digest.services.overview.figures import read_figures
from digest.services.overview.figures_document import FiguresView, figures_document
from digest.web.api.operation import ApiCall, Operation
from digest.web.api.values import Slug


def show(call: ApiCall, newsletter: Slug) -> FiguresView:
    """Show the figures of a newsletter."""
    letter = call.newsletter(newsletter)
    return figures_document(letter, read_figures(call.project, letter))


operations = [Operation("GET", "/figures/{newsletter}", show, Scope.FIGURES_READ)]
