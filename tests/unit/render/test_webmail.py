"""A mail as a part of a page: no person in it, no style attribute, the same look."""

import re

import pytest
from lxml import html

from digest.model import Mail
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.placeholders import PERSONAL, Placeholders
from digest.render.webmail import ROOT, as_page, style_hash
from tests.builders import issue, newsletter, story

MARKS = Placeholders("0123456789abcdef")
ADDRESS, LEAVE = MARKS.slot("address"), MARKS.slot("unsubscribe")


def mail(body: str, head: str = "") -> Mail:
    return Mail("s", "p", f"<html><head>{head}</head><body>{body}</body></html>", "", MARKS.nonce)


def whole(**changes: str) -> Mail:
    letter = newsletter(**changes)
    rendered = Renderer((), Links("https://x.test", "k")).render(issue(), letter, MARKS.nonce)
    return assemble(rendered, issue(), letter)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (f"<p>To {ADDRESS}</p><p>Stays</p>", "<p>Stays</p>"),
        (f'<p>Stays</p><p>A <b><a href="{LEAVE}">way</a></b> out</p> too', "<p>Stays</p> too"),
        (f"<p>One</p><p><b>x</b>{ADDRESS}</p><p>Two</p>", "<p>One</p><p>Two</p>"),
        (f"<table><tr><td>{ADDRESS}</td><td>Stays</td></tr></table>", "Stays"),
        (f"<div>a<i>b</i>{ADDRESS}</div>Stays", "<div></div>Stays"),
        (f'<ul><li><a href="x?{LEAVE}">y</a></li><li>Stays</li></ul>', "<ul><li>Stays</li></ul>"),
        (f'<p title="{ADDRESS}">{ADDRESS} {LEAVE}</p>Stays', "Stays"),
    ],
)
def test_what_is_a_persons_is_left_out_with_the_paragraph_around_it(body, left):
    found = as_page(mail(body)).body
    assert left in found
    assert MARKS.nonce not in found


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_mail_of_every_language_has_nothing_of_a_person_left(language):
    found = as_page(whole(language=language))
    for name in PERSONAL:
        assert str(MARKS.slot(name)) not in found.body
    assert "1 Example Street" in found.body
    assert "Headline 2" in found.body


def test_each_style_becomes_a_class_of_the_one_style_element():
    same = (
        '<p style="color:red;">a</p><b class="x" style="color:red;">b</b><i style="top:0px">c</i>'
    )
    found = as_page(mail(same, '<style>p{margin:0}</style><style media="print">b{top:0}</style>'))
    assert found.body == '<p class="s0">a</p><b class="x s0">b</b><i class="s1">c</i>'
    assert found.style.split("\n") == [
        "p{margin:0}",
        "@media print{b{top:0}}",
        f"#{ROOT} .s0{{color:red;}}",
        f"#{ROOT} .s1{{top:0px}}",
    ]
    assert "style=" not in as_page(whole()).body


def test_no_style_can_end_its_element():
    found = as_page(mail("<p style=\"content:'</style><script>'\">x</p>"))
    assert "<" not in found.style


def test_what_speaks_to_outlook_alone_is_left_out():
    assert "<!--" not in as_page(whole()).body


def test_text_is_escaped_as_it_was():
    told = story(headline="<b>1 & 2</b> \"3\" 'é' مرحبا")
    one = issue(told)
    rendered = Renderer((), Links("https://x.test", "k")).render(one, newsletter(), MARKS.nonce)
    found = as_page(assemble(rendered, one, newsletter()))
    assert "<b>1" not in found.body
    assert told.headline in html.fromstring(f"<div>{found.body}</div>").text_content()


def test_the_hash_is_that_of_the_text_in_the_element():
    # The example of CSP level 3, section 8.3.
    assert style_hash("alert('Hello, world.');") == (
        "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
    )
    assert re.fullmatch(r"sha256-[A-Za-z0-9+/]{43}=", as_page(whole()).style_hash)
