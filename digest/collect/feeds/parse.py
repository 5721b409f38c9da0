"""The bytes of a feed to its items, whichever format it has: the one way in; pure and total.

bytes --encoding--> text --markup--> tree --xml_feed--> drafts --item--> items
                         --json_feed------------------> drafts --item--> items
"""

from digest.collect.feeds.encoding import decode
from digest.collect.feeds.json_feed import read_json
from digest.collect.feeds.markup import find_document
from digest.collect.feeds.values import MAX_BYTES, Feed, NotAFeed
from digest.collect.feeds.xml_feed import read_xml

_OTHERS = {"html": "a web page", "opml": "a list of feeds (OPML): import it instead"}


def parse_feed(body: bytes, content_type: str, url: str) -> Feed | NotAFeed:
    """The feed that was got from `url` with this Content-Type, or why it is none.

    RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, CDF, JSON Feed. Never raises, whatever the bytes;
    items are in the feed's order.
    """
    if len(body) > MAX_BYTES:
        return NotAFeed(f"over {MAX_BYTES // 1_000_000} MB ({len(body):,} bytes)")
    text = decode(body, content_type).lstrip("\ufeff \t\r\n\0")
    if not text:
        return NotAFeed("empty")
    if text.startswith("{"):
        return read_json(text, url)
    document = find_document(text)
    if document is None:
        return NotAFeed("neither RSS, Atom nor JSON Feed")
    if document.root in _OTHERS:
        return NotAFeed(_OTHERS[document.root])
    return read_xml(document, url)
