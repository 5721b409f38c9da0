"""MJML to HTML; the only user of the `mjml` library, whose faults end here."""

import re

from mjml import mjml2html

from digest.errors import DigestError

_LEFT_OVER = re.compile(r"</?mj-?[a-z-]*")


def to_html(source: str, template: str) -> str:
    """The HTML of an MJML document; an error names the template and the place.

    The library passes unknown tags through in silence: one that is left in its output is an error.
    """
    try:
        html: str = mjml2html(source)
    except ValueError as error:
        raise DigestError(
            f"{template} is not MJML: {_place(str(error), source)}",
            remedy="compare with the template that came with this version",
        ) from error
    left_over = _LEFT_OVER.search(html)
    if left_over:
        raise DigestError(
            f"{template} uses {left_over[0]}>, which MJML does not know at that place",
            remedy="check the tag's name and what it stands in",
        )
    return html


def _place(message: str, source: str) -> str:
    """The library's message, with the words around the byte offset that it may name."""
    offset = re.search(r"\b(\d+)\.\.(\d+)\b|position (\d+)", message)
    if not offset:
        return message
    at = int(offset[1] or offset[3])
    around = source.encode()[max(0, at - 30) : at + 40].decode("utf-8", "ignore")
    return f"{message}, near {' '.join(around.split())!r}"
