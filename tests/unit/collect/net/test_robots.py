"""robots.txt as RFC 9309 has it."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.net.robots import RobotsCopy, is_allowed, parse_robots
from tests.builders import NOON

US = "newsletter-digest"


def allowed(text: str, path: str) -> bool:
    return is_allowed(parse_robots(text.encode(), US), path)


@pytest.mark.parametrize(
    ("rules", "path", "answer"),
    [
        ("", "/feed", True),
        ("User-agent: *\nDisallow:", "/feed", True),
        ("User-agent: *\nDisallow: /", "/feed", False),
        ("\ufeffUSER-AGENT : *\r\n disallow : / # all", "/feed", False),
        ("User-agent: other\nDisallow: /", "/feed", True),
        # Our own group stands in the place of everyone's, also where it says nothing.
        ("User-agent: *\nDisallow: /\nUser-agent: Newsletter-Digest/2.0\nDisallow: /x", "/f", True),
        ("User-agent: newsletter-digest\nDisallow:\n\nUser-agent: *\nDisallow: /", "/f", True),
        # Groups of one name are one group; several names may head a group.
        ("User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: *\nDisallow: /b",
         "/b", False),
        ("User-agent: x\nUser-agent: *\nDisallow: /a", "/a", False),
        # The longest match rules; of equals the one that allows.
        ("User-agent: *\nDisallow: /\nAllow: /feed", "/feed.xml", True),
        ("User-agent: *\nAllow: /feed\nDisallow: /feed/secret", "/feed/secret", False),
        ("User-agent: *\nDisallow: /feed\nAllow: /feed", "/feed", True),
        # Wildcards, and the end.
        ("User-agent: *\nDisallow: /*.xml$", "/a/b.xml", False),
        ("User-agent: *\nDisallow: /*.xml$", "/a/b.xml?x", True),
        ("User-agent: *\nDisallow: /*feed*secret", "/a/feed/b/secret/c", False),
        ("User-agent: *\nDisallow: /feed$", "/feed", False),
        ("User-agent: *\nDisallow: /feed$", "/feeds", True),
        ("User-agent: *\nDisallow: /a*a$", "/a", True),
        ("User-agent: *\nDisallow: *", "/feed", False),
        ("User-agent: *\nDisallow: /?q=", "/?q=1", False),
        # Escapes are of one form.
        ("User-agent: *\nDisallow: /caf\u00e9", "/caf%c3%a9", False),
        ("User-agent: *\nCrawl-delay: 3\nDisallow: /x\nSitemap: y", "/x", False),
        ("Disallow: /", "/feed", True),
    ],
)  # fmt: skip
def test_the_rules_for_us(rules: str, path: str, answer: bool):
    assert allowed(rules, path) is answer


def test_a_copy_is_read_again_after_a_day_and_stands_for_a_month_in_need():
    copy = RobotsCopy((), NOON)
    assert copy.is_fresh(NOON + timedelta(hours=23))
    assert not copy.is_fresh(NOON + timedelta(hours=24))
    assert copy.is_usable(NOON + timedelta(days=29))
    assert not copy.is_usable(NOON + timedelta(days=30))


def test_a_hostile_file_costs_little():
    names = "".join(f"User-agent: a{n}\n" for n in range(12_000))
    wild = "User-agent: *\n" + "Disallow: /" + "*a" * 100_000 + "b\n"
    many = "Disallow: /x*y*z\n" * 12_000
    began = time.process_time()
    for text in (names + many, wild, "User-agent: *\n" + many, "\x00" * 500_000):
        rules = parse_robots(text.encode(), US)
        assert is_allowed(rules, "/" + "a" * 4000)
        assert len(rules) <= 1000
    assert time.process_time() - began < 10


@given(st.binary(max_size=300), st.text(max_size=50))
def test_any_bytes_are_rules(body: bytes, path: str):
    assert is_allowed(parse_robots(b"User-agent: *\nDisallow: " + body, US), path) in (True, False)
