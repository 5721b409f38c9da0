"""The text form of a story: what a saved page looks like, and what it may look like."""

import codecs
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from digest.collect.files.dates import is_date_line
from digest.collect.files.result import UnreadableError
from digest.collect.files.story_file import is_markdown, read_story
from digest.collect.lengths import MAX_BYTES
from digest.text import clean_line

SAVED_PAGE = """\
Tiny Robot Crosses A Desert Without A Drop Of Oil

March 4, 2025
Tiny Robot Crosses A Desert Without A Drop Of Oil
  • The robot walked for nine days, all of which were hot, and lost a leg on the way.

  • "It did not mind," said its maker, who walked behind it.

  • About 900,000 steps were counted, and around 20 million grains of sand.

Summary based on\u00a03 sources


Get a daily email with more Robotics stories

More Stories
Another Robot Stays At Home
  • This belongs to another story.
Summary based on 7 sources
Get a daily email with more Kitchen stories"""


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return read_story(data, source="seeds", key="a.txt", dropped=None)


def fault(text):
    with pytest.raises(UnreadableError) as caught:
        read(text)
    return caught.value.line, caught.value.reason


def test_a_saved_page_is_read_up_to_more_stories():
    story = read(SAVED_PAGE)
    assert story.headline == "Tiny Robot Crosses A Desert Without A Drop Of Oil"
    assert story.dated == date(2025, 3, 4)
    assert story.bullets == (
        "The robot walked for nine days, all of which were hot, and lost a leg on the way.",
        '"It did not mind," said its maker, who walked behind it.',
        "About 900,000 steps were counted, and around 20 million grains of sand.",
    )
    assert story.source_count == 3
    assert story.topic == "Robotics"
    assert (story.image, story.sources) == (None, ())
    assert (story.source, story.key, story.dropped) == ("seeds", "a.txt", None)


@pytest.mark.parametrize(
    "data",
    [
        SAVED_PAGE.replace("\n", "\r\n").encode(),
        SAVED_PAGE.replace("\n", "\r").encode(),
        codecs.BOM_UTF8 + SAVED_PAGE.encode(),
        codecs.BOM_UTF8 * 2 + SAVED_PAGE.replace("\n", "\r\n").encode(),
        SAVED_PAGE.replace("•", "-").encode(),
        SAVED_PAGE.replace("•", "*").encode(),
        SAVED_PAGE.replace("  • ", "•").encode(),
        SAVED_PAGE.replace("  • ", "\t•\t").encode(),
        SAVED_PAGE.replace("  • ", "•\n").encode(),
        SAVED_PAGE.replace("  • ", "\u200f\u202b• ").encode(),
        SAVED_PAGE.replace("• The", "\x07• \x00The").encode(),
        SAVED_PAGE.replace("\n\n", "\n").encode(),
        SAVED_PAGE.replace("\n\n", "\n \t\n\n\n").encode(),
        SAVED_PAGE.replace(" and ", "\n    and ").encode(),
        SAVED_PAGE.replace("March 4, 2025", "2025-03-04").encode(),
        SAVED_PAGE.replace("March 4, 2025", "Published: Tuesday, 4 March 2025 at 10:30").encode(),
        SAVED_PAGE.upper().replace("THE ROBOT", "The robot").encode(),
    ],
)
def test_other_line_ends_marks_and_spaces_make_the_same_story(data):
    expected, story = read(SAVED_PAGE), read(data)
    assert [b.casefold() for b in story.bullets] == [b.casefold() for b in expected.bullets]
    assert story.headline.casefold() == expected.headline.casefold()
    assert (story.dated, story.source_count) == (expected.dated, expected.source_count)
    assert (story.topic or "").casefold() == "robotics"


def test_headline_and_bullets_are_all_that_a_story_needs():
    story = read("A headline\n- a bullet")
    assert (story.headline, story.bullets) == ("A headline", ("a bullet",))
    assert (story.dated, story.topic, story.source_count) == (None, None, 1)


def test_the_headline_may_be_missing_where_the_caption_stands():
    story = read("March 24, 2025\nThe caption\n• a bullet")
    assert (story.headline, story.dated) == ("The caption", date(2025, 3, 24))


def test_the_caption_may_be_missing_or_say_something_else():
    assert read("A headline\nMarch 24, 2025\n• a bullet").headline == "A headline"
    other = read("A headline\nMarch 24, 2025\nWhat the picture shows\n• a bullet")
    assert (other.headline, other.bullets) == ("A headline", ("a bullet",))


@pytest.mark.parametrize(
    ("line", "dated"),
    [
        ("Updated March 25, 2025", date(2025, 3, 24)),
        ("3/4/2025", date(2025, 3, 24)),
        ("February 30, 2025", date(2025, 3, 24)),
    ],
)
def test_a_second_date_is_no_headline(line, dated):
    story = read(f"March 24, 2025\n{line}\nThe caption\n• a bullet")
    assert (story.headline, story.dated) == ("The caption", dated)


def test_a_date_that_cannot_be_told_is_neither_date_nor_headline():
    story = read("24.03.2025\nThe caption\n• a bullet")
    assert (story.headline, story.dated) == ("The caption", None)


def test_a_bullet_may_wrap_over_lines_even_over_a_blank_one_in_the_middle_of_a_sentence():
    story = read("A headline\n• one\ntwo\n\n  three.\n• four\n")
    assert story.bullets == ("one two three.", "four")


def test_furniture_of_the_page_is_not_part_of_a_bullet():
    story = read(
        "A headline\n• It ends.\n\nShare\nAdvertisement\n\n• It is “over.”\n\nSave\n"
        "• No full stop\nSummary based on 2 sources\nShare\n"
        "Get a daily e-mail with more Deep Sea stories.\nSign up\n"
    )
    assert story.bullets == ("It ends.", "It is “over.”", "No full stop")
    assert (story.source_count, story.topic) == (2, "Deep Sea")


def test_more_stories_ends_the_story_only_as_a_line_of_its_own():
    story = read("More stories than ever\n• More Stories are told.\nMORE STORIES:\n• another's\n")
    assert (story.headline, story.bullets) == (
        "More stories than ever",
        ("More Stories are told.",),
    )


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("Summary based on 1 source", 1),
        ("summary based on 12 sources.", 12),
        ("Summary based on 0 sources", 1),
        ("Summary based on many sources", 1),
    ],
)
def test_the_number_of_sources(line, count):
    assert read(f"A headline\n• A bullet.\n\n{line}\n").source_count == count


def test_marks_of_markdown_and_html_stay_as_the_text_they_are():
    story = read("A <b>headline</b>\n• a **bold** &amp; <script>alert(1)</script> bullet")
    assert story.headline == "A <b>headline</b>"
    assert story.bullets == ("a **bold** &amp; <script>alert(1)</script> bullet",)


def test_a_line_with_a_sign_that_is_no_mark_is_no_bullet():
    story = read("-40 degrees\n• It was\n-41 degrees on *one* day\n*-*\n")
    assert (story.headline, story.bullets) == (
        "-40 degrees",
        ("It was -41 degrees on *one* day *-*",),
    )


def test_control_characters_are_taken_out():
    story = read("A \x1b[31mhead\x00line\x9f\n• one\u2028two\x0bthree\x7f\u202efour\n")
    assert story.headline == "A [31mhead line"
    assert story.bullets == ("one two three four",)


def test_text_that_runs_from_right_to_left():
    story = read("عنوان الخبر\n24 March 2025\n\u200f• هل وصلوا؟\n\nشارك\n• שלום עולם.\n")
    assert story.headline == "عنوان الخبر"
    assert story.bullets == ("هل وصلوا؟", "שלום עולם.")


def test_emoji_stay_whole():
    story = read("🚀 lifts 👩🏽‍🔬\n• ❤️ and 🏴󠁧󠁢󠁳󠁣󠁴󠁿\n")
    assert (story.headline, story.bullets) == ("🚀 lifts 👩🏽‍🔬", ("❤️ and 🏴󠁧󠁢󠁳󠁣󠁴󠁿",))


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"", 1, "empty"),
        (b" \r\n\t\n", 1, "empty"),
        (codecs.BOM_UTF8, 1, "empty"),
        (b"A headline\n- fine\n- caf\xe9\n", 3, "not UTF-8"),
        ("A headline\n• a\n".encode("utf-16"), 1, "UTF-8"),
        ("A headline\n- a\n".encode("utf-16-le"), 1, "UTF-8"),
        ("A headline\n• a\n".encode("utf-32"), 1, "UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "UTF-8"),
        ("\n• a bullet\n• another\n", 2, "no headline"),
        ("March 24, 2025\n\n• a bullet\n", 3, "no headline"),
        ("\u200d\n\u200f\n• a bullet\n", 3, "no headline"),
        ("Summary based on 3 sources\n", 1, "no headline"),
        ("More Stories\nA headline\n• a bullet\n", 1, "no headline"),
        ("A headline\n\nA paragraph.\n\n\n", 3, "no bullet"),
        ("A headline\n•\n•  \n- \n", 4, "no bullet"),
        ("A headline\nMore Stories\n• a bullet\n", 2, "no bullet"),
        (b"A headline\n- " + b"a" * MAX_BYTES, None, "over 1 MB"),
        ("\n" + "word " * 61 + "\n- a\n", 2, "the headline has 304 characters, at most 300 fit"),
        ("A\n- b\n- c\n" + "word " * 400, 3, "this bullet has 2,001 characters, at most 2,000"),
    ],
)
def test_what_cannot_be_read_is_named_with_line_and_reason(text, line, reason):
    found = fault(text)
    assert found[0] == line
    assert reason in found[1]


def test_a_headline_and_a_bullet_may_be_as_long_as_they_may_be():
    story = read("h" * 300 + "\n- " + "b" * 2_000)
    assert (len(story.headline), len(story.bullets[0])) == (300, 2_000)


def test_a_file_of_just_one_megabyte_is_read():
    data = b"A headline\n" + b"- a bullet\n" * (MAX_BYTES // 11 - 1)
    assert len(read(data.ljust(MAX_BYTES)).bullets) == MAX_BYTES // 11 - 1


@pytest.mark.parametrize("repeated", [b"b\n", b"b\n\n", b"!\n\n", b"- \n", b"\n", b"- a\n", b'!"'])
def test_a_large_file_of_little_lines_takes_no_time(repeated):
    with suppress(UnreadableError):  # they make one long bullet
        read(b"A headline\n- a\n" + repeated * 20_000)


LINES = st.text(min_size=1, max_size=60).map(clean_line).filter(bool)


def is_plain(line):
    """Whether a line says nothing of its own in the text form."""
    begins = line.lstrip("\u200e\u200f\u061c")[:1]
    return (
        begins not in tuple("•‣◦●▪·∙-*–#")
        and not is_date_line(line)
        and not is_markdown(f"{line}\n")
        and not line.lower().startswith(("summary", "get a", "more"))
    )


@given(
    headline=LINES.filter(is_plain),
    caption=st.booleans(),
    bullets=st.lists(LINES, min_size=1, max_size=5),
    marks=st.lists(st.sampled_from(["  • ", "•", "- ", "* "]), min_size=5, max_size=5),
    dated=st.none() | st.dates(),
    count=st.integers(1, 999_999),
    topic=st.none() | st.from_regex(r"[A-Z][a-z]{1,9}( [A-Z][a-z]{1,9})?", fullmatch=True),
    blank=st.sampled_from(["\n", "\n\n", "\r\n", "\r\n \r\n", "\r"]),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_story_that_is_written_in_the_text_form_is_read_as_it_was(
    headline, caption, bullets, marks, dated, count, topic, blank
):
    lines = [headline]
    if dated:
        lines.append(f"{dated:%B} {dated.day}, {dated.year:04}")
    if caption:
        lines.append(headline)
    lines += [mark + bullet for mark, bullet in zip(marks, bullets, strict=False)]
    lines.append(f"Summary based on {count} sources")
    if topic:
        lines.append(f"Get a daily email with more {topic} stories")
    lines += ["More Stories", "Another headline", "• another bullet"]
    story = read(blank.join(lines))
    assert story.headline == headline
    assert story.bullets == tuple(bullets)
    assert (story.dated, story.source_count, story.topic) == (dated, count, topic)


@given(
    words=st.lists(st.from_regex(r"[a-zà-ÿ]{1,12}[,;:]?", fullmatch=True), min_size=1, max_size=30),
    gaps=st.lists(st.sampled_from([" ", "  ", "\n", "\n    ", "\n\n"]), min_size=30, max_size=30),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_wherever_a_bullet_wraps_it_is_one_bullet(words, gaps):
    assume("more" not in words)
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    story = read(f"A headline\n• {text}\n• The last.")
    assert story.bullets == (clean_line(" ".join(words)), "The last.")
