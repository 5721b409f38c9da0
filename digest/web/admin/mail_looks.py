"""A mail as mail programs show it: in the light, in its own dark, in the dark of Gmail and Outlook.

For looking at; pure. What programs do to colours is no standard: this follows what is publicly
known of the apps of Gmail and Outlook, near enough to see what cannot be read. It was not compared
with the apps themselves.
"""

import colorsys
import re
from collections.abc import Callable
from enum import StrEnum


class MailLook(StrEnum):
    """How a mail is shown."""

    LIGHT = "light"
    DARK = "dark"
    GMAIL = "gmail"
    OUTLOOK = "outlook"
    BLOCKED = "blocked"


_DARK_THEME = "@media (prefers-color-scheme: dark)"
# What has colours: attributes, and style sheets.
_STYLED = re.compile(r' style="[^"]*"| bgcolor="[^"]*"')
_STYLES, _STYLES_END = "<style", "</style>"
_DECLARED = re.compile(r'(?<![\w-])(?!style=)([\w-]+)(\s*:\s*|=")([^;"{}:]*)')
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
# The darkest that the two make of white.
_GMAIL_DARKEST = 0.07
_OUTLOOK_DARKEST = 0.13


def with_look(html: str, look: MailLook) -> str:
    """The mail's HTML with the theme and the colours of a look."""
    theme = "@media all" if look is MailLook.DARK else "@media not all"
    shown = html.replace(_DARK_THEME, theme)
    if look is MailLook.GMAIL:
        return _recoloured(shown, _invert)
    if look is MailLook.OUTLOOK:
        return _recoloured(shown, _invert_in_part)
    return shown


def with_links_apart(html: str) -> str:
    """The mail with links that open a page of their own; those within it stay."""
    return html.replace('<a href="http', '<a target="_blank" rel="noreferrer" href="http')


def _recoloured(html: str, change: Callable[[str, bool], str]) -> str:
    """Every colour changed; `change` is told whether it is that of a ground."""

    def of_declaration(match: re.Match[str]) -> str:
        name, between, value = match.groups()
        is_ground = name.lower().startswith(("background", "bgcolor"))
        return name + between + _COLOUR.sub(lambda found: change(found[0], is_ground), value)

    def of_styled(styled: str) -> str:
        return _DECLARED.sub(of_declaration, styled)

    markup, *with_styles = html.split(_STYLES)
    whole = [_STYLED.sub(lambda styled: of_styled(styled[0]), markup)]
    for part in with_styles:
        rules, end, markup = part.partition(_STYLES_END)
        whole += [_STYLES, of_styled(rules), end]
        whole.append(_STYLED.sub(lambda styled: of_styled(styled[0]), markup))
    return "".join(whole)


def _invert(colour: str, is_ground: bool) -> str:
    """Light becomes dark and dark light, whatever it is of."""
    hue, light, saturation = _hls(colour)
    darkest = _GMAIL_DARKEST if is_ground else 0.0
    return _hex(hue, darkest + (1 - light) * (1 - darkest), saturation)


def _invert_in_part(colour: str, is_ground: bool) -> str:
    """A light ground becomes dark and a dark text light; the rest stays."""
    hue, light, saturation = _hls(colour)
    if is_ground and light > 0.5:
        light = _OUTLOOK_DARKEST + (1 - light) * (1 - _OUTLOOK_DARKEST)
    elif not is_ground and light < 0.5:
        light = 1 - light
    return _hex(hue, light, saturation)


def _hls(colour: str) -> tuple[float, float, float]:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return colorsys.rgb_to_hls(red, green, blue)


def _hex(hue: float, light: float, saturation: float) -> str:
    channels = colorsys.hls_to_rgb(hue, light, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
