"""Feeds made to cost: each is read in a process of its own, bounded in time and memory."""

import json
import subprocess
import sys

import pytest

from tests.sampling import sample

ITEM = "<item><title>Good</title></item>"
NESTED = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
LAUGHS = f"<!DOCTYPE r [<!ENTITY l0 'lol'>{NESTED}]>"
OUTSIDE = (
    "<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd' [<!ENTITY x SYSTEM 'file:///etc/hostname'>"
    "<!ENTITY % y SYSTEM 'http://127.0.0.1:9/y'>%y;]>"
)
# Each is an expression, so that the process which reads it makes it.
BOMBS = {
    "a billion laughs": f'{LAUGHS!r} + "<rss><item><title>&l9;</title></item>" + ITEM',
    "an entity of 50 KB, 50,000 times": (
        '"<!DOCTYPE r [<!ENTITY a \'" + "a" * 50_000 + "\'>]><rss><item><title>" + "&a;" * 50_000'
        ' + "</title></item>" + ITEM'
    ),
    "an entity of 250 bytes, 500,000 times": (
        '"<!DOCTYPE r [<!ENTITY a \'" + "a" * 250 + "\'>]><rss><item><title>" + "&a;" * 500_000'
        ' + "</title></item>" + ITEM'
    ),
    "entities outside": f'{OUTSIDE!r} + "<rss><item><title>&x;</title></item>" + ITEM',
    "doctypes without an end": '"<!DOCTYPE [" * 200_000 + "<rss>" + ITEM',
    "doctypes": '"<!DOCTYPE a>" * 200_000 + "<rss>" + ITEM',
    "comments without an end": '"<!--" * 500_000 + "<rss>" + ITEM',
    "comments": '"<!-- -->" * 300_000 + "<rss>" + ITEM',
    "CDATA without an end": '"<rss>" + ITEM + "<item><title>" + "<![CDATA[" * 200_000',
    "nesting": '"<rss>" + ITEM + "<item>" + "<a>" * 700_000 + ITEM',
    "nesting in HTML": '"<rss><item><description><![CDATA[" + "<div>" * 400_000 + "x" + ITEM',
    "an attribute of 4 MB": '"<rss a=\'" + "x" * 4_000_000 + "\'>" + ITEM',
    "attributes": '"<rss " + " ".join(f"a{n}=\'\'" for n in range(200_000)) + ">" + ITEM',
    "namespaces": '"<rss " + " ".join(f"xmlns:a{n}=\'{n}\'" for n in range(100_000)) + ">" + ITEM',
    "items": '"<rss>" + ITEM + "<item/>" * 500_000',
    "ampersands": '"<rss>" + ITEM + "<item><title>" + "&" * 3_000_000',
    "signs of less": '"<rss>" + ITEM + "<" * 3_000_000',
    "line breaks": '"<rss>" + ITEM + ("<item><description>" + "&lt;br>" * 25_000 + "</item>") * 5',
    "tags in a title": '"<rss>" + ITEM + ("<item><title>" + "&lt;b " * 1_500 + "</item>") * 100',
    "furniture": '"<rss>" + ITEM + ("<item><description>" + "the post " * 600 + "</item>") * 50',
    "dots": '"<rss>" + ITEM + ("<item><description>" + "… " * 3_000 + "</item>") * 50',
}  # fmt: skip
READ = """
import json, resource, sys, time
from digest.collect.feeds.parse import parse_feed
ITEM = "<item><title>Good</title></item>"
body = eval(sys.stdin.read()).encode()
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
feed = parse_feed(body, "", "https://feeds.example/feed")
spent = time.process_time() - began
print(json.dumps({
    "titles": [item.title[:80] for item in feed.items],
    "seconds": spent,
    "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
}))
"""


@pytest.mark.parametrize("name", sample(list(BOMBS), 7))
def test_a_bomb_costs_little_and_the_good_item_beside_it_is_read(name):
    run = subprocess.run(
        [sys.executable, "-c", READ],
        input=BOMBS[name],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    cost = json.loads(run.stdout)
    assert "Good" in cost["titles"]
    assert cost["seconds"] < 10, cost["seconds"]  # most take a tenth of one
    assert cost["megabytes"] < 250, cost["megabytes"]
    assert not any("root:" in title or "lollol" in title for title in cost["titles"])
