"""HTML from feeds becomes paragraphs of plain text, without what is no part of a story."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collect.feeds.clean import MAX_TEXT, clean_html, clean_title, first_sentence
from digest.model import Image
from tests.sampling import examples

BASE = "https://a.example/dir/"

PARAGRAPHS = {
    "<p>One.</p><p>Two.</p>": ("One.", "Two."),
    "One.\n\nTwo,\nstill two.": ("One.", "Two, still two."),
    "<p>One\ntwo</p>": ("One two",),
    "One<br>two": ("One two",),
    "One.<br><br>Two.": ("One.", "Two."),
    "One.<br />\n<br />Two.": ("One.", "Two."),
    "<ul><li>One</li><li>Two</li></ul>": ("One", "Two"),
    "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>": ("a b", "c"),
    "<h2>Head</h2>Text": ("Head", "Text"),
    "<div><div>One</div>Two</div>": ("One", "Two"),
    "<p>CO<sub>2</sub> and <b>b</b>old</p>": ("CO2 and bold",),
    "<p>a<script>x()</script>b</p>": ("ab",),
    "<style>p{}</style><p>a</p><!-- c -->": ("a",),
    "<p style='display:none'>spy</p><p>a</p>": ("a",),
    "<p>a</p><form>Subscribe <button>now</button></form>": ("a",),
    "<figure><img src='x'><figcaption>Credit</figcaption></figure><p>a</p>": ("a",),
    "&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;": ("One.", "Two."),
    "Use the &lt;p&gt; tag": ("Use the <p> tag",),
    "<p>Use the &lt;p&gt; tag</p>": ("Use the <p> tag",),
    "Tom &amp; Jerry": ("Tom & Jerry",),
    "<p>Tom &amp; Jerry &#8212; caf&eacute;</p>": ("Tom & Jerry — café",),
    "<p>a &nbsp; b</p><p>&nbsp;</p>": ("a b",),
    "<xhtml:p xmlns:xhtml='x'>One.</xhtml:p><xhtml:p>Two.</xhtml:p>": ("One.", "Two."),
    "<p>never closed": ("never closed",),
    "a < b": ("a < b",),
    "": (),
    "<p></p>": (),
    "{{ 7*7 }} <mj-text>x</mj-text>": ("{{ 7*7 }} x",),
}


@pytest.mark.parametrize("markup", PARAGRAPHS)
def test_markup_becomes_paragraphs(markup):
    assert clean_html(markup, BASE).paragraphs == PARAGRAPHS[markup]


FURNITURE = (
    "Read more", "Read more »", "[Read more…]", "Continue reading…", "Continue reading at Example",
    "Read the full story", "Click here to read it", "The post A title appeared first on Example.",
    "Share this:", "Share on Facebook", "Tweet", "3 comments", "Leave a comment", "Tags: a, b",
    "Filed under: News", "Advertisement", "[link] [comments]", "submitted by /u/somebody",
    "Sign up for our daily newsletter", "Follow us on Twitter", "Weiterlesen", "Lire la suite",
    "This article was originally published on Example", "Comments URL: https://a.example/1", "[…]",
)  # fmt: skip


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_left_out(line):
    assert clean_html(f"<p>A sentence.</p><p>{line}</p>").paragraphs == ("A sentence.",)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("A sentence. Read more", "A sentence."),
        ("A sentence. Continue reading at Example »", "A sentence."),
        ("A sentence that is cut […]", "A sentence that is cut…"),
        ("A sentence that is cut [...] Read more", "A sentence that is cut…"),
        ("A sentence that is cut... Continue reading", "A sentence that is cut…"),
        ("A sentence. The post A title appeared first on Example.", "A sentence."),
    ],
)
def test_what_only_leads_elsewhere_is_cut_from_the_end(line, kept):
    assert clean_html(f"<p>{line}</p>").paragraphs == (kept,)


@pytest.mark.parametrize(
    "line",
    [
        "Read more books, says the minister of education.",
        "Pupils should read more.",
        "He shared this with nobody, and moved on. More than 40 people came.",
        "The post office appeared empty on Monday.",
        "Share prices fell by 3 percent.",
        "More than a hundred patients were treated.",
        "Comments by the minister caused a stir.",
        "Print is not dead.",
        "“We continue reading the data,” she said.",
    ],
)
def test_a_sentence_that_looks_like_furniture_stays(line):
    assert clean_html(f"<p>{line}</p>").paragraphs == (line,)


IMAGES = {
    "<img src='/a.jpg' alt='What it shows'>": Image("https://a.example/a.jpg", "What it shows"),
    "<img src='b.jpg'>": Image("https://a.example/dir/b.jpg"),
    "<img src='https://p.example/1.gif' width='1' height='1'><img src='/a.jpg'>": (
        Image("https://a.example/a.jpg")
    ),
    "<img src='http://feeds.feedburner.com/~r/x/~4/1'>": None,
    "<img src='data:image/gif;base64,AAAA' data-src='/a.jpg'>": Image("https://a.example/a.jpg"),
    "<img src='javascript:x'>": None,
    "<img src='http://[bad'>": None,
    "<img>": None,
    "<img src='/a b.jpg' alt='&lt;b&gt;x&lt;/b&gt;'>": Image("https://a.example/a%20b.jpg", "x"),
}


@pytest.mark.parametrize("markup", IMAGES)
def test_the_first_picture_that_shows_something_is_found(markup):
    assert clean_html(markup, BASE).image == IMAGES[markup]


def test_a_long_text_is_kept_in_whole_paragraphs_up_to_a_limit():
    kept = clean_html(f"<p>{'word ' * 300}</p>" * 100).paragraphs
    assert 0 < sum(map(len, kept)) <= MAX_TEXT
    assert {len(line) for line in kept} == {len("word " * 300) - 1}


def test_a_single_paragraph_without_end_is_cut_between_words():
    (line,) = clean_html("word " * 100_000).paragraphs
    assert line.endswith("word…")
    assert len(line) <= MAX_TEXT


def test_html_nested_without_measure_is_read_as_words():
    assert "found" in " ".join(clean_html("<div>" * 5000 + "found").paragraphs)


@given(st.text(max_size=200) | st.lists(st.sampled_from(["<p>", "</p>", "<b", ">", "&", "&#", "x", "<!--", "<br>", "\n\n", "<img src=", "'"]), max_size=30).map("".join))  # fmt: skip  # noqa: E501
@settings(deadline=None, max_examples=examples(300))
def test_any_text_is_cleaned_to_lines_that_can_be_shown(markup):
    cleaned = clean_html(markup, BASE)
    for line in (*cleaned.paragraphs, cleaned.opening, clean_title(markup)):
        assert line == line.strip()
        assert not set(line) & set("\n\r\t\0\x1b")


def test_a_text_begins_with_its_first_sentence():
    assert first_sentence("Dr. No came back from the sea. Then he left.") == (
        "Dr. No came back from the sea."
    )
    assert first_sentence("word " * 100).endswith("word…")
