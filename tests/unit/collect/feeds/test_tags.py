"""What is markup in a title or a text, and what is a word about markup."""

import time

import pytest

from digest.collect.feeds.clean import clean_html, clean_title
from digest.collect.feeds.tags import open_escaped
from digest.model import Image

TITLES = {
    "Salt <em>rises</em> in the delta": "Salt rises in the delta",
    "Salt &lt;em&gt;rises&lt;/em&gt; in the delta": "Salt rises in the delta",
    "<b> Salt rises </b>": "Salt rises",
    "<p>Salt rises": "Salt rises",
    "Salt rises</p>": "Salt rises",
    "Salt <a href='x'>rises": "Salt rises",
    "Salt<br>rises": "Salt rises",
    "Salt <i></i>rises": "Salt rises",
    "Drop <b> and use <strong> instead": "Drop <b> and use <strong> instead",
    "Drop &lt;b&gt; and use &lt;strong&gt; instead": "Drop <b> and use <strong> instead",
    "Between <b> and </b> stands <i>what</i> is bold": "Between <b> and </b> stands what is bold",
    "How to close a <table>": "How to close a <table>",
    "The <p> tag, explained": "The <p> tag, explained",
    "The <p>, <b> and <i> of old": "The <p>, <b> and <i> of old",
    "Promise<void> is no value": "Promise<void> is no value",
    "Rust's <code>Option</code><T> in a <em>nutshell</em>": "Rust's Option<T> in a nutshell",
    "3 < 5 <b>and</b> 7 > 5": "3 < 5 and 7 > 5",
    "On <time>Monday</time>": "On Monday",
    "Pupils learn &amp;nbsp; and &amp;amp; in class": "Pupils learn &nbsp; and &amp; in class",
    "AT&amp;amp;T and caf&amp;eacute;s": "AT&T and cafés",
    "It&amp;#8217;s here": "It’s here",
    "I &lt;3 my bicycle": "I <3 my bicycle",
    "<<sharply>> over the bay": "<<sharply>> over the bay",
}


@pytest.mark.parametrize("markup", TITLES)
def test_a_title_keeps_its_words_and_loses_its_markup(markup):
    assert clean_title(markup) == TITLES[markup]


TEXTS = {
    '<p>Part of the\n&lt;a href="https://a.example/"&gt;project&lt;/a&gt; and more.</p>': (
        "Part of the project and more.",
    ),
    "<p>Part of &lt;b&gt;the&lt;/b&gt; project.</p>": ("Part of the project.",),
    "<div>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</div>": ("One.", "Two."),
    "One &lt;b&gt;and&lt;/b&gt; two.": ("One and two.",),
    "<p>One &amp;lt;a href='x'&amp;gt;and&amp;lt;/a&amp;gt; two.</p>": ("One and two.",),
    "One &lt;a href=&quot;x&quot;&gt;and&lt;/a&gt; two.": ("One and two.",),
    "&amp;lt;p&amp;gt;One.&amp;lt;/p&amp;gt;&amp;lt;p&amp;gt;Two.": ("One.", "Two."),
    "<p>Use the &lt;p&gt; tag and &lt;b&gt; for bold.</p>": ("Use the <p> tag and <b> for bold.",),
    "<p>Write <code>&lt;b&gt;bold&lt;/b&gt;</code> here.</p>": ("Write <b>bold</b> here.",),
    "<pre>&lt;p&gt;One.&lt;/p&gt;</pre>&lt;i&gt;Two.&lt;/i&gt;": ("<p>One.</p>", "Two."),
    "Use <b> for bold.": ("Use <b> for bold.",),
    "One.<p>Two.<p>Three.": ("One.", "Two.", "Three."),
    "One <i>two, and cut…": ("One two, and cut…",),
    "Tom &amp;amp; Jerry": ("Tom &amp; Jerry",),
}


@pytest.mark.parametrize("markup", TEXTS)
def test_a_text_loses_its_markup_however_often_that_was_escaped(markup):
    assert clean_html(markup).paragraphs == TEXTS[markup]


def test_a_picture_in_escaped_markup_is_found():
    markup = "<p>One.</p>&lt;img src='https://a.example/1.jpg' alt='A dune'&gt;"
    assert clean_html(markup).image == Image("https://a.example/1.jpg", "A dune")


@pytest.mark.parametrize("piece", ["&lt;b ", "&lt;b&gt;", "<code>", "&lt;b&gt;x&lt;/b&gt;", "&lt;"])
def test_the_time_that_tags_take_grows_with_their_number(piece):
    def seconds(times: int) -> float:
        def once() -> float:
            begin = time.process_time()
            open_escaped(piece * times)
            return time.process_time() - begin

        return min(once() for _ in range(3))

    seconds(1_000)
    assert seconds(40_000) < 20 * max(seconds(10_000), 0.005)
