"""Jinja2, set up so that story text is data and a forgotten value is an error (promise 7)."""

import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from digest.errors import DigestError
from digest.render.colours import DARK_CARD, LIGHT_CARD, readable
from digest.render.textpart import underline, wrap
from digest.render.words import long_date, translations
from digest.resources import bundled


def make_environment(
    folders: tuple[Path, ...], language: str, *, autoescape: bool
) -> jinja2.Environment:
    """An environment over a project's own templates first, then those of this version."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, bundled("templates")]),
        autoescape=autoescape,  # noqa: S701 - False for the text part alone
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = translations(language)
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "attr": attribute,
        "long_date": lambda day: long_date(day, language),
        "on_light": lambda colour: readable(colour, LIGHT_CARD),
        "on_dark": lambda colour: readable(colour, DARK_CARD),
        "wrap": wrap,
        "underline": underline,
    }
    return environment


def render_template(environment: jinja2.Environment, name: str, **values: Any) -> str:
    """Render a template; what is wrong with it is an error with its name and line."""
    try:
        return environment.get_template(name).render(**values)
    except jinja2.TemplateNotFound as error:
        raise DigestError(f"there is no template {error.name}") from error
    except jinja2.TemplateSyntaxError as error:
        raise DigestError(f"{error.filename or name}:{error.lineno}: {error.message}") from error
    except jinja2.UndefinedError as error:
        raise DigestError(
            f"template {name}: {error.message}",
            remedy="compare with the template that came with this version",
        ) from error


def attribute(value: object) -> Markup:
    """A value for an attribute: escaped, on one line, and ASCII.

    The MJML library writes attributes with an escape of its own, which spoils what is not ASCII;
    numeric entities pass through it.
    """
    escaped = str(escape(" ".join(str(value).split()))).replace("\\", "&#92;")
    return Markup(re.sub(r"[^\x20-\x7e]", lambda c: f"&#{ord(c[0])};", escaped))  # noqa: S704 - escaped above
