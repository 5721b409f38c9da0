"""Odd and hostile feeds by name: what a server sends, and what is to become of it.

A feed that can be read tells `titles`; of one that cannot, `reason` is said. Each has
items of its own, so that no two feeds tell one story.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

XML = "application/xml"
WORDS = ("One", "Two", "Three")


@dataclass(frozen=True)
class Odd:
    """A body, how it is sent, and the titles or else the reason that come of it."""

    body: bytes
    titles: tuple[str, ...] = ()
    reason: str = ""
    content_type: str = XML
    headers: dict[str, str] = field(default_factory=dict)


def _named(name: str) -> tuple[str, ...]:
    return tuple(f"{word} of {name}" for word in WORDS)


def _rss_items(name: str, more: str = "") -> str:
    return "".join(
        f"<item><title>{title}</title><link>https://odd.example/{name}/{n}</link>"
        f"<guid isPermaLink='false'>{name}:{n}</guid>{more}"
        f"<description><![CDATA[<p>{title} is told.</p>]]></description></item>"
        for n, title in enumerate(_named(name))
    )


def rss(name: str, version: str = "2.0", more: str = "") -> str:
    return (
        f"<?xml version='1.0'?><rss version='{version}'><channel><title>Odd {name}</title>"
        f"{_rss_items(name, more)}</channel></rss>"
    )


def rdf(name: str, namespace: str) -> str:
    items = "".join(
        f"<item rdf:about='https://odd.example/{name}/{n}'><title>{title}</title>"
        f"<link>https://odd.example/{name}/{n}</link></item>"
        for n, title in enumerate(_named(name))
    )
    return (
        "<?xml version='1.0'?><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        f"xmlns='{namespace}'><channel><title>Odd {name}</title></channel>{items}</rdf:RDF>"
    )


def atom(name: str, namespace: str = "http://www.w3.org/2005/Atom") -> str:
    entries = "".join(
        f"<entry><title>{title}</title><id>urn:{name}:{n}</id>"
        f"<link href='https://odd.example/{name}/{n}'/>"
        f"<summary type='html'>&lt;p&gt;{title} is told.&lt;/p&gt;</summary></entry>"
        for n, title in enumerate(_named(name))
    )
    return f"<?xml version='1.0'?><feed xmlns='{namespace}'><title>Odd</title>{entries}</feed>"


def json_feed(name: str, version: str = "1.1") -> str:
    items = [
        {"id": f"{name}:{n}", "url": f"https://odd.example/{name}/{n}", "title": title,
         "content_text": f"{title} is told."}
        for n, title in enumerate(_named(name))
    ]  # fmt: skip
    return json.dumps(
        {"version": f"https://jsonfeed.org/version/{version}", "title": "Odd", "items": items}
    )


FORMATS: dict[str, Callable[[str], str]] = {
    "rss-0.90": lambda name: rdf(name, "http://my.netscape.com/rdf/simple/0.9/"),
    "rss-0.91": lambda name: rss(name, "0.91"),
    "rss-0.92": lambda name: rss(name, "0.92"),
    "rss-1.0": lambda name: rdf(name, "http://purl.org/rss/1.0/"),
    "rss-2.0": rss,
    "rss-of-no-version": lambda name: rss(name).replace(" version='2.0'", ""),
    "atom-0.3": lambda name: atom(name, "http://purl.org/atom/ns#"),
    "atom-1.0": atom,
    "atom-of-no-namespace": lambda name: atom(name, ""),
    "json-1": lambda name: json_feed(name, "1"),
    "json-1.1": json_feed,
}


def formats() -> Iterator[tuple[str, Odd]]:
    for name, make in FORMATS.items():
        kind = "application/feed+json" if name.startswith("json") else XML
        yield name, Odd(make(name).encode(), _named(name), content_type=kind)


def cuts() -> Iterator[tuple[str, Odd]]:
    """Each format, broken off within its last item: the two before it are whole."""
    for kind in ("rss-0.91", "rss-1.0", "rss-2.0", "atom-0.3", "atom-1.0", "json-1.1"):
        for place in ("Three of", "/2", "</title>", '"id"'):
            name = f"{kind}-cut-at-{place.strip('</>').strip(chr(34)).replace(' ', '-')}"
            body = FORMATS[kind](name)
            last = body.rfind(place)
            if last > body.rfind("Two of"):
                yield name, Odd(body[: last + 2].encode(), _named(name)[:2])


_LETTERS = {
    "utf-8": "Größe", "utf-8-sig": "Größe", "utf-16": "Größe", "utf-16-le": "Größe",
    "utf-16-be": "Größe", "utf-32": "Größe", "iso-8859-1": "Größe", "windows-1252": "„Größe“",
    "iso-8859-2": "Łódź", "iso-8859-15": "Größe", "koi8-r": "Мир", "windows-1251": "Мир",
    "shift_jis": "地震の速報です", "euc-jp": "地震の速報です", "iso-2022-jp": "地震の速報です",
    "gb2312": "中国新闻消息", "gb18030": "中国新闻消息", "big5": "中國新聞消息",
    "euc-kr": "한국 뉴스", "cp037": "Groesse",
}  # fmt: skip


def encodings() -> Iterator[tuple[str, Odd]]:
    for encoding, word in _LETTERS.items():
        name = f"in-{encoding}"
        declared = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
        body = rss(name).replace("One of", f"{word} of")
        titles = (f"{word} of {name}", *_named(name)[1:])
        inside = body.replace("<?xml version='1.0'", f"<?xml version='1.0' encoding='{declared}'")
        yield name, Odd(inside.encode(encoding), titles)
        if not encoding.startswith(("utf", "cp")):
            kind = f"{XML}; charset={declared}"
            renamed = body.replace(name, f"{name}-by-http")
            outside = tuple(title.replace(name, f"{name}-by-http") for title in titles)
            yield f"{name}-by-http", Odd(renamed.encode(encoding), outside, content_type=kind)


def wrong_encodings() -> Iterator[tuple[str, Odd]]:
    """What is declared is not what is there."""
    for written, declared in (
        ("utf-8", "iso-8859-1"), ("utf-8", "us-ascii"), ("utf-8", "utf-16"), ("utf-8", "nonsense"),
        ("utf-8", "rot13"), ("utf-8", "zlib"), ("iso-8859-1", "utf-8"), ("iso-8859-1", "us-ascii"),
        ("windows-1252", "iso-8859-1"), ("utf-16", "utf-8"), ("utf-8", "../../etc/passwd"),
    ):  # fmt: skip
        name = f"{written}-not-{declared.replace('/', '.')}"
        head = f"<?xml version='1.0' encoding='{declared}'"
        body = rss(name).replace("<?xml version='1.0'", head).replace("One of", "Größe of")
        titles = (f"Größe of {name}", *_named(name)[1:])
        yield name, Odd(body.encode(written), titles, content_type=f"{XML}; charset={declared}")


_LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
PROLOGS = {
    "laughs": f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{_LAUGHS}]>",
    "a-large-entity": f"<!DOCTYPE rss [<!ENTITY l9 '{'a' * 100_000}'>]>",
    "a-file": "<!DOCTYPE rss [<!ENTITY l9 SYSTEM 'file:///etc/hostname'>]>",
    "an-address": "<!DOCTYPE rss [<!ENTITY l9 SYSTEM 'http://127.0.0.1:9/'>]>",
    "a-parameter": "<!DOCTYPE rss [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'>%p;]>",
    "a-dtd": "<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/rss.dtd'>",
    "an-open-doctype": "<!DOCTYPE rss [<!ENTITY l9 'x'",
    "a-stylesheet": "<?xml-stylesheet href='http://127.0.0.1:9/'?>",
    "a-second-declaration": "<?xml version='1.0'?><?xml version='9'?>",
    "a-comment": "<!-- <rss><item><title>No</title></item></rss> -->",
    "a-warning": "<br />\n<b>Warning</b>: mysql_connect() in <b>/x.php</b> on line 3<br />\n",
    "blank-lines": "\n\n\n   \n",
    "nul-bytes": "\0\0\0\0",
    "marks": "\ufeff\ufeff",
    "text": "Here is the feed:\n",
}


def prologs() -> Iterator[tuple[str, Odd]]:
    """What stands before the root, and is used in every item."""
    for kind, prolog in PROLOGS.items():
        name = f"after-{kind}"
        body = rss(name, more="<author>&l9;</author><category>&p;</category>")
        yield name, Odd(prolog.encode() + body.partition("?>")[2].encode(), _named(name))


# What of a sound RSS is written otherwise, each pair a text and what stands in its place.
# Every item is still there.
BENDS: dict[str, tuple[tuple[str, str], ...]] = {
    "no-channel": (("<channel>", ""), ("</channel>", "")),
    "items-behind-the-channel": (("</channel>", ""), ("<title>Odd", "</channel><title>Odd")),
    "two-channels": (("</item><item>", "</item></channel><channel><item>"),),
    "a-channel-in-a-channel": (("<channel>", "<channel><channel>"),),
    "capitals": (("item>", "ITEM>"), ("title>", "TITLE>")),
    "a-prefix": (("<item>", "<x:item>"), ("</item>", "</x:item>")),
    "a-strange-namespace": (("<rss", "<rss xmlns='urn:strange'"),),
    "a-namespace-by-item": (("<item>", "<item xmlns='urn:odd'>"),),
    "items-left-open": (("</item>", ""),),
    "no-end": (("</channel></rss>", ""),),
    "two-ends": (("</rss>", "</rss></channel></rss></rss>"),),
    "another-feed-behind": (("</rss>", "</rss><rss><channel></channel></rss>"),),
    "attributes-bare": (("isPermaLink='false'", "isPermaLink=false"),),
    "attributes-twice": (("<item>", "<item a='1' a='2'>"),),
    "an-attribute-open": (("<rss ", '<rss a="1 '),),
    "a-large-attribute": (("<rss", f"<rss a='{'x' * 200_000}'"),),
    "many-attributes": (("<rss", "<rss" + "".join(f" a{n}=''" for n in range(5_000))),),
    "many-namespaces": (("<rss", "<rss" + "".join(f" xmlns:n{n}='n'" for n in range(2_000))),),
    "bare-ampersands": (("is told.", "& more & <b>so</b> &nosuch; &#0; &#xD800;"),),
    "ampersands-in-links": (("odd.example/", "odd.example/?a=1&b=2&c="),),
    "signs-of-less": (("</title><link>", "</title>< < <<link>"),),
    "cdata-in-cdata": (("<p>", "<![CDATA[<p>"),),
    "an-open-cdata-at-the-end": (("</rss>", "</rss><![CDATA["),),
    "comments-with-dashes": (("<item>", "<!-- a -- b --><item>"),),
    "instructions": (("<item>", "<?php echo 1; ?><item>"),),
    "nul-bytes-inside": ((" is ", " \0is\0 "),),
    "controls-inside": ((" is ", " \x01\x08\x0b\x1f\ufffe "),),
    "deep-html": (("is told.", "<div>" * 3_000 + "deep" + "</div>" * 3_000),),
    "deep-elements": (("</item>", "<a>" * 200 + "</a>" * 200 + "</item>"),),
    "many-empty-elements": (("</item>", "<x/>" * 20_000 + "</item>"),),
    "a-long-text": (("is told.", "is told. " * 20_000),),
    "scripts": (("<p>", "<script>alert(1)</script><style>p{}</style><p onclick=x()>"),),
    "a-title-twice": (("</title><link>", "</title><media:title>No</media:title><link>"),),
    "spaces-round-titles": (("<title>", "<title>\n\t  "), ("</title>", "\n </title>")),
    "links-to-scripts": (("https://odd.example/", "javascript:alert(1)//"),),
    "links-to-files": (("https://odd.example/", "file:///etc/"),),
    "links-to-nowhere": (("https://odd.example/", "http://[::bad/"),),
    "relative-links": (("https://odd.example/", "/"),),
    "no-guids": (("<guid", "<gone"), ("</guid", "</gone")),
    "empty-guids": (("<guid isPermaLink='false'>", "<guid/><gone>"), ("</guid>", "</gone>")),
    "one-guid-for-all": (("<guid isPermaLink='false'>", "<guid>g</guid><gone>"),),
    "one-link-for-all": (("<link>", "<link>https://odd.example/</link><gone>"),),
    "huge-guids": (("<guid isPermaLink='false'>", "<guid>" + "g" * 900),),
    "nameless": (("guid", "gone"), ("link>", "gone>")),
    "links-of-atom": (("<link>", "<a:link xmlns:a='urn:a' href='/x'/><link>"),),
    "dublin-core": (("</item>", "<dc:title>No</dc:title><dc:date>x</dc:date></item>"),),
    "media-groups": (("</item>", "<media:group><media:group/></media:group></item>"),),
    "enclosures-of-nothing": (("</item>", "<enclosure/><enclosure url='' length='-1'/></item>"),),
    "an-endless-ttl": (("<channel>", f"<channel><ttl>{'9' * 400}</ttl>"),),
    "a-base-of-its-own": (("<rss", "<rss xml:base='http://[bad'"),),
    "a-language-of-nowhere": (("<channel>", f"<channel><language>{'x' * 5_000}</language>"),),
    "windows-line-ends": (("><", ">\r\n<"),),
    "old-line-ends": (("><", ">\r<"),),
}


def bends() -> Iterator[tuple[str, Odd]]:
    for name, changes in BENDS.items():
        body = rss(name)
        for text, instead in changes:
            body = body.replace(text, instead)
        yield name, Odd(body.encode(), _named(name))
    name = "each-item-twice"
    yield name, Odd(rss(name).replace("</channel>", _rss_items(name)).encode(), _named(name))


DATES = (
    "", "yesterday", "0", "-1", "9" * 400, "99999-99-99", "0000-00-00T00:00:00Z",
    "2026-02-30T25:61:61+99:99", "Mon, 32 Foo 2026 99:99:99 XYZ", "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359", "20261120", "1763640000", "１２ 十一月 2026",
)  # fmt: skip


def dates() -> Iterator[tuple[str, Odd]]:
    for number, date in enumerate(DATES):
        name = f"date-{number}"
        yield name, Odd(rss(name, more=f"<pubDate>{date}</pubDate>").encode(), _named(name))


KINDS = (
    "", "text/html", "text/plain", "application/octet-stream", "image/png", "application/json",
    ";;;", "x" * 3_000, "text/xml; charset=", "text/xml; charset=utf-8; charset=koi8-r",
)  # fmt: skip


def content_types() -> Iterator[tuple[str, Odd]]:
    for number, kind in enumerate(KINDS):
        name = f"kind-{number}"
        yield name, Odd(rss(name).encode(), _named(name), content_type=kind)


def _items(*items: object, **more: object) -> bytes:
    return json.dumps({"items": items, **more}).encode()


def odd_json() -> Iterator[tuple[str, Odd]]:
    good = {"id": "good", "title": "Good of json"}
    told = ("Good of json",)
    yield "json-of-other-kinds", Odd(_items(None, 1, "x", [], {}, {"title": {}}, good), told)
    yield "json-with-numbers", Odd(_items(good | {"id": 1e308, "url": 5, "tags": 7}), told)
    yield "json-with-authors", Odd(_items(good | {"authors": {"name": []}, "author": "x"}), told)
    yield "json-with-a-mark", Odd(b"\xef\xbb\xbf" + _items(good), told)
    yield "json-with-a-lone-surrogate", Odd(_items(good, {"id": "\ud800"}), told)
    yield "json-with-nan", Odd(_items(good, {"id": float("nan")}), told)
    yield "json-and-more", Odd(_items(good) + b"\n<!-- 0.1 s -->", told)
    yield "json-with-keys-twice", Odd(b'{"items": 1, ' + _items(good)[1:], told)
    yield (
        "json-with-a-large-number",
        Odd(_items(good)[:-1] + b', "n": ' + b"9" * 50_000 + b"}", told),
    )
    yield "json-too-deep", Odd(b'{"items": ' + b"[" * 50_000, reason="JSON")
    yield "json-without-items", Odd(b'{"version": "1"}', reason="no JSON Feed")
    yield "json-list", Odd(b"[1, 2]", reason="neither RSS, Atom nor JSON Feed")
    yield "json-with-items-of-none", Odd(b'{"items": null}', reason="no JSON Feed")


def packed() -> Iterator[tuple[str, Odd]]:
    for coding, pack in {
        "gzip": gzip.compress,
        "x-gzip": gzip.compress,
        "deflate": zlib.compress,
        "gzip, deflate": lambda body: zlib.compress(gzip.compress(body)),
        "identity": bytes,
    }.items():
        name = f"packed-{coding.replace(', ', '-')}"
        headers = {"Content_Encoding": coding}
        yield name, Odd(pack(rss(name).encode()), _named(name), headers=headers)
    zipped = {"Content_Encoding": "gzip"}
    bomb = gzip.compress(b"<rss>" + b" " * 40_000_000)
    yield "a-gzip-bomb", Odd(bomb, reason="larger than", headers=zipped)
    broken = gzip.compress(rss("x").encode())[:-30]
    yield "broken-gzip", Odd(broken, reason="cannot be unpacked", headers=zipped)
    yield "gzip-that-is-none", Odd(b"\x1f\x8b" + b"x" * 99, reason="unpacked", headers=zipped)
    strange = {"Content_Encoding": "zstd-9000"}
    yield "an-unknown-coding", Odd(b"x" * 99, reason="cannot be unpacked", headers=strange)


NO_FEEDS = {
    "nothing": (b"", "nothing in it"),
    "blanks": (b" \n\t\r\n", "nothing in it"),
    "nuls": (b"\0" * 5_000, "empty"),
    "a-page": (b"<!DOCTYPE html><html><head><title>Hi</title></head></html>", "a web page"),
    "a-page-in-xhtml": (b"<?xml version='1.0'?><html xmlns='x'><body/></html>", "a web page"),
    "a-log-in": (b"<html><form action='/login'><input name=user></form></html>", "a web page"),
    "an-outline": (b"<opml version='2.0'><body><outline/></body></opml>", "list of feeds"),
    "a-sitemap": (b"<?xml version='1.0'?><urlset><url><loc>/</loc></url></urlset>", "neither"),
    "a-picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "neither"),
    "a-document": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "neither"),
    "words": (b"This is no feed. " * 100, "neither"),
    "half-a-tag": (b"<?xml version='1.0'?><rs", "neither"),
    "noise": (bytes((n * 7919) % 251 for n in range(5_000)), "neither"),
}


def no_feeds() -> Iterator[tuple[str, Odd]]:
    for name, (body, reason) in NO_FEEDS.items():
        yield name, Odd(body, reason=reason)


def crowd(count: int) -> Odd:
    """A feed of very many items."""
    titles = tuple(f"Item {n} of the crowd" for n in range(count))
    items = "".join(f"<item><title>{title}</title></item>" for title in titles)
    return Odd(f"<rss><channel>{items}</channel></rss>".encode(), titles)


def odd_feeds() -> dict[str, Odd]:
    """All of them; a name is also the id of the source."""
    makers = (
        *(formats, cuts, encodings, wrong_encodings, prologs, bends, dates, content_types),
        *(odd_json, packed, no_feeds),
    )
    pairs = [pair for make in makers for pair in make()]
    found = {f"odd-{number}-{_plain(name)}": odd for number, (name, odd) in enumerate(pairs)}
    return found | {"crowd": crowd(10_000)}


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in name.lower()).strip("-")
