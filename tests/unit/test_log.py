"""No subscriber's address stands in the log, in whatever way it came there."""

import logging
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digest import log
from digest.text import mask_addresses

LETTERS = st.characters(categories=["L", "N"])
SIGNS = st.sampled_from("!#$%&*+-/=?^_`{|}~.'")
ATOM = st.text(LETTERS | SIGNS, min_size=1, max_size=30)
QUOTED = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=20).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
LABEL = st.text(LETTERS, min_size=1, max_size=12)
DOMAIN = st.lists(LABEL, min_size=1, max_size=4).map(".".join)
LITERAL = st.sampled_from(["[192.0.2.1]", "[IPv6:2001:db8::1]"])
AROUND = st.sampled_from(
    ["{}", "<{}>", "550 5.1.1 <{}> unknown", "to={}", "'{}'", '"{}"', "({})", "a {}, b", "rcpt:{};"]
)


@st.composite
def addresses(draw):
    local = draw(ATOM | QUOTED)
    assume(any(sign.isalnum() for sign in local))
    assume("***" not in local)
    return local, draw(DOMAIN | LITERAL)


@given(addresses(), AROUND)
def test_no_address_of_any_shape_survives(address, around):
    local, domain = address
    text = around.format(f"{local}@{domain}")
    masked = mask_addresses(text)
    assert f"{local}@" not in masked
    assert f"***@{domain}" in masked
    before = masked.partition("***@")[0]
    assert len(before) <= len(around.partition("{}")[0]) + 2


@given(addresses(), st.sampled_from([list, tuple, ValueError, lambda x: {"a": {x[0]: x}}]))
def test_nor_in_any_value_however_deep(address, wrap):
    local, domain = address
    text = f"{local}@{domain}"
    event = log.mask_event(None, "info", {"event": text, "deep": wrap([text])})
    assert f"{local}@" not in str(event)


def mask_all(value):
    return log.mask_event(None, "info", {"value": value})["value"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("550 5.1.1 <subscriber@example.org> unknown", "550 5.1.1 <s***@example.org> unknown"),
        ("öta@exämple.org, 'b@example.org'", "ö***@exämple.org, 'b***@example.org'"),
        ("用户@例子.广告", "用***@例子.广告"),
        ('"ada l"@example.org', "a***@example.org"),
        ("bounces+ada=example.org@news.org", "b***@news.org"),
        ("Why?s=mfrom;id=ada%40example.org;ip=1", "Why?s=mfrom;i***@example.org;ip=1"),
        ("postgresql://user:secret@db.example.org/x", "postgresql://user:s***@db.example.org/x"),
    ],
)
def test_what_is_left_tells_the_domain_and_nobody(text, masked):
    assert mask_addresses(text) == masked


@pytest.mark.parametrize("text", ["", "no address", "one @ two", "@decorator", "at 100 %", "a@"])
def test_what_is_no_address_stays(text):
    assert mask_addresses(text) == text


def test_what_a_terminal_would_obey_is_shown_as_text():
    event = {"event": "\x1b[2J", "said": ["\u202eabc\x9b1m"], "error": ValueError("a\rb")}
    told = str(log.mask_event(None, "info", event))
    assert not set("\x1b\u202e\x9b\r") & set(told)
    assert "u001b[2J" in told


def test_values_that_are_no_text_stay():
    assert mask_all(7) == 7
    assert mask_all(None) is None
    assert mask_all(0.5) == 0.5


def test_a_long_text_is_masked_in_no_time():
    began = time.perf_counter()
    for text in ("x" * 300_000 + "@ ", '"' * 20_000 + "@", '"a' * 50_000 + "@", "a@" * 50_000):
        mask_addresses(text)
    assert time.perf_counter() - began < 2


def test_the_lines_of_libraries_are_masked_too(capsys):
    handler = log.library_handler()
    record = logging.LogRecord("x", logging.WARNING, "", 1, "to %s", ("ada@example.org",), None)
    handler.handle(record)
    assert capsys.readouterr().err == "to a***@example.org\n"
