"""Jinja2, set up so that story text is data and a forgotten value is an error (promise 7)."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from digest.errors import DigestError
from digest.package_files import bundled
from digest.render.colours import BRIGHT, DARK_CARD, LIGHT_CARD, readable
from digest.render.mjml_rules import check_template
from digest.render.textpart import underline, wrap
from digest.render.translations import long_date, period, translations, update_label

MoreFilters = Callable[[str], Mapping[str, Callable[..., Any]]]  # for a language


def environment_of(
    folders: Iterable[Path],
    language: str,
    *,
    autoescape: bool,
    more_filters: MoreFilters | None = None,
) -> jinja2.Environment:
    """An environment over a project's own templates first, then those of this version."""
    own = tuple(folder for folder in folders if folder.is_dir())
    return _environment(own, language, autoescape, more_filters)


# To compile the templates takes as long as to render an issue with them.
@lru_cache(maxsize=64)
def _environment(
    own: tuple[Path, ...], language: str, autoescape: bool, more_filters: MoreFilters | None
) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=_CheckedLoader([*own, bundled("templates")]),
        autoescape=autoescape,  # noqa: S701 - False for the text part alone
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = translations(language)
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["_"] = _gettext(words, autoescape=autoescape)
    environment.filters |= {
        "attr": attribute,
        "long_date": lambda day: long_date(day, language),
        "period": lambda since, until: period(since, until, language),
        "update_label": lambda since, today: update_label(since, today, language),
        "on_light": lambda colour: readable(colour, LIGHT_CARD),
        "on_dark": lambda colour: readable(colour, DARK_CARD),
        "bright": lambda colour: readable(colour, DARK_CARD, BRIGHT),
        "wrap": wrap,
        "underline": underline,
        **(more_filters(language) if more_filters else {}),
    }
    return environment


def _gettext(words: NullTranslations, *, autoescape: bool) -> Callable[..., str]:
    """The `_` of templates: Jinja's own, but that it looks up words without values once."""
    text = Markup if autoescape else str

    @lru_cache(maxsize=1024)
    def fixed(message: str) -> str:
        return text(words.gettext(message)) % {}

    def gettext(message: str, **values: object) -> str:
        return text(words.gettext(message)) % values if values else fixed(message)

    return gettext


class _CheckedLoader(jinja2.FileSystemLoader):
    """Loads templates, and refuses MJML that the library would spoil in silence."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """A template's text, its file, and whether it is still up to date."""
        text, file, is_current = super().get_source(environment, template)
        if template.endswith(".mjml.j2"):
            faults = check_template(text, file)
            if faults:
                raise DigestError(
                    "\n  ".join(["a template is wrong:", *map(str, faults[:10])]),
                    remedy="mend it; docs/templates.md says what a template may hold",
                )
        return text, file, is_current


class Templates:
    """The templates of mails: a project's own `folders` win over those of this version."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        """A template in a language; what is put into MJML is escaped, into text it is not."""
        is_markup = name.endswith(".mjml.j2")
        environment = environment_of(self._folders, language, autoescape=is_markup)
        return render_template(environment, name, **values)


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
