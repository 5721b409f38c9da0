"""The Markdown form of a story, with its front matter; and that no bytes at all do harm."""

import unicodedata
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.collect.files.result import UnreadableError
from digest.collect.files.story_file import read_story
from digest.model import Image, SourceRef
from tests.sampling import examples

WHOLE = """\
---
title: Tiny robot crosses a desert
date: 2025-03-24
topic: robotics
image: https://example.org/robot.jpg
alt: A robot in the sand
sources:
  - name: Example Times
    url: https://example.org/report
  - name: Robot Weekly
---

- The robot walked for nine days.
- It lost one of its legs on the way.
"""


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return read_story(data, source="seeds", key="a.md", dropped=None)


def fault(text):
    with pytest.raises(UnreadableError) as caught:
        read(text)
    return caught.value.line, caught.value.reason


def front(*lines, body="- a bullet\n"):
    return "\n".join(("---", *lines, "---", body))


@pytest.mark.parametrize(
    ("written", "focus"),
    [("70% 20%", (70, 20)), ("0 100", (0, 100)), ("50%,50%", (50, 50))],
)
def test_a_focal_point_is_read(written, focus):
    image = read(front("title: A headline", "image: dust.jpg", f"focus: {written}")).image
    assert image == Image("dust.jpg", "", focus)


@pytest.mark.parametrize("written", ["left", "101% 0%", "50%", "-1 5", "1.5 2"])
def test_a_focal_point_that_is_none_is_named(written):
    line, reason = fault(front("title: A headline", "image: dust.jpg", f"focus: {written}"))
    assert (line, reason.split(":")[0]) == (4, "focus")


def test_a_story_without_a_focal_point_is_the_same_as_before_there_was_one():
    whole, focused = read(WHOLE), read(WHOLE.replace("sources:", "focus: 1 2\nsources:", 1))
    assert whole.content_hash == (
        "363f12eb84e6943e9dcb565b5a4bdcadbed8fd3859e440de5a0d7d103e979fc1"
    )
    assert focused.content_hash != whole.content_hash


def bullets(body):
    return read(front("title: A headline", body=body)).bullets


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        WHOLE.replace("\n", "\r\n"),
        "\ufeff" + WHOLE,
        "\n\n" + WHOLE,
        WHOLE.replace("---\n\n", "...\n"),
        WHOLE.replace("- The", "* The").replace("- It", "* It"),
        WHOLE.replace("- The", "1. The").replace("- It", "2. It"),
        WHOLE.replace("2025-03-24", '"March 24, 2025"'),
        WHOLE.replace("2025-03-24", "2025-03-24T23:30:00-05:00"),
        WHOLE.replace("2025-03-24", "24 March 2025"),
        WHOLE.replace("Tiny robot crosses", "|\n  Tiny robot\n  crosses"),
        WHOLE.replace("title: Tiny", "unknown: [1, {a: b}]\ntitle: Tiny"),
    ],
)
def test_front_matter_and_a_list_make_a_story(text):
    story = read(text)
    assert story.headline == "Tiny robot crosses a desert"
    assert story.dated == date(2025, 3, 24)
    assert story.topic == "robotics"
    assert story.image == Image("https://example.org/robot.jpg", "A robot in the sand")
    assert story.sources == (
        SourceRef("Example Times", "https://example.org/report"),
        SourceRef("Robot Weekly"),
    )
    assert story.source_count == 2
    assert story.bullets == (
        "The robot walked for nine days.",
        "It lost one of its legs on the way.",
    )


def test_the_form_is_told_from_the_content_and_not_from_the_name():
    story = read_story(WHOLE.encode(), source="seeds", key="a.txt", dropped=None)
    assert story.headline == "Tiny robot crosses a desert"
    plain = read_story(b"A headline\n- a **bold** one", source="seeds", key="a.md", dropped=None)
    assert plain.bullets == ("a **bold** one",)


def test_a_heading_is_the_headline_where_there_is_no_title():
    assert read("# The *real* headline\n\n- a bullet\n").headline == "The real headline"
    assert read(front(body="# A headline\n- a bullet")).headline == "A headline"
    assert read(front("title: A title", body="# A heading\n- a bullet")).headline == "A title"


@pytest.mark.parametrize("empty", ["", " ~", " null", ' ""'])
def test_a_key_without_a_value_is_as_if_it_were_not_there(empty):
    keys = ("date", "topic", "image", "alt", "sources", "source_count")
    story = read(front("title: A headline", *(f"{key}:{empty}" for key in keys)))
    assert (story.dated, story.topic, story.image, story.sources) == (None, None, None, ())
    assert story.source_count == 1


def test_sources_may_be_names_alone_and_a_url_may_be_empty():
    story = read(front("title: A", "sources: [Example Times, {name: 1843, url: }]"))
    assert story.sources == (SourceRef("Example Times"), SourceRef("1843"))


@pytest.mark.parametrize(("said", "count"), [("5", 5), ("1", 2), ("'007'", 7)])
def test_more_sources_may_be_counted_than_are_named(said, count):
    story = read(front("title: A", "sources: [B, C]", f"source_count: {said}"))
    assert story.source_count == count


@pytest.mark.parametrize(
    "title",
    [
        "No",
        "007",
        "1984",
        "12:30:45",
        "2025-02-30",
        "1e3",
        "0x" + "f" * 298,
        "on",
        "= equals",
        ".",
    ],
)
def test_a_title_stays_as_it_is_written_whatever_yaml_makes_of_it(title):
    assert read(front(f"title: {title}")).headline == title


def test_a_quoted_title_may_hold_a_colon_and_escapes():
    assert read(front('title: "Robots: the \\u00e9nd\\tis near"')).headline == (
        "Robots: the énd is near"
    )


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        (r'"half \ud800 a letter"', "half a letter"),
        (r'"nul \0 and \x1b[1m"', "nul and [1m"),
        (r'"two\nlines\u2028and more"', "two lines and more"),
        ("nul \0 and \x1b[1m", "nul and [1m"),
        ("!!python/object/apply:os.system touch", "touch"),
        ("!!bool maybe", "maybe"),
        ("!!timestamp soon", "soon"),
        ("!!binary aGVsbG8=", "aGVsbG8="),
    ],
)
def test_escapes_and_tags_make_text_and_nothing_else(written, headline):
    assert read(front(f"title: {written}")).headline == headline


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (["title: Robots: the end"], 2, "quote a text that holds a colon"),
        (["topic: a", "title: [a, b]"], 3, "title: must be one line of text"),
        (["topic: a", "title: " + "w " * 151], 3, "title: has 301 characters, at most 300 fit"),
        (
            ["image: https://a.test/a.png", "alt: " + "w" * 2_001],
            3,
            "alt: has 2,001 characters",
        ),
        (["title: a", "sources:", "  - " + "w" * 301], 3, "sources: a name has 301 characters"),
        (["topic: {a: b}", "title: a"], 2, "topic: must be one line of text"),
        (["title: a", "alt: !!python/tuple [a]", "image: https://example.org/a"], 3, "alt"),
        (["title: a", "date: next week"], 3, "date: 'next week' is not a date"),
        (["title: a", "date: 2025-02-30"], 3, "date: '2025-02-30' is not a date"),
        (["title: a", "date: 20250324"], 3, "is not a date"),
        (["title: a", "date: [2025, 3, 24]"], 3, "date: must be one line of text"),
        (["title: a", "image: robot.txt"], 3, "image: must be a picture's file"),
        (["title: a", "image: ../robot.jpg"], 3, "image: must be a picture's file"),
        (["title: a", "image: a/../../robot.jpg"], 3, "image: must be a picture's file"),
        (["title: a", "image: /etc/robot.jpg"], 3, "image: must be a picture's file"),
        (["title: a", "image: javascript:alert(1)//.jpg"], 3, "image: must be a picture's file"),
        (["title: a", r'image: "https://example.org/\0"'], 3, "image: must be a picture's file"),
        (["title: a", "sources: Example Times"], 3, "sources: must be a list"),
        (["title: a", "sources: {name: B}"], 3, "sources: must be a list"),
        (["title: a", "sources: [{url: https://example.org}]"], 3, "sources: each needs a name"),
        (["title: a", "sources: ['']"], 3, "sources: each needs a name"),
        (["title: a", "sources: [[b]]"], 3, "sources: each needs a name"),
        (["title: a", "sources: [{name: [b]}]"], 3, "sources: each needs a name"),
        (["title: a", "sources: [{name: B, url: b.example}]"], 3, "the url of 'B' must begin"),
        (["title: a", "sources: [{name: B, url: [b]}]"], 3, "the url of 'B' must begin"),
        (["title: a", "source_count: three"], 3, "source_count: must be a whole number"),
        (["title: a", "source_count: 0"], 3, "source_count: must be a whole number"),
        (["title: a", "source_count: -1"], 3, "source_count: must be a whole number"),
        (["title: a", "source_count: 9999999"], 3, "source_count: must be a whole number"),
        (["- title", "- a"], 2, "must be keys and values"),
        (["just text"], 2, "must be keys and values"),
        (["title: a", "\tdate: b"], 3, "not YAML"),
        (["title: 'a"], 3, "not YAML"),
        (["title: *nothing"], 2, "not YAML"),
        (["title: &a [*a]"], 2, "not YAML"),
        (["title: a", "? [b]", ": c"], 3, "not YAML"),
        ([r'title: "\UFFFFFFFF"'], 2, "not YAML"),
        ([r'title: "\U00110000"'], 2, "not YAML"),
        (["title: \ufffe"], 2, "not YAML"),
        (["title: " + "[" * 3000], 2, "nested too deep"),
        (["title: " + "- " * 3000 + "a"], 2, "not YAML"),
        (["topic: a"], 1, "no headline"),
        ([], 1, "no headline"),
        ([r'title: "\u200d\ud800"'], 1, "no headline"),
    ],
)
def test_front_matter_that_cannot_be_read_is_named_with_line_and_reason(lines, line, reason):
    found = fault(front(*lines))
    assert found[0] == line
    assert reason in found[1]
    assert found[1].isprintable()


def test_lines_are_counted_in_the_whole_file():
    assert fault("\n\n\n---\ntitle: a\ndate: b\n---\n- c\n")[0] == 6
    assert fault(front("title: a", body="A paragraph."))[0] == 4


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("---\ntitle: a\n- a bullet\n", 1, "has no end"),
        ("---\n", 1, "has no end"),
        ("# A headline\n\nA paragraph.\n", 1, "no bullet"),
        ("\n# " + "w" * 301 + "\n\n- a\n", 2, "the headline has 301 characters, at most 300 fit"),
        (
            "# A\n\n- a\n- b\n\n  c" + "w" * 2_000,
            4,
            "this bullet has 2,003 characters, at most 2,000",
        ),
        ("# A headline\n\n-\n- \n", 1, "no bullet"),
        ("# \u200d\n\n- a bullet\n", 1, "no headline"),
    ],
)
def test_a_body_that_cannot_be_read_is_named_with_line_and_reason(text, line, reason):
    found = fault(text)
    assert found[0] == line
    assert reason in found[1]


def test_aliases_that_swell_are_not_unfolded():
    swelling = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    lines = ["a0: &a0 [lol]", *swelling, "title: A headline"]
    assert read(front(*lines)).headline == "A headline"
    assert "date: must be one line" in fault(front(*lines, "date: *a11"))[1]
    merging = [f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 9)}]}}" for n in range(1, 12)]
    lines = ["b0: &b0 {k: v}", *merging, "title: A headline"]
    assert read(front(*lines)).headline == "A headline"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("- **Bold**, *leaning* and `code`", "Bold, leaning and code"),
        ("- a [link](https://example.org 'title') in it", "a link in it"),
        ("- a ![picture](a.png) in it", "a picture in it"),
        ("- <https://example.org/a>", "https://example.org/a"),
        ("- 5 \\* 3 &lt; 20 &amp; snake_case_name", "5 * 3 < 20 & snake_case_name"),
        ("- some <b>HTML</b> <script>alert(1)</script>", None),
        ("- <div>HTML in a block</div>", None),
        ("- <!-- a comment -->", None),
        ("- one\n  two\nthree", "one two three"),
        ("- one  \n  two\\\n  three", "one two three"),
        ("- one\n\n  two", "one two"),
        ("-      far in", "far in"),
        ("- ```\n  fenced\n  ```", "fenced"),
        ("- # Heading\n  and text", "Heading and text"),
        ("- > quoted", "quoted"),
        ("> - in a quotation", "in a quotation"),
        ("- nul \0 and \u202eback", "nul and back"),
        ("- &#0;&#xd800;&#x202e;end", "\ufffd\ufffdend"),
    ],
)
def test_a_bullet_is_its_words_without_the_marks_and_html_is_text(body, words):
    assert bullets(body) == (words or body.removeprefix("- "),)


def test_the_items_of_a_nested_list_are_bullets_of_their_own():
    assert bullets("- one\n  - two\n    1. three\n\n  and more of one\n- four\n") == (
        "one and more of one",
        "two",
        "three",
        "four",
    )


def test_what_is_no_list_is_not_read():
    assert bullets("By A. Writer\n\n- one\n\n## More\n\nA paragraph.\n\n---\n\n+ two\n") == (
        "one",
        "two",
    )


# The property: whatever the bytes, there is a story that can be shown, or one error.

PIECES = st.sampled_from(
    [
        *("---", "...", "\n", "\r\n", "\r", "\t", " ", "  ", "\ufeff", "\0", "\x1b", "\u202e"),
        *("title:", "date:", "topic:", "image:", "alt:", "sources:", "name:", "url:", "<<:"),
        *("source_count:", "https://example.org", "2025-03-24", "0x" + "f" * 4000, "9" * 5000),
        *("- ", "* ", "• ", "1. ", "# ", "> ", "    ", "```", "<div>", "&#xd800;", "![", "](", "`"),
        *("!!python/name:os", "!!int", "!!bool", "!!float", "!!binary", "!!set", "!", "%YAML 9.9"),
        *("&a", "*a", "[", "]", "{", "}", ",", ":", "?", "|", ">", "'", '"', "\\", "~", "null"),
        *(
            r'"\ud800"',
            r'"\UFFFFFFFF"',
            r'"\0"',
            "\u200d",
            "é",
            "👩‍🔬",
            "مرحبا",
            "Summary based on 3",
        ),
        *(" sources", "Get a daily email with more ", " stories", "More Stories", "word", "."),
    ]
)
STORYLIKE = st.lists(PIECES, max_size=40).map("".join)
WITH_FRONT = st.builds(
    lambda a, b, c: f"---\n{a}title: {b}\n---\n- {c}", STORYLIKE, STORYLIKE, STORYLIKE
)
TEXTLIKE = st.builds(lambda a, b: f"A headline\n{a}\n• {b}", STORYLIKE, STORYLIKE)


def attempt(data):
    try:
        return read(data)
    except UnreadableError as error:
        return error


def lines_of(story):
    """Every text of a story that can be shown; a picture's text and a source's url may miss."""
    yield story.headline
    yield from story.bullets
    if story.topic is not None:
        yield story.topic
    for source in story.sources:
        yield source.name
        if source.url is not None:
            yield source.url
    if story.image:
        yield story.image.url
        if story.image.alt:
            yield story.image.alt


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.one_of(STORYLIKE, WITH_FRONT, TEXTLIKE).map(str.encode)
)
@example(b"---\n0: !!timestamp a\ntitle: b\n---\n- c")
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=examples(500))
def test_no_bytes_make_anything_but_a_story_that_can_be_shown_or_an_error_that_says_why(data):
    found = attempt(data)
    if isinstance(found, UnreadableError):
        assert found.line is None or 1 <= found.line <= len(data.splitlines()) + 1
        assert found.reason
        assert found.reason.isprintable()
        return
    assert found.headline
    assert found.bullets
    for line in lines_of(found):
        assert line
        assert line == " ".join(line.split())
        assert len(line.splitlines()) == 1
        assert not {unicodedata.category(c) for c in line} & {"Cc", "Cs", "Zl", "Zp"}
        assert line.encode("utf-8").decode() == line
    assert 1 <= found.source_count <= 999_999
    assert len(found.content_hash) == 64
