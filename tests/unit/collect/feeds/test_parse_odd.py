"""Odd, broken and mislabelled feeds: what can be read of them is read, item by item."""

import codecs

import feedparser
import pytest

from digest.collect.feeds.markup import find_document, parse
from digest.collect.feeds.parse import parse_feed
from digest.collect.feeds.values import MAX_BYTES, MAX_ITEMS, Feed, NotAFeed

URL = "https://feeds.example/dir/feed.xml"
TITLE = "Größe für 5 €"


def rss(inside, head='<?xml version="1.0"?>', root='<rss version="2.0">'):
    return f"{head}{root}<channel><title>Feed</title>{inside}</channel></rss>"


def item(title="One", more=""):
    return f"<item><title>{title}</title>{more}</item>"


def read(body, content_type="") -> Feed:
    data = body if isinstance(body, bytes) else body.encode()
    feed = parse_feed(data, content_type, URL)
    assert isinstance(feed, Feed), feed
    return feed


def titles(body, content_type=""):
    return [entry.title for entry in read(body, content_type).items]


def only(body):
    feed = read(body)
    assert len(feed.items) == 1, feed
    return feed.items[0]


def declared(encoding):
    return rss(item(TITLE), f'<?xml version="1.0" encoding="{encoding}"?>')


ENCODINGS = {
    "UTF-8": (declared("utf-8").encode(), ""),
    "UTF-8 with a mark": (codecs.BOM_UTF8 + declared("utf-8").encode(), ""),
    "UTF-8 that says Windows-1252": (declared("windows-1252").encode(), ""),
    "UTF-8 that says UTF-16": (declared("utf-16").encode(), ""),
    "UTF-8 that says nonsense": (declared("klingon").encode(), ""),
    "UTF-8 that says a codec of no text": (declared("rot13").encode(), ""),
    "UTF-8, HTTP says Latin 1": (declared("utf-8").encode(), "text/xml; charset=iso-8859-1"),
    "Windows-1252": (declared("windows-1252").encode("cp1252"), ""),
    "Windows-1252 that says UTF-8": (declared("utf-8").encode("cp1252"), ""),
    "Windows-1252 that says Latin 1": (declared("iso-8859-1").encode("cp1252"), ""),
    "Windows-1252 that says nothing": (rss(item(TITLE), "").encode("cp1252"), ""),
    "Windows-1252 by HTTP": (rss(item(TITLE), "").encode("cp1252"), "a/b;charset=windows-1252"),
    "UTF-16 with a mark": (declared("utf-16").encode("utf-16"), ""),
    "UTF-16, big end first, no mark": (declared("utf-16").encode("utf-16-be"), ""),
    "UTF-16, little end first, no mark": (declared("utf-16").encode("utf-16-le"), ""),
    "UTF-16 that says UTF-8": (declared("utf-8").encode("utf-16"), ""),
    "UTF-16 cut within a character": (declared("utf-8").encode("utf-16")[:-1], ""),
    "UTF-32 with a mark": (declared("utf-32").encode("utf-32"), ""),
    "UTF-32 without a mark": (declared("utf-32").encode("utf-32-le"), ""),
    "ISO-8859-15": (declared("iso-8859-15").encode("iso-8859-15"), ""),
    "encoded twice": (declared("utf-8").encode().decode("cp1252").encode(), ""),
}


@pytest.mark.parametrize(("body", "content_type"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_title_is_read_in_every_encoding_whatever_is_declared(body, content_type):
    assert titles(body, content_type) == [TITLE]


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("koi8-r", "Спутник запущен"),
        ("windows-1251", "Спутник запущен"),
        ("shift_jis", "衛星打ち上げ"),
        ("euc-jp", "衛星打ち上げ"),
        ("iso-2022-jp", "衛星打ち上げ"),
        ("gb2312", "卫星发射"),
        ("big5", "衛星發射"),
        ("euc-kr", "위성 발사"),
    ],
)
def test_what_is_declared_counts_where_it_fits(encoding, title):
    body = rss(item(title), f'<?xml version="1.0" encoding="{encoding}"?>').encode(encoding)
    assert titles(body) == [title]


def test_western_text_with_two_letters_that_could_be_utf8_is_western():
    title = "CAFÉ» für größere Gäste"
    assert titles(rss(item(title), "").encode("cp1252")) == [title]


@pytest.mark.parametrize("text", ["CAFÉ»", "«Ça va»", "naïve – “ja”", "Ã"])
def test_text_that_only_looks_like_encoded_twice_is_left_alone(text):
    assert titles(rss(item(text))) == [text]


ONE = item("One")
BROKEN = {
    "white space before the declaration": "\n\n  " + rss(ONE),
    "a warning before the declaration": "<br />\n<b>Warning</b>: in line <b>3</b>" + rss(ONE),
    "a comment before the root": rss(ONE, "<!-- <rss> <item> -->"),
    "a comment that is never closed": rss(ONE, "<!-- "),
    "a doctype that is never closed": rss(ONE, "<!DOCTYPE rss ["),
    "a stylesheet": rss(ONE, '<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?>'),
    "rubbish after the root": rss(ONE) + "<script>alert(1)</script>\0",
    "two declarations": rss(ONE, '<?xml version="1.0"?><?xml version="1.0"?>'),
    "no declaration": rss(ONE, ""),
    "a declaration of XML 1.1": rss(ONE, '<?xml version="1.1"?>'),
    "NUL bytes": rss(ONE.replace("One", "O\0ne")),
    "control characters": rss(ONE.replace("One", "\x01O\x1fn\x0be")),
    "a reference to NUL": rss(item("One&#0;")),
    "a reference to a surrogate": rss(item("One&#xD800;")),
    "a reference beyond Unicode": rss(item("One&#x110000;")),
    "no channel": f"<rss>{ONE}</rss>",
    "items beside the channel": f"<rss><channel/>{ONE}</rss>",
    "capitals": rss(ONE).upper().replace("FEED", "x").replace("ONE", "One"),
    "no root at all": ONE,
    "an unbound prefix": rss(item("One", "<media:content url='x'/><itunes:author/>")),
    "an unbound prefix for all": (
        "<rdf:RDF><rss:channel/><rss:item><rss:title>One</rss:title></rss:item></rdf:RDF>"
    ),
    "an unknown namespace": rss(ONE, "", '<rss xmlns="http://example.org/mine">'),
    "a prefix for everything": (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>One</a:title></a:entry>'
    ),
    "an Atom entry in RSS": rss("<entry><title>One</title></entry>"),
    "an RSS item in Atom": f"<feed xmlns='http://www.w3.org/2005/Atom'>{ONE}</feed>",
    "an attribute without quotes": rss("<item a=b><title>One</title></item>"),
    "an attribute twice": rss("<item a='1' a='2'><title>One</title></item>"),
    "an attribute of 100 KB": rss(f"<item a='{'x' * 100_000}'><title>One</title></item>"),
    "an item that is never closed": rss("<item><title>One</title>"),
    "a title that is never closed": rss("<item><title>One</item>"),
    "end tags in the wrong order": rss("<item><title>One</title></b></i></item>"),
    "end tags that were never opened": rss(f"</b></item>{ONE}</p>"),
    "a CDATA section that is never closed": rss("<item><title><![CDATA[One</title></item>"),
    "CDATA": rss(item("<![CDATA[One]]>")),
    "CDATA twice": rss(item("<![CDATA[O]]><![CDATA[ne]]>")),
    "bold": rss(item("&lt;b&gt;One&lt;/b&gt;")),
    "bold in CDATA": rss(item("<![CDATA[<b>One</b>]]>")),
    "bold that is not escaped": rss(item("<b>One</b>")),
    "bold escaped twice": rss(item("&amp;lt;b&amp;gt;One&amp;lt;/b&amp;gt;")),
    "a script in the title": rss(item("&lt;script&gt;alert(1)&lt;/script&gt;One")),
    "white space in the title": rss(item("\n   One\t\n")),
    "only a Dublin Core title": rss("<item><dc:title>One</dc:title></item>"),
    "a title in the picture's words": rss(
        "<item><description>&lt;img src='https://a.example/b.png' alt='One'></description></item>"
    ),
    "nesting of a thousand": rss(item("One", "<a>" * 1000 + "</a>" * 1000)),
    "nesting without an end": rss(item("One", "<a>" * 1000)),
    "an entity nobody declared": rss(item("One&nothing;".replace("&nothing;", "&shy;"))),
}  # fmt: skip


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_the_item_of_a_broken_feed_is_read(body):
    assert titles(body) == ["One"]


TITLES = {
    "AT&T": "AT&T",
    "AT&amp;T": "AT&T",
    "AT&amp;amp;T": "AT&T",
    "5 &lt; 6 &amp; 7 &gt; 6": "5 < 6 & 7 > 6",
    "Vec&lt;T&gt; in Rust": "Vec<T> in Rust",
    "It&#8217;s": "It’s",
    "It&#146;s": "It’s",
    "It&amp;#8217;s": "It’s",
    "caf&eacute;": "café",
    "a &unknown; b": "a &unknown; b",
    "&nbsp;a&nbsp;&nbsp;b": "a b",
    "<![CDATA[a &amp; b]]>": "a & b",
    "<![CDATA[a & b]]>": "a & b",
    "a\u200bb\u202e": "ab",
    "H<sub>2</sub>O": "H2O",
    "a<br/>b": "a b",
    "x" * 400: "x" * 299 + "…",
}


@pytest.mark.parametrize("written", TITLES)
def test_a_title_is_text_however_it_is_escaped(written):
    assert titles(rss(item(written))) == [TITLES[written]]


STRANGE_NAMES = {
    "a link of a vocabulary that nobody knows": '<x:link xmlns:x="urn:x">{link}</x:link>{text}',
    "a link whose prefix nobody declared": "<x:link>{link}</x:link>{text}",
    "a link of Atom's without its namespace": '<atom:link href="{link}" rel="alternate"/>{text}',
    "names that begin with a digit": "<t><150x150>https://a.example/x.png</150x150></t>"
    "<link>{link}</link>{text}",
    "a name that begins with a digit, with attributes": "<2x a='1' b=\"2\"/>"
    "<link>{link}</link>{text}",
    "a sign that begins no tag": "<x>5 < 6 and 7 <8</x><link>{link}</link>{text}",
    "text of a group of films": '<link>{link}</link><media:group xmlns:media="'
    'http://search.yahoo.com/mrss/"><media:description>Text.</media:description></media:group>',
    "text of a film": '<link>{link}</link><media:content xmlns:media="'
    'http://search.yahoo.com/mrss/"><media:description>Text.</media:description></media:content>',
}


@pytest.mark.parametrize("written", STRANGE_NAMES.values(), ids=STRANGE_NAMES)
def test_a_strange_name_costs_an_item_neither_its_link_nor_its_text(written):
    link, text = "https://a.example/1", "<description>Text.</description>"
    found = only(rss(item("One", written.format(link=link, text=text))))
    assert (found.title, found.url, found.paragraphs) == ("One", link, ("Text.",))


def test_what_is_told_of_a_picture_is_no_text_where_there_is_another():
    media = (
        '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="1.jpg" medium="image">'
        "<media:description>A long description of what the picture shows.</media:description>"
        "</media:content>"
    )
    found = only(rss(item("One", f"<description>Text.</description>{media}")))
    assert found.paragraphs == ("Text.",)


def test_a_title_that_stands_in_a_group_alone_is_the_title():
    group = "<media:group><media:title>One</media:title></media:group>"
    assert titles(rss(f"<item>{group}</item>")) == ["One"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-title", "image/svg", "strange"])
def test_a_title_or_text_of_unknown_type_is_text(kind):
    entry = (
        f'<entry><title type="{kind}">News of the day</title>'
        f'<content type="{kind}">It rained.</content></entry>'
    )
    found = only(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')
    assert (found.title, found.paragraphs) == ("News of the day", ("It rained.",))


def test_a_picture_as_content_is_no_text():
    entry = '<entry><title>One</title><content type="image/png">iVBORw0KGgo=</content></entry>'
    assert only(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>').paragraphs == ()


PAGE = (
    '<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>'
    "<body><div>{}</div></body></html>"
)


def test_a_feed_inside_a_page_is_read_and_a_page_that_names_one_is_none():
    assert titles(PAGE.format(rss(item("One")))) == ["One"]
    found = parse_feed(PAGE.format("<p>Our <rss> feed</p>").encode(), "text/html", URL)
    assert found == NotAFeed("a web page")


ENCODED_TITLE = "Größe der Züge über Köln"


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + rss(item(ENCODED_TITLE)).encode().decode("latin-1").encode(),
        ("\ufeff" + rss(item(ENCODED_TITLE))).encode().decode("cp1252").encode(),
        b"<?xml version='1.0' encoding='ISO-8859-1'?>"
        + rss(item(ENCODED_TITLE, "<author>Ren\xe9</author>"))
        .encode()
        .replace(b"\xc3\xa9", b"\xe9"),
        b"<?xml version='1.0' encoding='windows-1251'?>"
        + rss(item(ENCODED_TITLE)).encode().replace(b"</rss>", b"\xff</rss>"),
    ],
    ids=["twice after a mark", "twice with its mark", "Latin-1 but for a byte", "1251 but a byte"],
)
def test_text_in_utf8_is_read_whatever_was_declared_or_done_to_it(body):
    assert titles(body) == [ENCODED_TITLE]


LINKS = {
    "<link>http://a.example/1</link>": "http://a.example/1",
    "<link>  \nhttp://a.example/1\n </link>": "http://a.example/1",
    "<link><![CDATA[http://a.example/?a=1&b=2]]></link>": "http://a.example/?a=1&b=2",
    "<link>http://a.example/?a=1&b=2</link>": "http://a.example/?a=1&b=2",
    "<link>http://a.example/a b</link>": "http://a.example/a%20b",
    "<link>/1</link>": "https://feeds.example/1",
    "<link>1?x</link>": "https://feeds.example/dir/1?x",
    "<link>//a.example/1</link>": "https://a.example/1",
    '<link href="http://a.example/1"/>': "http://a.example/1",
    "<link/><guid>http://a.example/1</guid>": "http://a.example/1",
    "<guid isPermaLink='false'>http://a.example/1</guid>": None,
    "<guid>17</guid>": None,
    "<link>javascript:alert(1)</link>": None,
    "<link>http://[bad</link>": None,
    "<link>ftp://a.example/</link><guid>http://a.example/1</guid>": "http://a.example/1",
    "<link>http://proxy.example/x</link><feedburner:origLink>http://a.example/1"
    "</feedburner:origLink>": "http://a.example/1",
    "<atom:link rel='self' href='http://a.example/self'/><link>http://a.example/1</link>": (
        "http://a.example/1"
    ),
}


@pytest.mark.parametrize("written", LINKS)
def test_an_item_leads_to_the_page_that_it_names(written):
    assert only(rss(item("One", written))).url == LINKS[written]


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ("<enclosure url='https://a.example/1.mp3' type='audio/mpeg'/>", None),
        ("<enclosure url='https://a.example/1.jpg' type='image/jpeg'/>", "https://a.example/1.jpg"),
        ("<enclosure url='https://a.example/1.jpg'/>", "https://a.example/1.jpg"),
        ("<media:thumbnail url='1.png'/>", "https://feeds.example/dir/1.png"),
        ("<image><url>https://a.example/1.png</url></image>", "https://a.example/1.png"),
        ("<itunes:image href='https://a.example/1.png'/>", "https://a.example/1.png"),
        ("<media:content url='https://a.example/1.mp4' medium='video'/>", None),
        ("<media:content url='javascript:x' medium='image'/>", None),
        ("<media:content url='https://a.example/1.png' medium='image' width='48'/>", None),
        ("<media:thumbnail url='https://a.example/1.png' width='75' height='75'/>", None),
        (
            (
                "<media:thumbnail url='https://a.example/1.png' width='60'/>"
                "<media:content url='https://a.example/2.jpg' medium='image' width='600'/>"
                "<media:content url='https://a.example/3.jpg' medium='image' width='1200'/>"
            ),
            "https://a.example/3.jpg",
        ),
    ],
)
def test_an_item_has_the_picture_that_it_names(written, image):
    found = only(rss(item("One", written))).image
    assert (found.url if found else None) == image


NO_FEEDS = {
    b"": "empty",
    b"<rss><chan": "broken XML",
    b"<rss version='2.0'><channel><title>Times": "broken XML",
    b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Times</title": "broken XML",
    b" \n\0 ": "empty",
    b"<!DOCTYPE html><html><body>Hello</body></html>": "a web page",
    b"<!-- x --><HTML><title>x</title></HTML>": "a web page",
    b"<opml><body/></opml>": "OPML",
    b"\x89PNG\r\n\x1a\n\0\0": "neither",
    b"\x1f\x8b\x08\0\0\0": "neither",
    b"hello": "neither",
    b"<sitemapindex><loc>a</loc></sitemapindex>": "neither",
    b'{"a": 1}': "no items",
    b'{"items": 1}': "no items",
    b"{": "cannot be read",
    b'{"items": ' + b"[" * 100_000: "nested",
    b" " * (MAX_BYTES + 1): "over 16 MB",
}


@pytest.mark.parametrize(("body", "reason"), NO_FEEDS.items(), ids=range(len(NO_FEEDS)))
def test_what_is_no_feed_says_what_it_is(body, reason):
    found = parse_feed(body, "", URL)
    assert isinstance(found, NotAFeed)
    assert reason in found.reason


def test_an_item_of_which_nothing_can_be_shown_is_named_and_costs_itself_alone():
    feed = read(rss(item("One") + "<item><author>A. Writer</author></item>" + ONE))
    (fault,) = feed.faults
    assert str(fault) == "item 2: no title, and no text, link or picture to make one from"
    assert len(feed.items) == 2


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ("<link>/2026/11/stem-cells-let_a+man%20walk.html</link>", "Stem cells let a man walk"),
        ("<link>https://a.example/photos/4711/</link>", "a.example/photos/4711"),
        ("<link>https://a.example/</link>", "a.example"),
        ("<description>&lt;img src='/i/red-squirrel.jpg'></description>", "Red squirrel"),
        (
            "<description>&lt;img src='/i/1.jpg' alt='A red squirrel'></description>",
            "A red squirrel",
        ),
    ],
)
def test_an_item_without_words_is_called_by_its_picture_or_address(item, title):
    assert titles(rss(f"<item>{item}</item>")) == [title]


def test_one_broken_item_leaves_the_others_whole():
    broken = "<item><title>Broken<description>" + "<a>" * 500 + "</item>"
    body = rss(item("One") + broken + item("Three", "<description>Text.</description>"))
    assert titles(body) == ["One", "Broken", "Three"]


def test_a_feed_of_too_many_items_is_read_up_to_the_limit_and_says_so():
    feed = read(rss(ONE * (MAX_ITEMS + 5)))
    assert len(feed.items) == MAX_ITEMS
    assert "too many" in str(feed.faults[0])


def test_what_a_feed_declares_is_put_in_but_cannot_swell_it():
    declared = "<!DOCTYPE rss [<!ENTITY name 'Größe'><!ENTITY big '" + "x" * 250 + "'>]>"
    assert titles(rss(item("Die &name;"), declared)) == ["Die Größe"]
    document = find_document(rss(item("&big;" * 100_000), declared))
    assert document is not None
    root, _ = parse(document, URL)
    assert root is not None
    assert len("".join(map(str, root.itertext()))) < 3 * len(document.text) + 1_000_000


def test_an_item_inside_an_item_is_none():
    assert titles(rss(item("One", "<thread><item><title>In</title></item></thread>"))) == ["One"]


# References to what is no character raise in feedparser 6.0.14.
OTHERS = {name: body for name, body in BROKEN.items() if not name.startswith("a reference")}


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
def test_another_parser_finds_no_more_items_than_we_do(body):
    other = feedparser.parse(body.encode(), sanitize_html=False, resolve_relative_uris=False)
    assert len(titles(body)) >= len(other.entries)


def test_a_picture_that_three_items_have_is_their_publishers():
    logo = "<enclosure url='https://a.example/logo.jpg' type='image/jpeg'/>"
    own = "<enclosure url='https://a.example/own.jpg' type='image/jpeg'/>"
    for count, left in ((2, 2), (3, 0)):
        feed = read(rss("".join(item(f"Title {n}", logo) for n in range(count)) + item("Own", own)))
        found = [entry.image.url for entry in feed.items if entry.image]
        assert found.count("https://a.example/logo.jpg") == left
        assert found[-1] == "https://a.example/own.jpg"
