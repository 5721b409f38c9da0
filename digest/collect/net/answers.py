"""What an answer to a request for a feed means; pure."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import responses

from digest.collect.net.exchange import HttpResponse
from digest.collect.net.fetched import (
    Failed,
    FailureKind,
    Fetched,
    FetchedBody,
    FetchRequest,
    NotModified,
    Refused,
)
from digest.collect.net.weburl import WebUrl

_PERMANENT = frozenset((301, 308))
_REDIRECTS = frozenset((300, 301, 302, 303, 307, 308))
_THROTTLED = frozenset((429, 503))
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Ask there instead; `permanent` if for good."""

    url: WebUrl
    permanent: bool


def judge(
    answer: HttpResponse, url: WebUrl, request: FetchRequest, now: datetime
) -> Fetched | Redirect:
    """What the server's answer at `url` comes to; where the feed has moved to is not known here."""
    status = answer.status
    if request.head and 200 <= status < 300:
        return FetchedBody(str(url), b"")
    if status == 200:
        return _new(answer, url, now)
    if status == 304 and (request.etag or request.last_modified):
        return NotModified(str(url), fresh_for=fresh_for(answer.headers, now))
    if status in _REDIRECTS:
        return _redirect(answer, url)
    if status == 410:
        words = f"{url} is gone for good, says its server (410)"
        return Failed(FailureKind.GONE, words, status=status)
    words = f"{url} answered {status} {responses.get(status, '')}".rstrip()
    kind = FailureKind.THROTTLED if status in _THROTTLED else FailureKind.STATUS
    return Failed(kind, words, retry_at(answer.headers, now), status)


def _new(answer: HttpResponse, url: WebUrl, now: datetime) -> FetchedBody | Failed:
    if not answer.body.strip():
        return Failed(FailureKind.EMPTY, f"{url} answered with nothing in it")
    headers = answer.headers
    return FetchedBody(
        url=str(url),
        body=answer.body,
        content_type=headers.get("content-type", ""),
        etag=_kept(headers.get("etag", "")),
        last_modified=_kept(headers.get("last-modified", "")),
        fresh_for=fresh_for(headers, now),
    )


def _kept(value: str) -> str:
    """A validator to send back; one of absurd length is not kept."""
    return value if len(value) <= 1024 else ""


def _redirect(answer: HttpResponse, url: WebUrl) -> Redirect | Failed:
    location = answer.headers.get("location", "")
    if not location:
        return Failed(FailureKind.REDIRECT, f"{url} redirects ({answer.status}) to nowhere")
    with suppress(UnicodeError):  # read as Latin-1, it mostly is UTF-8 where it is not ASCII
        location = location.encode("latin-1").decode("utf-8")
    there = url.join(location)
    if isinstance(there, Refused):
        return Failed(FailureKind.REDIRECT, f"{url} redirects wrongly: {there.reason}")
    if url.scheme == "https" and there.scheme == "http":
        return Failed(
            FailureKind.REDIRECT,
            f"{url} redirects from https to {there}, which anyone on the way can change; "
            "if you trust it, put that address in its place",
        )
    return Redirect(there, answer.status in _PERMANENT)


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When to come back, at most a day from now (Retry-After, RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    wait = _seconds(value)
    if wait is None:
        at = _http_date(value)
        wait = None if at is None else at - now
    if wait is None or wait <= timedelta():
        return None
    return now + min(wait, _LONGEST_WAIT)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long the answer may be kept (Cache-Control, Expires; RFC 9111, section 4.2.1)."""
    control = headers.get("cache-control", "").lower()
    directives = {
        name.strip(): value.strip().strip('"')
        for name, _, value in (part.partition("=") for part in control.split(","))
    }
    if "no-cache" in directives or "no-store" in directives:
        return timedelta()
    if "max-age" in directives:
        return _seconds(directives["max-age"]) or timedelta()
    at = _http_date(headers.get("expires", ""))
    return max(at - now, timedelta()) if at is not None else timedelta()


def _seconds(value: str) -> timedelta | None:
    """A number of seconds; one that is too long to be meant is the longest wait."""
    if not (value.isascii() and value.isdigit()):
        return None
    return timedelta(seconds=int(value)) if len(value) < 8 else timedelta(days=116)


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
