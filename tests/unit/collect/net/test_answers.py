"""What a server's answer means."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.net.answers import Redirect, fresh_for, judge, retry_at
from digest.collect.net.exchange import HttpResponse
from digest.collect.net.fetched import Failed, FailureKind, FetchedBody, FetchRequest, NotModified
from digest.collect.net.weburl import WebUrl
from tests.builders import NOON

HTTPS = WebUrl("https", "a.test", 443, "/feed")
HTTP = WebUrl("http", "a.test", 80, "/feed")
REQUEST = FetchRequest("https://a.test/feed", etag='"1"')


def judged(status: int, body: bytes = b"", url: WebUrl = HTTPS, **headers: str):
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    return judge(HttpResponse(status, lines, body), url, REQUEST, NOON)


def test_a_body_comes_with_what_to_send_back():
    new = judged(200, b"<rss/>", etag='"2"', last_modified="yesterday", cache_control="max-age=60")
    assert new == FetchedBody(
        url="https://a.test/feed",
        body=b"<rss/>",
        etag='"2"',
        last_modified="yesterday",
        fresh_for=timedelta(minutes=1),
    )


def test_an_absurd_validator_is_not_kept():
    new = judged(200, b"<rss/>", etag="x" * 2000)
    assert isinstance(new, FetchedBody)
    assert new.etag == ""


def test_not_modified_is_an_answer_to_a_condition_alone():
    assert judged(304) == NotModified("https://a.test/feed")
    unasked = judge(HttpResponse(304, {}), HTTPS, FetchRequest("x"), NOON)
    assert isinstance(unasked, Failed)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, FailureKind.STATUS), (410, FailureKind.GONE), (429, FailureKind.THROTTLED),
        (503, FailureKind.THROTTLED), (500, FailureKind.STATUS), (204, FailureKind.STATUS),
        (206, FailureKind.STATUS), (599, FailureKind.STATUS), (301, FailureKind.REDIRECT),
    ],
)  # fmt: skip
def test_a_failure_is_named_with_its_address(status: int, kind: FailureKind):
    failed = judged(status)
    assert isinstance(failed, Failed)
    assert failed.kind is kind
    assert "https://a.test/feed" in failed.reason
    assert str(status) in failed.reason


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(301, True), (308, True), (302, False), (303, False), (307, False)],
)
def test_redirects_are_for_good_or_not(status: int, permanent: bool):
    step = judged(status, location="/new#part")
    assert isinstance(step, Redirect)
    assert str(step.url) == "https://a.test/new"
    assert step.permanent is permanent


def test_a_redirect_beyond_ascii_is_read_as_utf_8():
    step = judged(302, location="/\u00fc".encode().decode("latin-1"))
    assert isinstance(step, Redirect)
    assert step.url.target == "/%C3%BC"


def test_https_is_not_left_for_http():
    step = judged(301, location="http://a.test/feed")
    assert isinstance(step, Failed)
    assert "http://a.test/feed" in step.reason
    assert isinstance(judged(301, url=HTTP, location="https://a.test/feed"), Redirect)


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("600", 10), ("Sat, 21 Nov 2026 12:30:00 GMT", 30), ("999999999999", 24 * 60),
        ("Sat, 21 Nov 2099 12:30:00 GMT", 24 * 60), ("0", None), ("-5", None), ("soon", None),
        ("", None), ("Fri, 20 Nov 2026 12:30:00 GMT", None), ("\u0663", None),
    ],
)  # fmt: skip
def test_retry_after_is_bounded(value: str, minutes: int | None):
    at = retry_at({"retry-after": value}, NOON)
    assert at == (None if minutes is None else NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"cache-control": "public, Max-Age=3600"}, 60),
        ({"cache-control": 'max-age="60"'}, 1),
        ({"cache-control": "max-age=3600, no-cache"}, 0),
        ({"cache-control": "max-age=x"}, 0),
        ({"cache-control": "max-age=0", "expires": "Sat, 21 Nov 2026 13:00:00 GMT"}, 0),
        ({"expires": "Sat, 21 Nov 2026 13:00:00 GMT"}, 60),
        ({"expires": "0"}, 0),
        ({"expires": "Sat, 21 Nov 2020 13:00:00 GMT"}, 0),
        ({}, 0),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], minutes: int):
    assert fresh_for(headers, NOON) == timedelta(minutes=minutes)


@given(
    st.integers(100, 999),
    st.dictionaries(
        st.sampled_from(["location", "retry-after", "cache-control", "expires", "etag"]),
        st.text(st.characters(max_codepoint=255), max_size=40),
    ),
)
def test_any_answer_means_something(status: int, headers: dict[str, str]):
    judge(HttpResponse(status, headers, b"x"), HTTPS, REQUEST, NOON)
