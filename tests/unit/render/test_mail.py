"""The mail: complete, in parts that make every variant, and story text is data (promise 7)."""

import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose.issue import headings, shrink, variant
from digest.errors import DigestError
from digest.model import Mail, Origin, SourceRef, Story, Topic
from digest.render.colours import DARK_CARD, LIGHT_CARD, READABLE, contrast, readable
from digest.render.links import Links
from digest.render.mail import Renderer, assemble, finish
from digest.render.mjml import to_html
from digest.render.placeholders import Placeholders
from digest.render.reading_time import minutes
from digest.render.size_limit import BUDGET, largest
from digest.render.skeleton import encode
from digest.text import clean_line, slugify
from tests.builders import DAY, TREE, issue, layout_of_variant, newsletter, picture, story
from tests.sampling import examples

LINKS = Links("https://news.example.org", "a key", "leave@example.org")
NONCE = "0123456789abcdef"
TOPICS = ("space", "medicine", "culture")
HOSTILE = (
    "{{ 7*7 }}",
    "{% raw %}",
    "</mj-text><mj-raw>",
    "</title><mj-include path='/etc/passwd' />",
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "<!-- x -->",
    "<!--part-foot-->",
    "&lt;b&gt; &amp; &#x3c;",
    "<![CDATA[x]]>",
    "slot-unsubscribe-end",
    "a\\nb \\u{200d}",
    "👩\u200d🚀 مرحبا é",
)
RENDERER = Renderer((), LINKS)


def mail_of(whole, letter=None, topics=frozenset()) -> Mail:
    letter = letter or newsletter()
    rendered = RENDERER.render(whole, letter, NONCE)
    seen = variant(whole, topics, letter)
    assert seen is not None
    return assemble(rendered, seen, letter)


class Page(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(" ".join([tag, *sorted(name for name, _ in attrs)]))
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_data(self, data):
        self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def test_the_mail_holds_all_that_a_subscriber_needs():
    whole = issue(story(1, source_count=3), story(2, topic="medicine"), more=(story(3),))
    mail = mail_of(whole)
    page = Page(mail.html)
    for body in (page.words, " ".join(mail.text.split())):
        for wanted in (
            "Headline 1", "Second bullet of 1.", "First bullet of 2.", "Summary based on 3 sources",
            "Summary based on 1 source:", "Medicine", "More Stories", "Headline 3", "Example Times",
            "1 Example Street", "Saturday, November 21, 2026", "Unsubscribe", "1 min",
        ):  # fmt: skip
            assert wanted in body, wanted
    for wanted in (LINKS.story(whole.lead), LINKS.issue(whole), f"slot-{NONCE}-unsubscribe-end"):
        assert wanted in page.links
        assert wanted in mail.text
    assert "fonts.googleapis" not in mail.html


def cited(*numbers: int | None, **changes) -> Story:
    """A story of nine sources, whose bullets come from those with these numbers."""
    return story(
        1,
        bullets=tuple(f"Bullet {at}." for at, _ in enumerate(numbers, start=1)),
        sources=tuple(SourceRef(f"Paper {number}") for number in range(1, 10)),
        source_count=9,
        origins=tuple(n and Origin("seeds", "a.txt", 1, n) for n in numbers),
        **changes,
    )


def test_each_bullet_has_the_number_of_its_source_where_the_newsletter_says_so():
    whole = issue(cited(2, 8, None), story(2, origins=()))
    mail = mail_of(whole, newsletter(bullet_sources=True))
    for body in (Page(mail.html).words, " ".join(mail.text.split())):
        assert re.search(r"Bullet 1\. \(2\)[ *]*Bullet 2\. \(8\)[ *]*Bullet 3\.(?! ?\()", body)
        # The list names the first five and those that are cited, by the same numbers.
        listed = ", ".join(f"({n}) Paper {n}" for n in (1, 2, 3, 4, 5, 8))
        assert f"Summary based on 9 sources: {listed} and 3 more" in body
        assert not re.search(r"First bullet of 2\. \(", body)
    plain = mail_of(whole)
    for body in (Page(plain.html).words, " ".join(plain.text.split())):
        assert "Bullet 1." in body
        assert "(2)" not in body
        assert "sources: Paper 1, Paper 2, Paper 3, Paper 4, Paper 5 and 4 more" in body


def test_what_a_machine_wrote_is_labelled_in_both_parts_and_in_no_other_place():
    whole = issue(cited(1, machine_written=True), story(2), preheader="Headline 2")
    mail = mail_of(whole)
    for body in (Page(mail.html).words, " ".join(mail.text.split())):
        assert body.count("Written by a machine:") == 1
        assert body.index("Written by a machine:") < body.index("Bullet 1.")
    subject, preheader = headings(whole.stories)
    assert (subject, preheader) == ("Headline 1", "Headline 2")


def many() -> tuple[Story, ...]:
    return tuple(story(n, topic=TOPICS[n % 3], source_count=1 + n % 4) for n in range(1, 13))


def named() -> tuple[Story, ...]:
    """Some of them are told where a choice of topics leaves places."""
    return tuple(story(n, topic=TOPICS[n % 3], source_count=1 + n % 4) for n in range(20, 32))


def test_every_variant_is_byte_for_byte_what_a_direct_render_of_it_gives():
    whole = issue(*many()[:7], more=named())
    rendered = RENDERER.render(whole, newsletter(), NONCE)
    marks = Placeholders(NONCE)
    for size in range(4):
        for chosen in combinations(TOPICS, size):
            seen = variant(whole, frozenset(chosen), newsletter())
            assert seen is not None
            inputs = (seen, newsletter(), layout_of_variant(seen, newsletter()), marks)
            direct = (to_html(RENDERER.mjml(*inputs), "direct"), RENDERER.text(*inputs))
            html, text = (re.sub(rf"<!--part-{NONCE}-[\w.-]+-->", "", side) for side in direct)
            if len(seen.stories) == 1:
                html, text = (without_top(side, marks) for side in direct)
            expected = finish(html, text, seen, newsletter(), marks)
            assert assemble(rendered, seen, newsletter()) == expected


def without_top(side: str, marks: Placeholders) -> str:
    """A mail of one story has no list at the top; the template lays it out all the same."""
    return "".join(v for k, v in marks.split(side).items() if not k.startswith("top"))


def test_a_variant_whose_topics_are_only_named_tells_the_first_of_them():
    whole = issue(
        story(1, topic="space"), more=(story(2, topic="medicine"), story(3, topic="medicine"))
    )
    mail = mail_of(whole, topics=frozenset({"medicine"}))
    assert mail.subject == "Headline 2"
    assert "First bullet of 2." in Page(mail.html).words
    assert "Headline 1" not in mail.html


def test_the_list_at_the_top_leads_to_the_first_three_stories_of_the_variant():
    whole = issue(*(story(n, topic=TOPICS[n % 2]) for n in range(1, 9)))
    mail = mail_of(whole, topics=frozenset({TOPICS[0]}))
    page = Page(mail.html)
    inner = [link for link in page.links if link.startswith("#")]
    assert inner == ["#story-2", "#story-4", "#story-6"]
    assert set(inner) <= {f"#{name}" for name in page.ids}
    assert len(page.ids) == len(set(page.ids))


def test_a_story_that_is_of_no_topic_is_called_so_in_no_more_than_its_group():
    no_topic = (Topic("other", "Other"),)
    alone = mail_of(issue(story(1, topic="other"), topics=no_topic))
    assert "Other" not in alone.html
    assert "Other" not in alone.text
    several = (story(number, topic="other") for number in range(1, 5))
    among = mail_of(issue(*several, topics=no_topic))
    assert among.html.count(">Other<") == 1
    assert len(re.findall(r"^Other$", among.text, re.MULTILINE)) == 1


def test_the_text_part_tells_the_same_stories_in_the_same_order():
    mail = mail_of(issue(*many()))
    orders = [
        [int(n) for n in re.findall(r"Headline (\d+)", text)]
        for text in (Page(mail.html).text.split("21, 2026")[1], mail.text)
    ]
    assert orders[0] == orders[1]
    assert orders[0][:3] == [1, 2, 3]  # at the top
    assert sorted(orders[0][3:]) == list(range(1, 13))


def test_links_of_the_text_part_are_numbers_with_their_addresses_at_the_end():
    mail = mail_of(issue(*many()))
    body, _, end = mail.text.partition("-" * 72)
    used = [int(n) for n in re.findall(r"\[(\d+)\]", body)]
    listed = {int(n): url for n, url in re.findall(r"\[(\d+)\] (\S+)", end)}
    # Of each story its publisher's page, which is the same for all of these, and ours.
    assert used == [number for story in range(2, 14) for number in (1, story)]
    assert sorted(listed) == list(range(1, 14))
    assert "https://" not in body
    assert listed.pop(1) == "https://example.org/a"
    assert all(url.startswith("https://news.example.org/stories/") for url in listed.values())


def test_lines_of_the_text_part_fit_72_columns_where_no_word_is_longer():
    mail = mail_of(issue(story(bullets=("word " * 60,), headline="head " * 40)))
    body = mail.text.partition("[1] http")[0]
    assert max(map(len, body.splitlines())) <= 72


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_story_text_comes_out_as_text(text):
    plain = mail_of(issue(hostile_story("x", 1), hostile_story("x", 2)))
    mail = mail_of(issue(hostile_story(text, 1), hostile_story(text, 2)))
    page = Page(mail.html)
    assert page.tags == Page(plain.html).tags
    assert page.words.count(" ".join(text.split())) >= 6
    assert text in mail.text
    assert not any("onload" in tag for tag in page.tags)


def test_hostile_text_in_the_newsletters_own_words_makes_nothing_either():
    plain = mail_of(issue(), newsletter(tagline="x"))
    for text in HOSTILE:
        letter = newsletter(name=clean_line(text), tagline=text, postal_address=text)
        mail = mail_of(issue(), letter)
        assert Page(mail.html).tags == Page(plain.html).tags


def hostile_story(text: str, number: int = 1) -> Story:
    clean = clean_line(text)
    return story(
        number,
        headline=clean,
        bullets=(clean, clean),
        sources=(SourceRef(clean, "https://example.org/?q=é&b=2"),),
        picture=picture(alt=clean),
    )


@given(st.text(max_size=60).map(clean_line).filter(bool))
@settings(max_examples=examples(60), deadline=None)
def test_no_text_makes_an_element_a_part_or_a_slot(text):
    whole = issue(hostile_story(text))
    plain = RENDERER.render(issue(hostile_story("x")), newsletter(), NONCE)
    rendered = RENDERER.render(whole, newsletter(), NONCE)
    assert list(rendered.html) == list(plain.html)
    assert list(rendered.text) == list(plain.text)
    mail, simple = assemble(rendered, whole, newsletter()), mail_of(issue(hostile_story("x")))
    assert Page(mail.html).tags == Page(simple.html).tags
    assert mail.html.count(f"slot-{NONCE}-") == simple.html.count(f"slot-{NONCE}-")
    assert " ".join(text.split()) in Page(mail.html).words


def test_an_alt_text_arrives_as_it_was_written():
    mail = mail_of(issue(story(picture=picture(alt="Ötzi\u00a0& “co” \\n 👩\u200d🚀"))))
    alt = re.search(r'alt="([^"]*)"', mail.html)
    assert alt is not None
    assert unescape(alt[1]) == "Ötzi & “co” \\n 👩\u200d🚀"


def test_a_right_to_left_newsletter_is_laid_out_so():
    mail = mail_of(issue(), newsletter(language="ar", name="العلوم"))
    assert re.search(r'<html lang="ar" dir="rtl"', mail.html)
    assert "padding-right: 20px" in mail.html
    assert "direction:rtl" in mail.html


def test_a_mail_of_several_issues_says_of_which_days_and_leads_to_all_of_them():
    whole = issue(since=DAY - timedelta(days=3))
    mail = mail_of(whole, newsletter(tagline="The day in science"))
    for side in (mail.html, mail.text):
        assert "Nov 18 – 21, 2026" in side
        assert "What you did not get yet, in one mail" in side
        assert "The day in science" not in side
        assert "https://news.example.org/issues/daily" in side
        assert "/issues/daily/2026-11-21" not in side


def test_what_is_too_large_moves_to_more_stories_and_the_footer_is_never_clipped():
    big = tuple(story(n, bullets=("é" * 900, "é" * 900, "é" * 900)) for n in range(1, 31))
    whole = issue(*big)
    rendered = RENDERER.render(whole, newsletter(), NONCE)
    assert largest(rendered, len(whole.stories)) > BUDGET
    while largest(rendered, len(whole.stories)) > BUDGET:
        smaller = shrink(whole)
        assert smaller is not None
        whole, rendered = smaller, RENDERER.render(smaller, newsletter(), NONCE)
    assert 1 < len(whole.stories) < 30
    assert whole.more
    assert len(encode(assemble(rendered, whole, newsletter()).html)) <= BUDGET


@given(st.integers(1, 40), st.integers(0, 60))
@settings(max_examples=20, deadline=None)
def test_shrinking_ends_and_keeps_the_rank(told, named):
    whole = issue(
        *(story(n) for n in range(told)), more=tuple(story(n) for n in range(told, told + named))
    )
    steps = 0
    while (smaller := shrink(whole)) is not None:
        ids = [s.id for s in (*smaller.stories, *smaller.more)]
        assert ids == sorted(ids)
        whole, steps = smaller, steps + 1
    assert (len(whole.stories), whole.more) == (1, ())
    assert steps <= 2 * told + named


def test_no_variant_is_larger_than_the_bound_says():
    whole = issue(*many()[:7], more=named())
    rendered = RENDERER.render(whole, newsletter(), NONCE)
    for size in range(4):
        for chosen in combinations(TOPICS, size):
            seen = variant(whole, frozenset(chosen), newsletter())
            assert seen is not None
            assert len(encode(assemble(rendered, seen, newsletter()).html)) <= largest(
                rendered, len(whole.stories)
            )


def test_thirty_stories_take_at_most_90_kb():
    sentence = "A sentence of about a hundred and thirty characters, " * 2 + "as stories have them."
    told = tuple(
        story(n, topic=TREE.topics[n % 4].id, headline=sentence[:80], bullets=(sentence,) * 3)
        for n in range(30)
    )
    assert largest(RENDERER.render(issue(*told), newsletter(), NONCE), 30) <= 90_000


def test_an_error_in_a_users_template_names_it_and_the_line(tmp_path):
    (tmp_path / "email").mkdir()
    own = tmp_path / "email" / "issue.mjml.j2"
    for text, message in (
        ("<mjml>\n{% if %}\n</mjml>", r"issue\.mjml\.j2:2"),
        ("<mjml>{{ issue.titel }}</mjml>", "titel"),
    ):
        own.write_text(text)
        with pytest.raises(DigestError, match=message):
            Renderer((tmp_path,), LINKS).render(issue(), newsletter())


def test_reading_time_is_that_of_what_is_shown():
    assert (
        minutes(issue(story(bullets=("word " * 476, "", "", "never shown " * 500))), newsletter())
        == 3
    )


@given(st.integers(0, 0xFFFFFF))
def test_every_accent_can_be_read_on_both_grounds(value):
    for ground in (LIGHT_CARD, DARK_CARD):
        assert contrast(readable(f"#{value:06x}", ground), ground) >= READABLE


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Ötzi's last meal: red deer", "otzi-s-last-meal-red-deer"),
        ("中文", "story"),
        ("a " * 90, "a" + "-a" * 29),
    ],
)
def test_slugs_are_short_ascii(headline, slug):
    assert slugify(headline) == slug
    assert len(slugify(headline)) <= 60


def test_nothing_in_a_right_to_left_mail_runs_left_to_right():
    mail = mail_of(issue(*many()), newsletter(language="he"))
    assert "direction:ltr" not in mail.html
    assert "letter-spacing" not in mail.html


def test_a_tag_that_mjml_would_pass_in_silence_is_refused_with_file_and_line(tmp_path):
    (tmp_path / "email").mkdir()
    own = tmp_path / "email" / "issue.mjml.j2"
    own.write_text("<mjml>\n<mj-body>\n<mj-sectoin></mj-sectoin>\n</mj-body></mjml>")
    with pytest.raises(DigestError, match=r"issue\.mjml\.j2:3: .*mj-sectoin"):
        Renderer((tmp_path,), LINKS).render(issue(), newsletter())
