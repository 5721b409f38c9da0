"""Links of stories lead over the site where clicks are counted, and nothing else of a mail does."""

from dataclasses import replace
from html import unescape

import pytest

from digest.model import SourceRef
from digest.render.counted_links import as_mailed, targets_of
from digest.render.gate import inspect_mail
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.size_limit import largest
from digest.render.skeleton import encode
from tests.builders import issue, newsletter, story

LINKS = Links("https://news.example.org", "a key")
RENDERER = Renderer((), LINKS)
# The same report in two stories, and one with what markup, MJML and Unicode make of an address.
SHARED = SourceRef("Example Times", "https://example.org/")
ODD = SourceRef("Ødd", "https://example.org/ü?a=1&b='2'&c=%20\u200d#d")
NAMELESS = SourceRef("Example Post")
STORIES = tuple(story(n, sources=(NAMELESS, SHARED, ODD)) for n in range(1, 31))
LETTER = newsletter(count_clicks=True)


def whole():
    return issue(*STORIES[:20], more=STORIES[20:])


def test_each_link_of_a_story_is_counted_for_that_story():
    rendered = RENDERER.render(whole(), LETTER)
    mailed = as_mailed(rendered, whole(), LINKS)
    assert mailed.text == rendered.text
    assert mailed.html.keys() == rendered.html.keys()
    for told in whole().stories:
        addresses = {number: LINKS.counted("daily", told.id, number) for number in (0, 2, 3)}
        assert dict(targets_of(told, LINKS)).keys() == addresses.keys()
        body = mailed.html[f"story.{told.id}"]
        assert all(f'href="{address}"' in body for address in addresses.values())
        assert 'href="https://example.org/' not in body
        assert LINKS.story(told) not in "".join(mailed.html.values())
        assert f'href="{addresses[0]}"' in mailed.html[f"more.{told.id}"]
    back = "".join(mailed.html.values())
    for told in STORIES:
        for number, target in targets_of(told, LINKS):
            back = back.replace(f'"{LINKS.counted("daily", told.id, number)}"', f'"{target}"')
    assert unescape(back) == unescape("".join(rendered.html.values()))


def test_where_none_are_counted_the_parts_are_what_they_were():
    rendered = RENDERER.render(whole(), newsletter())
    assert as_mailed(rendered, whole(), LINKS) is rendered
    assert not rendered.counts_clicks
    assert "counted" not in "".join(rendered.html.values()) + "".join(rendered.text.values())


def test_no_mail_with_counted_links_is_larger_than_was_reckoned():
    site = Links(f"https://{'news.' * 20}example.org", "a key")
    rendered = as_mailed(Renderer((), site).render(whole(), LETTER), whole(), site)
    mail = assemble(rendered, whole(), LETTER)
    assert len(encode(mail.html)) <= largest(rendered, 20)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_gate_wants_it_said_in_the_mail(language):
    letter = replace(LETTER, language=language)
    for shown, is_missing in ((letter, False), (replace(letter, count_clicks=False), True)):
        mail = assemble(RENDERER.render(whole(), shown), whole(), shown)
        findings = inspect_mail(mail, whole(), letter, LINKS)
        details = {finding.detail for finding in findings}
        assert ("does not say that clicks are counted" in details) is is_missing
