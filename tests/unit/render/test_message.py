"""Messages: headers by the book, and a skeleton that says what the slow road says."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Mail, Newsletter, Subscriber
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.message import VariantMessages, slot_values
from digest.render.placeholders import Placeholders
from digest.render.skeleton import body_skeleton, encode
from digest.text import clean_line
from tests import reference_message as slow_road
from tests.builders import NOON, issue, newsletter, story
from tests.sampling import examples

LINKS = Links("https://news.example.org", "a key", "leave@example.org")
NONCE = "0123456789abcdef"
SUBSCRIBER = Subscriber(7, "ada@example.org", "Ada")
MAIL = assemble(Renderer((), LINKS).render(issue(), newsletter(), NONCE), issue(), newsletter())


def send(
    mail: Mail = MAIL,
    subscriber: Subscriber = SUBSCRIBER,
    letter: Newsletter | None = None,
    links: Links = LINKS,
) -> bytes:
    return (
        VariantMessages(mail, issue(), letter or newsletter(), links)
        .envelope(subscriber, NOON)
        .message
    )


def parse(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.SMTPUTF8)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    assert not body.defects
    content = body.get_content()
    assert isinstance(content, str)
    return content


def bare(text: str, html: str = "<p>x</p>") -> Mail:
    return Mail("Subject", "Preheader", html, text, NONCE)


_slot = Placeholders(NONCE).slot
SMALL = bare(
    f"To {_slot('address')}: {_slot('unsubscribe')} é\n{_slot('preferences')}\n",
    f'<p>é</p><a href="{_slot("unsubscribe")}">{_slot("address")}</a>\n',
)


def test_the_headers_are_by_the_book():
    envelope = VariantMessages(MAIL, issue(), newsletter(), LINKS).envelope(SUBSCRIBER, NOON)
    message = parse(envelope.message)
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


@pytest.mark.parametrize("text", ["Sub\r\nBcc: all@example.org", "Sub\nX: y", "a\u2028b", "a\x00b"])
def test_a_line_end_in_a_subject_or_a_name_makes_no_header(text):
    mail = Mail(text, "", "<p>x</p>", "x", NONCE)
    letter = newsletter(
        sender="{} <daily@example.org>".format(re.sub("[:@]", " ", clean_line(text)))
    )
    message = parse(send(mail, Subscriber(7, "ada@example.org", text), letter))
    assert message["Bcc"] is None
    assert message["X"] is None
    assert len(message.keys()) == len(set(message.keys()))


def test_list_unsubscribe_stands_unfolded_and_unencoded_however_long():
    far = Links("https://news.example.org/" + "a" * 300, "a key", "leave@example.org")
    line = next(x for x in send(links=far).split(b"\r\n") if x.startswith(b"List-Unsubscribe:"))
    assert line.startswith(b"List-Unsubscribe: <https://news.example.org/aaa")
    assert b"=?" not in line
    assert b"<mailto:leave@example.org?subject=unsubscribe%20" in line
    assert line.endswith(b">")


def lines_are_legal(message: bytes) -> None:
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")
    head, _, body = message.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not any(line.startswith(b".") for line in message.split(b"\r\n"))
    body.decode("ascii")


def test_no_line_is_over_998_bytes_and_body_lines_keep_to_76():
    whole = issue(story(headline="é" * 900, bullets=("x" * 3000,)))
    letter = newsletter(name="N" * 300)
    mail = assemble(Renderer((), LINKS).render(whole, letter), whole, letter)
    lines_are_legal(send(mail, letter=letter))


def test_the_same_message_has_the_same_id_when_it_is_sent_again():
    assert send() == send()
    other = parse(send(subscriber=Subscriber(8, "ben@example.org")))
    assert other["Message-ID"] != parse(send())["Message-ID"]


def test_a_message_holds_the_subscribers_own_links_and_no_open_slot():
    message = parse(send(subscriber=Subscriber(7, "o'neil&co@example.org")))
    values = slot_values(newsletter(), SUBSCRIBER, LINKS)
    assert f'href="{values["unsubscribe"]}"' in part(message, "html")
    assert values["preferences"] in part(message, "plain")
    assert "o&#x27;neil&amp;co@example.org" in part(message, "html")
    for kind in ("plain", "html"):
        assert "slot-" not in part(message, kind)


NAMES = st.text(max_size=80) | st.sampled_from(
    ["Ada", "", '"Ada"', "Ada, Countess", "Ödön von Horváth", "李小龍", "a" * 120, "=?utf-8?q?x?=",
     "Ada\r\nBcc: x@example.org", "<ada>", "Ada (home)", "👩\u200d🚀", "Ada; x", "\\", "@", "."]
)  # fmt: skip
LOCALS = st.from_regex(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}(\.[A-Za-z0-9-]{1,10}){0,2}", fullmatch=True
)


@given(
    NAMES, LOCALS | st.sampled_from(["jösé", "用户"]), st.integers(1, 10**12), st.text(max_size=300)
)
@settings(max_examples=examples(60), deadline=None)
def test_the_skeleton_says_what_the_slow_road_says(name, local, number, key):
    links = Links(
        "https://news.example.org/" + "x" * (len(key) % 90), key or "k", "leave@example.org"
    )
    subscriber = Subscriber(number, f"{local}@example.org", clean_line(name))
    fast = send(SMALL, subscriber, links=links)
    slow = slow_road.build(SMALL, issue(), newsletter(), subscriber, links, NOON)
    if local.isascii():
        lines_are_legal(fast)
    quick, reference = parse(fast), parse(bytes(slow))
    for header in slow:
        if header not in ("Content-Type", "MIME-Version"):
            # The parser puts a blank between encoded words of two kinds (RFC 2047, 6.2).
            sides = ("".join(str(side[header]).split()) for side in (quick, reference))
            assert len(set(sides)) == 1, header
    for kind in ("plain", "html"):
        assert part(quick, kind).encode() == part(reference, kind).encode()


WILD = st.lists(
    st.sampled_from([*"ab .=\n-é<&", "\u2028", "👩", "x" * 75, "..", "\n.", " \n", "\t\n"]),
    max_size=20,
).map("".join)


@given(WILD, WILD, WILD)
@settings(max_examples=examples(80), deadline=None)
def test_any_text_around_slots_arrives_as_it_was(before, between, after):
    marks = Placeholders(NONCE)
    text = f"{before}{marks.slot('address')}{between}{marks.slot('unsubscribe')}{after}"
    message = send(bare(text))
    values = slot_values(newsletter(), SUBSCRIBER, LINKS)
    lines_are_legal(message)
    arrived = part(parse(message), "plain").replace("\r\n", "\n")
    assert arrived == f"{before}{values['address']}{between}{values['unsubscribe']}{after}"


def test_a_dot_at_the_start_of_a_line_is_hidden():
    for text in (".", "..", ".a", "a\n.b", "." * 200, "\n.\n", "." + "x" * 75):
        encoded = encode(text)
        assert not any(line.startswith(b".") for line in encoded.split(b"\r\n"))
        assert max(map(len, encoded.split(b"\r\n"))) <= 76


def test_a_slot_that_nothing_fills_is_an_error():
    with pytest.raises(ValueError, match="nonsense"):
        body_skeleton(f"x {Placeholders(NONCE).slot('nonsense')}", Placeholders(NONCE), "text")


def test_a_mark_of_another_rendering_is_text():
    message = parse(send(bare("x " + Placeholders("f" * 16).slot("address"))))
    assert re.search(r"slot-f{16}-address-end", part(message, "plain"))


def test_tokens_are_bound_to_their_purpose_and_hold_no_address():
    token = LINKS.unsubscribe("daily", 7).rpartition("/")[2]
    assert LINKS.read_token("unsubscribe", token) == ("daily", 7)
    assert LINKS.read_token("preferences", token) is None
    assert LINKS.read_token("unsubscribe", token[:-1] + "!") is None
    assert Links("https://x.test", "another key").read_token("unsubscribe", token) is None
