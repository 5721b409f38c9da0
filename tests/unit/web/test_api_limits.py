"""How often a token may ask, minute by minute."""

from digest.web.api.request_limit import RequestLimit


def test_each_token_has_its_own_count_which_begins_anew_with_the_minute():
    limit = RequestLimit(2)
    taken = [limit.take(token, at) for token, at in ((1, 0.0), (1, 1.0), (2, 2.0), (1, 59.9))]
    assert [(a.remaining, a.is_exceeded) for a in taken] == [
        (1, False),
        (0, False),
        (1, False),
        (0, True),
    ]
    assert taken[3].headers["Retry-After"] == "1"
    assert not limit.take(1, 60.0).is_exceeded
