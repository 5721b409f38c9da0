"""The many addresses of one page have one form, and two pages do not share it."""

from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.collect.feeds.canonical import canonical, without_tracking
from tests.sampling import examples

PAGE = "https://example.org/a/story?id=7"
SAME = (
    "http://example.org/a/story?id=7", "https://www.example.org/a/story?id=7",
    "HTTPS://Example.ORG:443/a/story?id=7", "http://example.org:80/a/story/?id=7",
    "https://example.org/a/story?id=7#comments", "https://example.org/a/story?id=7&utm_source=rss",
    "https://example.org/a/story?utm_medium=a&id=7&fbclid=b", "https://example.org/a/story?id=7&gclid=",
    "https://example.org/a/story?id=7&mc_cid=1&mc_eid=2", "https://example.org/a/story?ref=home&id=7",
    "https://example.org/a/story?id=7&cmp=x&at_medium=y", "https://example.org/a/story?id=7&track=rss",
    "https://example.org/a/story?id=7&source=feed", "https://example.org/%61/story?id=%37",
    "https://example.org/a/story/amp/?id=7", "https://amp.example.org/a/story?id=7&amp=1",
    "https://example.org/a/story;jsessionid=1A?id=7", "  https://example.org/a/story?id=7\n",
    "https://www.google.com/url?rct=j&url=" + quote(PAGE, safe="") + "&ct=ga",
    "https://example-org.cdn.ampproject.org/c/s/example.org/a/story?id=7",
    "https://www.google.com/amp/s/example.org/a/story?id=7",
    "https://l.facebook.com/l.php?u=" + quote(PAGE, safe="") + "&h=AT0",
    "https://example.org./a/story?&id=7&",
)  # fmt: skip


@pytest.mark.parametrize("url", SAME)
def test_addresses_of_one_page_have_one_form(url):
    assert canonical(url) == PAGE


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a/story?id=8",
        "https://example.org/a/story",
        "https://example.org/a/Story?id=7",
        "https://news.example.org/a/story?id=7",
        "https://example.org:8443/a/story?id=7",
        "https://example.org/a/story?id=7#!/page",
        "https://example.org/a%2Fstory?id=7",
        "https://example.org/a/story?id=7&source=agency",
    ],
)
def test_addresses_of_other_pages_have_other_forms(url):
    assert canonical(url) != PAGE


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("http://example.org", "https://example.org"),
        ("http://example.org/?b=2&a=1", "https://example.org?a=1&b=2"),
        ("http://münchen.example/ä", "https://xn--mnchen-3ya.example/%C3%A4"),
        ("http://example.org/%7Ea/%c3%a9", "https://example.org/~a/%C3%A9"),
        ("http://[2001:DB8::1]:80/a", "https://[2001:db8::1]/a"),
        ("http://user:secret@example.org/a", "https://example.org/a"),
        ("https://www.com/", "https://www.com"),
        ("https://example.org/100%", "https://example.org/100%25"),
    ],
)
def test_the_form_is_that_of_rfc_3986(url, form):
    assert canonical(url) == form


@pytest.mark.parametrize(
    "url", ["", "mailto:a@b", "javascript:1", "//a/b", "http://", "http://[", "http://a b/"]
)
def test_what_is_no_web_address_has_no_form(url):
    assert canonical(url) is None


PIECES = st.sampled_from(
    [
        *("www.", "amp.", "http://", "https://", "x.org", "google.com", "cdn.ampproject.org", "@"),
        *("/url?", "url=", "q=", "%71", "http%3A%2F%2F", "/c/s/", "/amp", "/amp/", ".amp", ".html"),
        *("%", "%25", "%41", "%2f", "%2e", "?", "&", "#", "#!", "utm_source=1", "a=1", "é", "//"),
        *(":80", ":443", "[", "]", ";jsessionid=1", "..", "/", " ", "\\", "\t", "+"),
    ]
)


@given(st.lists(PIECES | st.text(max_size=2), max_size=14), st.booleans())
@example(["\u2024"], False)  # a letter that IDNA takes for a dot
@settings(max_examples=examples(1000), deadline=None)
def test_doing_it_twice_changes_nothing(pieces, as_it_is):
    url = ("" if as_it_is else "http://x.org") + "".join(pieces)
    form = canonical(url)
    assert form is None or canonical(form) == form


@given(st.lists(st.sampled_from(["a=1", "b=2", "b=3", "utm_source=x", "fbclid=y"]), unique=True))
def test_the_order_and_the_trackers_of_a_query_do_not_matter(pairs):
    kept = sorted(pair for pair in pairs if pair[:2] in ("a=", "b="))
    query = "?" + "&".join(kept) if kept else ""
    assert canonical("http://x.org/p?" + "&".join(pairs)) == f"https://x.org/p{query}"


def test_the_link_for_subscribers_loses_its_trackers_and_nothing_else():
    link = "http://www.Example.org/A/?b=2&utm_source=rss&a=1#part"
    assert without_tracking(link) == "http://www.Example.org/A/?b=2&a=1#part"
    assert without_tracking("http://x.org/?utm_source=rss") == "http://x.org/"
    assert without_tracking("http://x.org/a?b") == "http://x.org/a?b"
