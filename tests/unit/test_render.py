"""The mail: complete, and story text is data in every place where it is used (promise 7)."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import DigestError
from digest.model import Envelope, Image, Mail, SourceRef, Story, Subscriber
from digest.render.colours import DARK_CARD, LIGHT_CARD, READABLE, contrast, readable
from digest.render.links import Links
from digest.render.mail import Renderer, summary_line
from digest.render.message import build_envelope, slot_values
from digest.render.mjml import to_html
from digest.render.slots import Slots
from digest.text import clean_line, slugify
from tests.builders import NOON, issue, newsletter, story

LINKS = Links("https://news.example.org", "a key", "leave@example.org")
READER = Subscriber(7, "ada@example.org", "Ada")
HOSTILE = (
    "{{ 7*7 }}",
    "{% raw %}",
    "</mj-text><mj-raw>",
    "</title><mj-include path='/etc/passwd' />",
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "<!-- x -->",
    "&lt;b&gt; &amp; &#x3c;",
    "<![CDATA[x]]>",
    "slot-unsubscribe-end",
    "a\\nb \\u{200d}",
    "👩\u200d🚀 مرحبا é",
)


def make_renderer(*folders) -> Renderer:
    return Renderer(folders, LINKS, Slots("0123456789abcdef"))


class Skeleton(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(" ".join([tag, *sorted(name for name, _ in attrs)]))
        self.links += [value for name, value in attrs if name in ("href", "src") and value]

    def handle_data(self, data):
        self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def message_of(mail: Mail, **changes) -> tuple[Envelope, EmailMessage]:
    letter = changes.pop("newsletter", newsletter())
    envelope = build_envelope(
        mail,
        changes.pop("issue", issue()),
        letter,
        changes.pop("subscriber", READER),
        links=LINKS,
        slots=Slots("0123456789abcdef"),
        now=NOON,
    )
    parsed = message_from_bytes(envelope.message, policy=policy.SMTP)
    assert isinstance(parsed, EmailMessage)
    return envelope, parsed


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content = body.get_content()
    assert isinstance(content, str)
    return content


def test_the_mail_holds_all_that_a_reader_needs():
    whole = issue(story(1, source_count=3), story(2, topic="medicine"), more=(story(3),))
    mail = make_renderer().render(whole, newsletter())
    page = Skeleton(mail.html)
    for body in (page.words, " ".join(mail.text.split())):
        for wanted in (
            "Headline 1",
            "First bullet of 1.",
            "Second bullet of 2.",
            "Summary based on 3 sources",
            "Summary based on 1 source",
            "Medicine",
            "More Stories",
            "Headline 3",
            "Example Times",
            "1 Example Street",
            "Saturday, 21 November 2026",
            "Unsubscribe",
        ):
            assert wanted in body, wanted
    for wanted in (
        LINKS.story(whole.lead),
        LINKS.issue(whole),
        "slot-0123456789abcdef-unsubscribe-end",
    ):
        assert wanted in page.links
        assert wanted in mail.text
    assert "fonts.googleapis" not in mail.html


def test_the_text_part_tells_the_same_stories_in_the_same_order():
    whole = issue(*(story(n, topic=("space", "medicine")[n % 2]) for n in range(1, 9)))
    mail = make_renderer().render(whole, newsletter())
    order = [
        [int(n) for n in re.findall(r"Headline (\d+)", text)]
        for text in (Skeleton(mail.html).text.split("21 November")[1], mail.text)
    ]
    assert order[0] == order[1]
    assert sorted(order[0]) == list(range(1, 9))


def test_lines_of_the_text_part_fit_72_columns_where_no_word_is_longer():
    mail = make_renderer().render(issue(story(bullets=("word " * 60,))), newsletter())
    assert all(len(line) <= 72 for line in mail.text.splitlines() if "http" not in line)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_story_text_comes_out_as_text(text):
    plain = make_renderer().render(issue(hostile_story("x"), hostile_story("x")), newsletter())
    mail = make_renderer().render(issue(hostile_story(text), hostile_story(text)), newsletter())
    page = Skeleton(mail.html)
    assert page.tags == Skeleton(plain.html).tags
    assert page.words.count(" ".join(text.split())) >= 6
    assert text in mail.text
    assert not any("onload" in tag for tag in page.tags)


def hostile_story(text: str) -> Story:
    clean = clean_line(text)
    return story(
        headline=clean,
        bullets=(clean, clean),
        sources=(SourceRef(clean, "https://example.org/?q=é&b=2"),),
        image=Image("https://example.org/é.jpg", clean),
    )


@given(st.text(max_size=60).map(clean_line).filter(bool))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_an_element_or_a_slot(text):
    plain = make_renderer().render(issue(hostile_story("x")), newsletter())
    mail = make_renderer().render(issue(hostile_story(text)), newsletter())
    assert Skeleton(mail.html).tags == Skeleton(plain.html).tags
    assert mail.html.count("slot-0123456789abcdef-") == plain.html.count("slot-0123456789abcdef-")
    assert " ".join(text.split()) in Skeleton(mail.html).words


@pytest.mark.parametrize("text", ["Sub\r\nBcc: all@example.org", "Sub\nX: y", "a\u2028b", "a\x00b"])
def test_a_line_end_in_a_subject_or_a_name_makes_no_header(text):
    mail = Mail(text, "", "<p>x</p>", "x")
    _, message = message_of(mail, subscriber=Subscriber(7, "ada@example.org", text))
    assert message["Bcc"] is None
    assert message["X"] is None
    assert len(message.keys()) == len(set(message.keys()))


def test_the_headers_are_by_the_book():
    mail = make_renderer().render(issue(), newsletter())
    envelope, message = message_of(mail)
    assert message["From"] == "Daily <daily@example.org>"
    assert message["To"] == "Ada <ada@example.org>"
    assert message["Subject"] == "Headline 1"
    assert message["Date"].datetime == NOON
    assert message["Message-ID"] == "<daily-2026-11-21-7@example.org>"
    assert message["List-Id"] == '"Daily" <daily.example.org>'
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert (envelope.sender, envelope.recipient) == ("daily@example.org", "ada@example.org")
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]


def test_list_unsubscribe_stands_unfolded_and_unencoded_however_long():
    mail = make_renderer().render(issue(), newsletter())
    far = Links("https://news.example.org/" + "a" * 300, "a key", "leave@example.org")
    envelope = build_envelope(
        mail, issue(), newsletter(), READER, links=far, slots=Slots("0" * 16), now=NOON
    )
    line = next(x for x in envelope.message.split(b"\r\n") if x.startswith(b"List-Unsubscribe:"))
    assert line.startswith(b"List-Unsubscribe: <https://news.example.org/aaa")
    assert b"=?" not in line
    assert line.endswith(b">")
    assert b"<mailto:leave@example.org?subject=unsubscribe%20" in line


def test_no_line_is_over_998_bytes_and_body_lines_keep_to_76():
    whole = issue(story(headline="é" * 900, bullets=("x" * 3000,)))
    mail = make_renderer().render(whole, newsletter(name="N" * 300))
    envelope, _ = message_of(mail, newsletter=newsletter(name="N" * 300))
    head, _, body = envelope.message.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    encoded = re.split(rb"\r\n--=_[^\r]*\r\n", body)
    assert all(
        len(line) <= 76
        for text in encoded
        for line in text.partition(b"\r\n\r\n")[2].split(b"\r\n")
    )
    assert b"\n" not in envelope.message.replace(b"\r\n", b"")


def test_the_same_message_has_the_same_id_when_it_is_sent_again():
    mail = make_renderer().render(issue(), newsletter())
    assert message_of(mail)[1]["Message-ID"] == message_of(mail)[1]["Message-ID"]
    other = message_of(mail, subscriber=Subscriber(8, "ben@example.org"))[1]
    assert other["Message-ID"] != message_of(mail)[1]["Message-ID"]


def test_a_message_holds_the_readers_own_links_and_no_open_slot():
    mail = make_renderer().render(issue(), newsletter())
    _, message = message_of(mail, subscriber=Subscriber(7, "o'neil&co@example.org"))
    values = slot_values(newsletter(), READER, LINKS)
    assert values["unsubscribe"] in Skeleton(part(message, "html")).links
    assert values["preferences"] in part(message, "plain")
    assert "o'neil&co@example.org" in Skeleton(part(message, "html")).text
    for kind in ("plain", "html"):
        assert "slot-" not in part(message, kind)


def test_an_address_beyond_ascii_is_kept():
    mail = make_renderer().render(issue(), newsletter())
    envelope, _ = message_of(mail, subscriber=Subscriber(7, "jösé@example.org"))
    assert "To: jösé@example.org".encode() in envelope.message


def test_tokens_are_bound_to_their_purpose_and_hold_no_address():
    token = LINKS.unsubscribe("daily", 7).rpartition("/")[2]
    assert LINKS.read_token("unsubscribe", token) == ("daily", 7)
    assert LINKS.read_token("preferences", token) is None
    assert LINKS.read_token("unsubscribe", token[:-1] + "!") is None
    assert Links("https://x.test", "another key").read_token("unsubscribe", token) is None


def test_an_error_in_a_users_template_names_it_and_the_line(tmp_path):
    (tmp_path / "email").mkdir()
    own = tmp_path / "email" / "issue.mjml.j2"
    own.write_text("<mjml>\n{% if %}\n</mjml>")
    with pytest.raises(DigestError, match=r"issue\.mjml\.j2:2"):
        make_renderer(tmp_path).render(issue(), newsletter())
    own.write_text("<mjml>{{ issue.titel }}</mjml>")
    with pytest.raises(DigestError, match="titel"):
        make_renderer(tmp_path).render(issue(), newsletter())
    own.write_text("<mjml><mj-body><mj-section></mj-body></mjml>")
    with pytest.raises(DigestError, match=r"issue\.mjml\.j2 is not MJML"):
        make_renderer(tmp_path).render(issue(), newsletter())


def test_an_unknown_tag_is_an_error_and_not_a_broken_mail():
    with pytest.raises(DigestError, match="mj-texd"):
        to_html(
            "<mjml><mj-body><mj-section><mj-column><mj-text><mj-texd>x</mj-texd></mj-text>"
            "</mj-column></mj-section></mj-body></mjml>",
            "mine.mjml",
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


def test_one_source_is_singular():
    assert summary_line(story(source_count=1)) == "Summary based on 1 source"
    assert summary_line(story(source_count=2)) == "Summary based on 2 sources"
