"""The map of a site for search engines (sitemaps.org), as bytes; pure."""

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def to_index(addresses: Iterable[str]) -> bytes:
    """An index of the parts at these addresses."""
    parts = [f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses]
    return "".join([_HEAD, f"<sitemapindex {_XMLNS}>\n", *parts, "</sitemapindex>\n"]).encode()


def to_urlset(pages: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A part: each address, and when it changed last where that is known."""
    urls = []
    for address, changed_at in pages:
        changed = changed_at.isoformat(timespec="seconds") if changed_at else ""
        lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
        urls.append(f"<url><loc>{escape(address)}</loc>{lastmod}</url>\n")
    return "".join([_HEAD, f"<urlset {_XMLNS}>\n", *urls, "</urlset>\n"]).encode()
