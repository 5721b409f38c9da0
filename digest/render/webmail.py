"""A mail as part of a web page: the same look, without style attributes and personal links.

A page's Content-Security-Policy allows no style="...": each becomes a class in one style element,
whose hash the policy can name. Comments go, since they speak to Outlook alone.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from lxml import html
from markupsafe import Markup

from digest.model import Mail
from digest.render.placeholders import PERSONAL, Placeholders

# The root's id: a class that was an attribute wins by it over every rule of the mail, as that did.
ROOT = "mail"
_BLOCKS = ("p", "li", "td", "div", "body")


@dataclass(frozen=True, slots=True)
class WebMail:
    """The inside of <body> and of <style>, and the classes of <body>; the html's id is ROOT."""

    body: Markup
    style: Markup
    classes: str

    @property
    def style_hash(self) -> str:
        """What allows the style in a policy: CSP level 3, section 2.3.1, `hash-source`."""
        return style_hash(self.style)


def style_hash(style: str) -> str:
    """`sha256-...` of the text of a style element."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def as_page(mail: Mail) -> WebMail:
    """The mail of a variant, whose personal slots are open: what holds one is left out."""
    page = html.document_fromstring(mail.html, parser=html.HTMLParser(remove_comments=True))
    for block in list(_personal(page, Placeholders(mail.nonce))):
        while block.tag not in _BLOCKS and (parent := block.getparent()) is not None:
            block = parent  # noqa: PLW2901 - the paragraph around it goes as a whole
        if block.tag in ("p", "li") and block.getparent() is not None:
            block.drop_tree()
        else:
            del block[:]
            block.text = None
    rules = _layouts(page) + _classes(page)
    body = page.find("body")
    assert body is not None  # the parser makes one where there is none
    inside = escape(body.text or "", quote=False) + "".join(
        html.tostring(child, encoding="unicode") for child in body
    )
    return WebMail(
        body=Markup(inside),  # noqa: S704 - what was mailed, as it was parsed
        style=Markup("\n".join(rules).replace("<", "\\3c ")),  # noqa: S704 - no tag ends it now
        classes=body.get("class", ""),
    )


def _personal(page: html.HtmlElement, placeholders: Placeholders) -> Iterator[html.HtmlElement]:
    """The elements that hold what is filled in for each subscriber."""
    slots = [str(placeholders.slot(name)) for name in PERSONAL]

    def holds(text: str | None) -> bool:
        return text is not None and any(slot in text for slot in slots)

    for element in page.iter("*"):
        if holds(element.text) or any(holds(value) for value in element.attrib.values()):
            yield element
        parent = element.getparent()
        if holds(element.tail) and parent is not None:
            yield parent


def _layouts(page: html.HtmlElement) -> list[str]:
    """The mail's own style elements, with their media."""
    rules = []
    for layout in page.xpath("//style"):
        text = (layout.text or "").strip()
        media = layout.get("media")
        rules.append(f"@media {media}{{{text}}}" if media else text)
        layout.drop_tree()
    return rules


def _classes(page: html.HtmlElement) -> list[str]:
    """Turn each style attribute into a class: the rules, one for each style that differs."""
    names: dict[str, str] = {}
    for element in page.xpath("//*[@style]"):
        style = element.attrib.pop("style").strip()
        if style:
            name = names.setdefault(style, f"s{len(names)}")
            element.set("class", f"{element.get('class', '')} {name}".strip())
    return [f"#{ROOT} .{name}{{{style}}}" for style, name in names.items()]
