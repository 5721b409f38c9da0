"""The picture that an article's page names for those who link to it (Open Graph); pure."""

from lxml import etree

from digest.collect.feeds.clean import image_at
from digest.model import Image

# It stands in the head; a page of many megabytes is not read to its end.
_READ = 512 * 1024
_NAMES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
_ALTS = ("og:image:alt", "twitter:image:alt")


def article_image(page: bytes, url: str) -> Image | None:
    """The picture of the article at `url`, with what it shows, where its page says so."""
    try:
        root = etree.fromstring(page[:_READ], etree.HTMLParser(no_network=True))
        metas = list(root.iter("meta"))
    # AttributeError where there is nothing to build a tree of: lxml gives None, against its types.
    except (etree.ParseError, ValueError, AttributeError):
        return None
    values: dict[str, str] = {}
    for meta in metas:
        name = str(meta.get("property") or meta.get("name") or "").lower()
        values.setdefault(name, str(meta.get("content") or ""))
    link = next((values[name] for name in _NAMES if values.get(name)), "")
    alt = next((values[name] for name in _ALTS if values.get(name)), "")
    return image_at(link, url, alt) if link else None
