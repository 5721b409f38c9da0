"""Which requests for a counted link are visits that somebody sees."""

import pytest

from digest.web.public.counted_links import is_page_visit

VISIT = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        (VISIT, True),  # Safari, which says nothing of the person
        (VISIT | {"sec-fetch-site": "cross-site", "sec-fetch-user": "?1"}, True),
        (VISIT | {"sec-purpose": "prefetch"}, False),
        (VISIT | {"sec-purpose": "prefetch;prerender"}, False),
        (VISIT | {"purpose": "prefetch"}, False),
        (VISIT | {"sec-fetch-dest": "iframe"}, False),
        (VISIT | {"sec-fetch-dest": "empty"}, False),
        (VISIT | {"sec-fetch-mode": "no-cors"}, False),
        ({"user-agent": "Mozilla/5.0 Chrome/131.0.0.0", "accept": "text/html"}, False),
        ({}, False),
    ],
)
def test_a_visit_is_a_page_that_a_browser_shows(headers, counts):
    assert (
        is_page_visit({name.encode(): value.encode() for name, value in headers.items()}) is counts
    )
