"""config/sources.toml, edited as text: what the operator wrote around a source stays."""

import tomllib
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.services.sources.sources_file import free_id, with_feeds, without
from digest.settings import FeedSource

BOOK = """\
# Where stories come from.

[[sources]]
id = "seeds"   # dropped by hand
path = "seeds"

# The one that everybody reads.
[[sources]]
id = "times"
kind = "feed"
url = "https://times.example/feed"
# A second line on it.
name = "The [Times]"

# The last.
[[ "sources" ]]
kind = "feed"
url = "https://last.example/feed"
id = 'last'
"""
# A name that reads as a table would, line by line.
TEXT_LIKE_A_SOURCE = """\
[[sources]]
id = "a"
name = '''
[[sources]]
id = "times"
[a]
'''
[[sources]]
id = "times"
"""


def feed(**changes) -> FeedSource:
    return FeedSource(**{"id": "new", "url": "https://new.example/feed", **changes})


def ids(text: str) -> list[str]:
    return [source["id"] for source in tomllib.loads(text)["sources"]]


def test_a_feed_is_added_at_the_end_and_only_what_is_not_default_is_written():
    edited = with_feeds(BOOK, [feed(), feed(id="b", name='A "b" \\ ö', weight=2.5, robots=False)])
    assert edited.startswith(BOOK)
    first, second = tomllib.loads(edited)["sources"][-2:]
    assert first == {"id": "new", "kind": "feed", "url": "https://new.example/feed"}
    assert second["name"] == 'A "b" \\ ö'
    assert (second["weight"], second["robots"]) == (2.5, False)


def test_a_file_without_a_last_line_end_or_without_anything_takes_a_feed():
    assert ids(with_feeds(BOOK.rstrip("\n"), [feed()])) == ["seeds", "times", "last", "new"]
    assert ids(with_feeds("", [feed()])) == ["new"]


@pytest.mark.parametrize("gone", ["seeds", "times", "last"])
def test_a_source_is_taken_out_and_every_comment_around_it_stays(gone):
    edited = without(BOOK, gone)
    assert ids(edited) == [name for name in ("seeds", "times", "last") if name != gone]
    for comment in ("# Where stories come from.", "# The one that everybody reads.", "# The last."):
        assert comment in edited
    assert "\n\n\n" not in edited


def test_adding_and_taking_out_again_leaves_the_file_as_it_was():
    assert without(with_feeds(BOOK, [feed()]), "new").rstrip() == BOOK.rstrip()


@pytest.mark.parametrize(
    "text",
    [
        'sources = [{ id = "times", path = "x" }]\n',
        '[[sources]]\nid = "times"\npath = """\n[[sources]]\n"""\n',
        TEXT_LIKE_A_SOURCE,
    ],
)
def test_a_file_written_in_another_way_is_left_for_its_owner_to_edit(text):
    with pytest.raises(UsageError, match="is not written as one table"):
        without(text, "times")


@given(
    text=st.lists(st.sampled_from(BOOK.splitlines(keepends=True))).map("".join),
    name=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])),
)
def test_whatever_the_file_it_says_the_same_and_the_new_feed_or_is_refused(text, name):
    try:
        before = tomllib.loads(text).get("sources", [])
    except tomllib.TOMLDecodeError:
        return
    try:
        edited = with_feeds(text, [feed(name=name)])
    except UsageError:
        return
    assert tomllib.loads(edited)["sources"][:-1] == before
    assert tomllib.loads(edited)["sources"][-1].get("name", "") == name


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        ("The Example Times: World", "https://a.example/", "the-example-times-world"),
        ("Новости", "https://www.news.example:81/feed", "news-example"),
        ("", "https://news.example/feed", "news-example"),
        ("Taken", "https://a.example/", "taken-3"),
    ],
)
def test_an_id_comes_from_the_title_or_the_host_and_is_free(title, url, expected):
    assert free_id(title, url, {"taken", "taken-2"}) == expected


@given(st.text(), st.from_regex(r"[^\[\]\x00-\x20\x7f/?#\\@]+", fullmatch=True))
def test_an_id_is_always_one_that_the_settings_take(title, host):
    try:
        urlsplit(url := f"https://{host}/")
    except ValueError:  # a host that NFKC would turn into another
        return
    assert feed(id=free_id(title, url, ())).id
