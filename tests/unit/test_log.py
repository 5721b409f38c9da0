"""No subscriber's address stands in the log, in whatever way it came there."""

import errno
import json
import logging
import re
import time
from dataclasses import fields, replace

import pytest
import structlog
from hypothesis import assume, given
from hypothesis import strategies as st

from digest import log
from digest.errors import DigestError
from digest.incidents import key_of
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
    began = time.process_time()
    for text in ("x" * 300_000 + "@ ", '"' * 20_000 + "@", '"a' * 50_000 + "@", "a@" * 50_000):
        mask_addresses(text)
    assert time.process_time() - began < 2


@pytest.fixture
def lines(capsys):
    """The lines that a process wrote to its log."""
    before, library = replace(log._setup), logging.lastResort
    log.configure(logging.INFO)

    def written():
        return capsys.readouterr().err.splitlines()

    yield written
    for each in fields(before):
        setattr(log._setup, each.name, getattr(before, each.name))
    logging.lastResort = library
    structlog.reset_defaults()


def test_the_lines_of_libraries_have_our_form_and_are_masked_too(lines):
    for name in ("uvicorn.error", "apscheduler.executors.default", "some.library"):
        record = logging.LogRecord(name, 30, "", 1, "to %s\nand more", ("ada@example.org",), None)
        log.library_handler().handle(record)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n")
    logging.getLogger("apscheduler.scheduler").warning("Run time of job was missed")
    logging.getLogger("psycopg").warning("error ignored terminating <psycopg.Pipeline [BAD]>")
    written = lines()
    assert all(line.startswith("timestamp=") for line in written)
    assert 'event="to a***@example.org" module=uvicorn.error' in written[0]
    assert "Exception in ASGI application" in written[3]
    assert "module=apscheduler.scheduler" in written[4]
    assert len(written) == 5


def test_an_error_of_the_system_is_one_line_in_words_with_its_first_cause(lines):
    error = ExceptionGroup("unhandled errors in a TaskGroup", [KeyError("later")])
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    try:
        raise error
    except ExceptionGroup:
        log.get_logger("digest.scheduler").exception("tick failed")
    (line,) = lines()
    assert 'cause="the disk is full"' in line
    assert "Traceback" not in line
    assert len(line) < 200


def test_a_fault_of_the_program_is_one_line_that_names_the_place(lines):
    def deep(depth):
        return deep(depth - 1) if depth else key_of(None)  # type: ignore[arg-type]

    try:
        deep(50)
    except TypeError:
        log.get_logger("digest.scheduler").exception("tick failed")
    (line,) = lines()
    assert 'cause="a fault in this program: TypeError: ' in line
    assert re.search(r'at="incidents.py:\d+ key_of"', line)
    assert len(line) < 300


def test_an_error_with_its_own_words_is_told_in_them(lines):
    error = DigestError("config/x.toml cannot be read: Permission denied")
    error.__cause__ = PermissionError(errno.EACCES, "denied")
    try:
        raise error
    except DigestError:
        log.get_logger("digest.scheduler").exception("tick failed")
    assert 'cause="config/x.toml cannot be read: Permission denied"' in lines()[0]


def test_as_json_each_line_is_a_document_of_the_same_keys(lines):
    log.use_form("json")
    reply = "450 4.2.0 <ada@example.org> l\u00e4ter"
    log.get_logger("digest.deliver").warning("put off", reply=reply)
    logging.getLogger("uvicorn.error").error("no more connections")
    first, second = map(json.loads, lines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "level": "warning",
        "event": "put off",
        "module": "digest.deliver",
        "reply": "450 4.2.0 <a***@example.org> l\u00e4ter",
    }
    assert (second["module"], second["event"]) == ("uvicorn.error", "no more connections")


WORDS = st.text(st.sampled_from('ab="\\ \n\té@'), max_size=8) | st.none() | st.booleans()


@given(st.dictionaries(st.sampled_from(["route", "status", "ms"]), WORDS | st.floats()))
def test_a_line_is_written_as_structlog_would(values):
    event = {**values, "event": "request", "level": "info", "timestamp": "2026-11-21T06:00:00Z"}
    renderer = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    assert log.render_logfmt(None, "", dict(event)) == renderer(None, "", dict(event))


def test_a_process_that_stays_writes_the_same_trouble_once_an_hour():
    seconds = 0.0
    repeats = log.Repeats(lambda: seconds)
    written = []
    for minute in range(121):
        seconds = minute * 60.0
        for event in ({"level": "warning", "event": "gone"}, {"level": "info", "event": "well"}):
            try:
                written.append((minute, repeats(None, "", dict(event))["event"]))
            except structlog.DropEvent:
                continue
    assert [minute for minute, event in written if event == "gone"] == [0, 60, 120]
    assert sum(event == "well" for _, event in written) == 121
