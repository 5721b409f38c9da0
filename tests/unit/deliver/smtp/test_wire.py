"""SMTP without I/O: replies cut anywhere, every turn of a conversation, servers of any kind."""

from base64 import b64decode
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.deliver.backend import ConnectionEnd, Ending, Reply
from digest.deliver.smtp.auth import Credentials, login_lines
from digest.deliver.smtp.wire import (
    LONGEST_LINE,
    Capabilities,
    ClientOptions,
    Conversation,
    ProtocolError,
    ReplyReader,
)
from digest.model import Envelope, Outcome, Verdict
from tests.sampling import examples

SENDER = "daily@example.org"
PIPELINED = ("250-mx.example.net hello", "250-PIPELINING", "250 HELP")
PLAIN = ("250 mx.example.net",)
SENT, RETRY, REJECTED, IN_DOUBT, STOP = (
    Verdict.SENT,
    Verdict.RETRY,
    Verdict.REJECTED,
    Verdict.IN_DOUBT,
    Verdict.STOP,
)


def envelope(name: str, message: bytes = b"") -> Envelope:
    recipient = f"{name}@example.org"
    return Envelope(SENDER, recipient, message or f"Subject: {name}\r\n\r\nx\r\n".encode(), name)


def crlf(lines: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


class Talk:
    """A conversation, its envelopes, and all that came of it in order."""

    def __init__(self, *envelopes: Envelope | str, **terms) -> None:
        self.waiting = [envelope(e) if isinstance(e, str) else e for e in envelopes]
        self.pulled: list[str] = []
        self.outcomes: list[tuple[str, Outcome]] = []
        self.written = b""
        self.conversation = Conversation(ClientOptions(**terms), self._source, self._done)

    def _source(self) -> Envelope | None:
        if not self.waiting:
            return None
        self.pulled.append(self.waiting[0].name)
        return self.waiting.pop(0)

    def _done(self, envelope: Envelope, outcome: Outcome) -> None:
        self.outcomes.append((envelope.name, outcome))

    def hear(self, *lines: str) -> str:
        return self.hear_bytes(crlf(lines))

    def hear_bytes(self, data: bytes) -> str:
        out = self.conversation.receive(data)
        self.written += out
        return out.decode()

    def greeted(self, *ehlo: str) -> "Talk":
        self.hear("220 mx.example.net ESMTP")
        self.hear(*(ehlo or PIPELINED))
        return self

    @property
    def end(self) -> ConnectionEnd:
        assert self.conversation.end is not None
        return self.conversation.end

    @property
    def given_back(self) -> list[str]:
        return [e.name for e in self.end.not_attempted]

    @property
    def verdicts(self) -> list[tuple[str, Verdict]]:
        return [(name, outcome.verdict) for name, outcome in self.outcomes]


# Replies.


def read(*chunks: bytes) -> list[Reply]:
    reader = ReplyReader()
    return [reply for chunk in chunks for reply in reader.feed(chunk)]


@pytest.mark.parametrize(
    ("data", "replies"),
    [
        (b"250 2.1.0 Ok\r\n", [Reply(250, "2.1.0 Ok")]),
        (b"250\r\n", [Reply(250, "")]),
        (b"354 bare\n250\n", [Reply(354, "bare"), Reply(250, "")]),
        (b"250-one\r\n250-\r\n250 three\r\n", [Reply(250, "one\n\nthree")]),
        (b"250-one\r\n250\r\n", [Reply(250, "one\n")]),
        ("550 kein Empfänger\r\n".encode(), [Reply(550, "kein Empfänger")]),
        (b"550 \xff\x1b[2Jx\r\n", [Reply(550, "\N{REPLACEMENT CHARACTER}?[2Jx")]),
        (b"250 not yet", []),
    ],
)
def test_replies_are_read(data, replies):
    assert read(data) == replies


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n",
        b"\r\n",
        b"25 ok\r\n",
        b"2\r\n",
        b"250_ok\r\n",
        b"150 ok\r\n",
        b"600 ok\r\n",
        b"-50 ok\r\n",
        "\N{SUPERSCRIPT TWO}50 ok\r\n".encode(),
        b"250-one\r\n251 two\r\n",
        b"250 " + b"x" * LONGEST_LINE + b"\r\n",
        b"250 " + b"x" * LONGEST_LINE,
        b"250-x\r\n" * 1000,
    ],
)
def test_what_is_no_reply_is_an_error(data):
    with pytest.raises(ProtocolError):
        read(data)


def test_of_a_long_refusal_the_beginning_is_kept_and_of_an_offer_all():
    line = b"x" * 900 + b"\r\n"
    (refused,) = ReplyReader().feed(b"550-" + line + b"550-" + line + b"550 " + line)
    assert len(refused.text) == 1000
    (offered,) = ReplyReader().feed(b"250-" + line + b"250-" + line + b"250 " + line)
    assert len(offered.text) > 2700


def test_replies_ahead_of_an_error_are_given_out():
    feed = ReplyReader().feed(b"250 ok\r\nrubbish\r\n")
    assert next(feed) == Reply(250, "ok")
    with pytest.raises(ProtocolError, match="rubbish"):
        next(feed)


@given(
    st.lists(
        st.tuples(
            st.integers(200, 599),
            st.lists(st.from_regex(r"[!-~]{0,9}", fullmatch=True), min_size=1, max_size=4),
        ),
        max_size=5,
    ),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_replies_are_the_same_wherever_they_are_cut(replies, cuts):
    data = b"".join(
        f"{code}{' ' if n == len(lines) - 1 else '-'}{line}\r\n".encode()
        for code, lines in replies
        for n, line in enumerate(lines)
    )
    assert read(*cut(data, cuts)) == [Reply(code, "\n".join(lines)) for code, lines in replies]


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place for place in cuts if place < len(data))})
    return [data[a:b] for a, b in pairwise(places)]


def test_capabilities_are_read():
    offers = Capabilities.parse(
        "mx hello\nSIZE 1000\nauth plain Login\nAUTH=XOAUTH2\n\nPipelining\n8BITMIME"
    )
    assert offers.size == 1000
    assert offers.mechanisms == {"PLAIN", "LOGIN", "XOAUTH2"}
    assert {"PIPELINING", "8BITMIME"} <= offers.keywords
    assert "MX" not in offers.keywords


@pytest.mark.parametrize("line", ["SIZE", "SIZE 0", "SIZE many", "HELP"])
def test_a_size_of_nothing_is_no_limit(line):
    assert Capabilities.parse(f"mx\n{line}").size == 0


# Logging in.


@pytest.mark.parametrize(
    ("offered", "credentials", "lines"),
    [
        ("LOGIN PLAIN", Credentials("u", "p"), [b"AUTH PLAIN AHUAcA=="]),
        ("LOGIN", Credentials("u", "p"), [b"AUTH LOGIN", b"dQ==", b"cA=="]),
        (
            "PLAIN XOAUTH2",
            Credentials("u", "p", "t"),
            [b"AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIHQBAQ==", b""],
        ),
        ("PLAIN XOAUTH2", Credentials("u", "p"), [b"AUTH PLAIN AHUAcA=="]),
        ("PLAIN", Credentials("u", "p", "t"), [b"AUTH PLAIN AHUAcA=="]),
        ("PLAIN", Credentials("u", token="t"), None),
        ("CRAM-MD5", Credentials("u", "p"), None),
        ("", Credentials("u", "p"), None),
    ],
)
def test_the_best_mechanism_is_chosen(offered, credentials, lines):
    assert login_lines(offered.split(), credentials) == lines


def test_a_long_token_goes_on_a_line_of_its_own():
    command, response, empty = login_lines(["XOAUTH2"], Credentials("u", token="t" * 900)) or []
    assert (command, empty) == (b"AUTH XOAUTH2", b"")
    assert b64decode(response) == b"user=u\1auth=Bearer " + b"t" * 900 + b"\1\1"


def test_secrets_are_not_in_what_is_printed():
    assert "hush" not in repr(Credentials("u", "hush", "hush"))


def test_login_line_by_line():
    talk = Talk("a", credentials=Credentials("u", "p"))
    talk.hear("220 mx")
    assert talk.hear("250-mx", "250 AUTH LOGIN") == "AUTH LOGIN\r\n"
    assert talk.hear("334 VXNlcm5hbWU6") == "dQ==\r\n"
    assert talk.hear("334 UGFzc3dvcmQ6") == "cA==\r\n"
    assert talk.hear("235 2.7.0 welcome").startswith("MAIL FROM")


@pytest.mark.parametrize(
    ("reply", "ending", "said"),
    [
        ("535 5.7.8 wrong", Ending.REFUSED, "the server refused the log-in: 535 5.7.8 wrong"),
        ("454 4.7.0 later", Ending.LATER, "the server refused the log-in: 454 4.7.0 later"),
        ("421 4.3.0 bye", Ending.LATER, "the server answered 421 4.3.0 bye"),
        ("250 what", Ending.LATER, "out of step"),
    ],
)
def test_a_login_that_fails_attempts_nothing(reply, ending, said):
    talk = Talk("a", credentials=Credentials("u", "p"))
    talk.greeted("250-mx", "250 AUTH PLAIN")
    talk.hear(reply)
    assert talk.end.ending is ending
    assert said in talk.end.detail
    assert (talk.end.outcome is not None) == (ending is Ending.REFUSED)
    assert talk.pulled == []


def test_a_refused_token_is_answered_empty_and_endless_questions_end():
    talk = Talk("a", credentials=Credentials("u", token="t"))
    talk.greeted("250-mx", "250 AUTH XOAUTH2")
    assert talk.hear("334 eyJzdGF0dXMiOiI0MDEifQ==") == "\r\n"
    assert talk.hear("334 again") == "*\r\n"
    talk.hear("334 and again")
    assert talk.end.ending is Ending.LATER


def test_no_mechanism_that_fits_is_a_refusal():
    talk = Talk("a", credentials=Credentials("u", "p")).greeted("250-mx", "250 AUTH GSSAPI")
    assert talk.end.ending is Ending.REFUSED
    assert "it offers GSSAPI" in talk.end.detail
    assert b"AUTH" not in talk.written


# The beginning.


@pytest.mark.parametrize(
    ("greeting", "ending"),
    [
        ("554 5.7.1 go away", Ending.REFUSED),
        ("450 busy", Ending.LATER),
        ("421 closing", Ending.LATER),
        ("250 odd", Ending.LATER),
        ("SSH-2.0-OpenSSH_9.2", Ending.LATER),
    ],
)
def test_a_greeting_that_is_none(greeting, ending):
    talk = Talk("a")
    talk.hear(greeting)
    assert talk.end.ending is ending
    assert (talk.pulled, talk.end.messages) == ([], 0)


def test_a_server_without_ehlo_is_greeted_with_helo():
    talk = Talk("a", client="client.example.org")
    assert talk.hear("220 old") == "EHLO client.example.org\r\n"
    assert talk.hear("502 what") == "HELO client.example.org\r\n"
    assert talk.hear("250 old") == f"MAIL FROM:<{SENDER}>\r\n"


@pytest.mark.parametrize(("reply", "ending"), [("550 no", "refused"), ("450 no", "later")])
def test_a_server_that_takes_neither_ehlo_nor_helo(reply, ending):
    talk = Talk("a")
    talk.hear("220 x", "500 x", reply)
    assert talk.end.ending == ending


def test_what_was_offered_before_starttls_is_forgotten():
    talk = Talk("a", security="starttls", credentials=Credentials("u", "p"))
    assert talk.hear("220 x").startswith("EHLO")
    assert talk.hear("250-x", "250-AUTH LOGIN", "250 STARTTLS") == "STARTTLS\r\n"
    assert talk.hear("220 go") == ""
    assert talk.conversation.wants_tls
    assert talk.conversation.secured().startswith(b"EHLO")
    assert talk.hear("250-x", "250 AUTH PLAIN").startswith("AUTH PLAIN")


def test_what_was_offered_before_starttls_is_not_used_after_a_helo():
    talk = Talk("a", security="starttls", credentials=Credentials("u", "p"))
    talk.greeted("250-x", "250-AUTH PLAIN", "250 STARTTLS")
    talk.hear("220 go")
    talk.conversation.secured()
    talk.hear("500 what", "250 x")
    assert talk.end.ending is Ending.REFUSED
    assert "it offers none" in talk.end.detail


@pytest.mark.parametrize("credentials", [None, Credentials("u", "p")])
def test_starttls_that_is_not_offered_is_a_refusal_and_nothing_is_told(credentials):
    talk = Talk("a", security="starttls", credentials=credentials).greeted(
        "250-x", "250 AUTH PLAIN"
    )
    assert talk.end.ending is Ending.REFUSED
    assert "offers no STARTTLS" in talk.end.detail
    assert b"AUTH" not in talk.written


@pytest.mark.parametrize(
    ("reply", "ending"), [("454 4.7.0 not now", Ending.LATER), ("501 5.5.2 no", Ending.REFUSED)]
)
def test_starttls_that_fails(reply, ending):
    talk = Talk("a", security="starttls").greeted("250-x", "250 STARTTLS")
    talk.hear(reply)
    assert talk.end.ending is ending


@pytest.mark.parametrize("behind", [b"250 x\r\n", b"250", b"\r\n", b"421 x\r\n"])
def test_bytes_behind_the_reply_to_starttls_end_the_connection(behind):
    talk = Talk("a", security="starttls").greeted("250-x", "250 STARTTLS")
    assert talk.hear_bytes(b"220 go\r\n" + behind) == ""
    assert talk.end.ending is Ending.LATER
    assert talk.pulled == []


# One round trip a message.


def test_a_message_and_the_next_commands_go_out_together():
    talk = Talk("a", "b")
    talk.hear("220 x")
    assert talk.hear(*PIPELINED) == (f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n")
    assert talk.hear("250 ok", "250 ok") == ""
    assert talk.hear("354 go") == (
        f"Subject: a\r\n\r\nx\r\n.\r\nMAIL FROM:<{SENDER}>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    )
    assert talk.hear("250 2.0.0 kept as 1", "250 ok", "250 ok", "354 go") == (
        "Subject: b\r\n\r\nx\r\n.\r\nQUIT\r\n"
    )
    talk.hear("250 kept", "221 bye")
    assert talk.verdicts == [("a", SENT), ("b", SENT)]
    assert talk.outcomes[0][1] == Outcome(SENT, "250 2.0.0 kept as 1", 250)
    assert talk.end == ConnectionEnd(Ending.DONE, "", 2)


@pytest.mark.parametrize(("ehlo", "allowed"), [(PLAIN, True), (PIPELINED, False)])
def test_without_pipelining_each_command_waits_for_its_reply(ehlo, allowed):
    talk = Talk("a", "b", pipelining=allowed)
    talk.hear("220 x")
    assert talk.hear(*ehlo) == f"MAIL FROM:<{SENDER}>\r\n"
    assert talk.hear("250 ok") == "RCPT TO:<a@example.org>\r\n"
    assert talk.hear("251 forwarded") == "DATA\r\n"
    assert talk.hear("354 go") == "Subject: a\r\n\r\nx\r\n.\r\n"
    assert talk.pulled == ["a"]
    assert talk.hear("250 kept") == f"MAIL FROM:<{SENDER}>\r\n"
    talk.hear("250 ok", "250 ok", "354 go")
    assert talk.hear("250 kept") == "QUIT\r\n"
    talk.hear("221 bye")
    assert talk.verdicts == [("a", SENT), ("b", SENT)]


def test_the_source_is_pulled_one_ahead_and_no_further():
    talk = Talk("a", "b", "c").greeted()
    assert talk.pulled == ["a"]
    talk.hear("250 ok", "250 ok", "354 go")
    assert talk.pulled == ["a", "b"]
    talk.hear("250 kept", "250 ok", "250 ok")
    assert talk.pulled == ["a", "b"]


def test_an_empty_source_takes_leave_at_once():
    talk = Talk()
    talk.hear("220 x")
    assert talk.hear(*PIPELINED) == "QUIT\r\n"
    talk.conversation.lost("closed the connection")
    assert talk.end == ConnectionEnd(Ending.DONE, "")


@pytest.mark.parametrize("ehlo", [PIPELINED, PLAIN])
def test_one_connection_carries_no_more_than_it_may(ehlo):
    talk = Talk("a", "b", "c", max_messages=2).greeted(*ehlo)
    talk.hear("250 ok", "250 ok", "354 go")
    talk.hear("250 kept", "250 ok", "250 ok", "354 go")
    talk.hear("250 kept")
    assert talk.written.endswith(b"QUIT\r\n")
    talk.hear("221 bye")
    assert talk.end.ending is Ending.LIMIT
    assert talk.end.messages == 2
    assert talk.pulled == ["a", "b"]


NEXT = f"RSET\r\nMAIL FROM:<{SENDER}>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"


@pytest.mark.parametrize(
    ("replies", "written", "verdict"),
    [
        (("450 4.7.1 no", "503 no", "503 no"), NEXT, RETRY),
        (("250 ok", "550 5.1.1 unknown", "554 none"), NEXT, REJECTED),
        (("250 ok", "450 4.2.1 later", "554 none"), NEXT, RETRY),
        (("250 ok", "250 ok", "451 no"), NEXT, RETRY),
        (("250 ok", "250 ok", "550 5.2.1 disabled"), NEXT, REJECTED),
        (("250 ok", "550 5.1.1 unknown", "354 go"), f".\r\n{NEXT}", REJECTED),
        (("450 4.7.1 no", "503 no", "354 go"), f".\r\n{NEXT}", RETRY),
    ],
)
def test_a_refusal_in_a_group_costs_its_envelope_alone(replies, written, verdict):
    talk = Talk("a", "b").greeted()
    assert talk.hear(*replies) == written
    rest = ["250 reset", "250 ok", "250 ok", "354 go"]
    if written.startswith("."):
        rest.insert(0, "554 nobody's message, and so nobody's reply")
    talk.hear(*rest)
    talk.hear("250 kept", "221 bye")
    assert talk.verdicts == [("a", verdict), ("b", SENT)]
    assert talk.end.ending is Ending.DONE


@pytest.mark.parametrize(
    ("replies", "verdict"),
    [
        (("450 no",), RETRY),
        (("250 ok", "550 unknown"), REJECTED),
        (("250 ok", "250 ok", "451 no"), RETRY),
    ],
)
def test_a_refusal_without_pipelining_costs_its_envelope_alone(replies, verdict):
    talk = Talk("a", "b").greeted(*PLAIN)
    for reply in replies:
        answer = talk.hear(reply)
    assert answer == "RSET\r\n"
    assert talk.hear("250 reset") == f"MAIL FROM:<{SENDER}>\r\n"
    talk.hear("250 ok", "250 ok", "354 go", "250 kept", "221 bye")
    assert talk.verdicts == [("a", verdict), ("b", SENT)]


def test_a_refused_last_envelope_ends_in_leave():
    talk = Talk("a").greeted()
    assert talk.hear("250 ok", "550 unknown", "554 none") == "RSET\r\nQUIT\r\n"
    talk.hear("250 reset", "221 bye")
    assert talk.end == ConnectionEnd(Ending.DONE, "", 1)


def test_whether_to_go_on_after_a_refused_sender_is_for_the_source_to_say():
    talk = Talk("a", "b").greeted()
    assert "RCPT TO:<b@" in talk.hear("553 5.7.1 not yours", "503 no", "503 no")
    talk.hear("250 reset", "250 ok", "250 ok", "354 go")
    talk.hear("250 kept", "221 bye")
    assert talk.outcomes[0][1] == Outcome(STOP, "sender: 553 5.7.1 not yours", 553)
    assert talk.verdicts == [("a", STOP), ("b", SENT)]
    assert talk.end == ConnectionEnd(Ending.DONE, "", 2)


def test_no_empty_message_goes_to_a_recipient_that_was_taken():
    talk = Talk("a", "b").greeted()
    assert talk.hear("450 no", "250 ok", "354 go") == ""
    assert talk.verdicts == [("a", RETRY)]
    assert talk.end.ending is Ending.LOST


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("550 5.2.1 disabled", REJECTED),
        ("452 full", RETRY),
        ("552 5.3.4 too big", STOP),
        ("550 5.7.1 spam", STOP),
        ("552-5.2.2 mailbox\r\n552 5.2.2 full", RETRY),
    ],
)
def test_a_refused_message_costs_itself_alone(reply, verdict):
    talk = Talk("a", "b").greeted()
    talk.hear("250 ok", "250 ok", "354 go")
    talk.hear(reply, "250 ok", "250 ok", "354 go")
    talk.hear("250 kept")
    assert talk.verdicts == [("a", verdict), ("b", SENT)]
    assert "\n" not in talk.outcomes[0][1].reply


def test_rset_that_is_refused_ends_the_connection():
    talk = Talk("a", "b").greeted()
    talk.hear("250 ok", "550 unknown", "554 none")
    talk.hear("500 what")
    assert (talk.end.ending, talk.given_back) == (Ending.LOST, ["b"])


# 421, silence, the end of the line.

READY = ("250 kept", "250 ok", "250 ok", "354 go")  # the replies to one pipelined write


@pytest.mark.parametrize(
    ("answered", "verdicts", "given_back"),
    [
        (0, [("a", RETRY)], ["b"]),
        (1, [("a", SENT)], ["b"]),
        (2, [("a", SENT), ("b", RETRY)], []),
        (3, [("a", SENT), ("b", RETRY)], []),
        (4, [("a", SENT), ("b", RETRY)], ["c"]),
    ],
)
def test_421_at_any_point(answered, verdicts, given_back):
    talk = Talk("a", "b", "c").greeted()
    talk.hear("250 ok", "250 ok", "354 go")
    talk.hear(*READY[:answered], "421 4.3.2 closing")
    assert talk.verdicts == verdicts
    assert talk.given_back == given_back
    assert talk.end.ending is Ending.LATER
    assert "421 4.3.2 closing" in talk.end.detail
    pulled = list(talk.pulled)
    assert talk.hear(*READY) == "", "the end is the end"
    assert talk.pulled == pulled


@pytest.mark.parametrize(
    ("answered", "verdicts", "given_back"),
    [
        (0, [("a", IN_DOUBT)], ["b"]),
        (1, [("a", SENT)], ["b"]),
        (2, [("a", SENT)], ["b"]),
        (3, [("a", SENT)], ["b"]),
        (4, [("a", SENT), ("b", IN_DOUBT)], ["c"]),
    ],
)
@pytest.mark.parametrize("how", ["lost", "timed out", "rubbish"])
def test_the_line_breaks_at_any_point(answered, verdicts, given_back, how):
    talk = Talk("a", "b", "c").greeted()
    talk.hear("250 ok", "250 ok", "354 go")
    talk.hear(*READY[:answered])
    if how == "lost":
        talk.conversation.lost("closed the connection")
    elif how == "timed out":
        talk.conversation.timed_out(30)
    else:
        talk.hear("rubbish")
    assert talk.verdicts == verdicts
    assert talk.given_back == given_back
    assert talk.end.ending is Ending.LOST
    # Only the first commands of a group were answered: pipelining is not to be trusted here.
    silent_in_group = how == "timed out" and answered in (1, 2, 3)
    assert talk.end.pipelining_failed == (silent_in_group or how == "rubbish")


@pytest.mark.parametrize("answered", [0, 1, 2])
@pytest.mark.parametrize("ehlo", [PIPELINED, PLAIN])
def test_the_first_envelope_of_a_lost_connection_is_tried_later(answered, ehlo):
    talk = Talk("a", "b").greeted(*ehlo)
    talk.hear(*("250 ok",) * answered)
    talk.conversation.timed_out(30)
    assert talk.verdicts == [("a", RETRY)]
    assert talk.end.not_attempted == ()
    assert talk.end.pipelining_failed == (ehlo == PIPELINED and answered > 0)


def test_a_final_dot_that_is_known_to_be_unwritten_leaves_no_doubt():
    talk = Talk("a", "b").greeted()
    talk.hear("250 ok", "250 ok", "354 go")
    talk.conversation.dot_out = False
    talk.conversation.lost("closed the connection")
    assert talk.verdicts == [("a", RETRY)]
    assert talk.given_back == ["b"]


def test_a_message_cannot_be_taken_before_its_end():
    talk = Talk("a", "b").greeted()
    talk.hear("250 ok", "250 ok", "354 go")
    talk.conversation.dot_out = False
    talk.hear("250 kept already")
    assert talk.end.ending is Ending.LOST
    assert "before its end" in talk.end.detail


@pytest.mark.parametrize(
    ("replies", "verdicts"),
    [
        (("354 go",), [("a", RETRY)]),
        (("250 ok", "354 go"), [("a", RETRY)]),
        (("250 ok", "250 ok", "250 ok"), [("a", RETRY)]),
        (("250 ok", "250 ok", "354 go", "354 go"), [("a", IN_DOUBT)]),
    ],
)
@pytest.mark.parametrize("ehlo", [PIPELINED, PLAIN])
def test_a_reply_out_of_step_ends_the_connection(replies, verdicts, ehlo):
    talk = Talk("a", "b").greeted(*ehlo)
    talk.hear(*replies)
    assert talk.verdicts == verdicts
    assert talk.end.ending is Ending.LOST
    assert "out of step" in talk.end.detail
    assert talk.end.pipelining_failed == (ehlo == PIPELINED)


def test_no_answer_to_quit_is_no_failure():
    talk = Talk("a").greeted()
    talk.hear("250 ok", "250 ok", "354 go")
    talk.hear("250 kept")
    talk.conversation.timed_out(30)
    assert talk.end == ConnectionEnd(Ending.DONE, "", 1)


def test_how_the_server_takes_leave_is_no_matter():
    for leave in ("221 bye", "500 what", "421 closing", "rubbish"):
        talk = Talk("a").greeted()
        talk.hear("250 ok", "250 ok", "354 go")
        talk.hear("250 kept", leave)
        assert talk.end == ConnectionEnd(Ending.DONE, "", 1, pipelining_failed=leave == "rubbish")


def test_a_callback_that_fails_leaves_what_can_be_accounted_for():
    talk = Talk("a", "b").greeted()
    source, talk.conversation._source = talk.conversation._source, lambda: 1 / 0  # type: ignore[assignment, return-value]
    with pytest.raises(ZeroDivisionError):
        talk.hear("250 ok", "250 ok", "354 go")
    talk.conversation._source = source
    talk.conversation.lost("was left")
    assert talk.verdicts == [("a", RETRY)]


# What a server cannot take.


def test_of_a_message_over_the_limit_no_byte_goes_out():
    talk = Talk("a", envelope("b", b"x" * 999 + b"\r\n"), "c").greeted(
        "250-x", "250-PIPELINING", "250 SIZE 1000"
    )
    assert b"MAIL FROM:<daily@example.org> SIZE=17\r\n" in talk.written
    assert "RCPT TO:<c@" in talk.hear("250 ok", "250 ok", "354 go")
    talk.hear("250 kept", "250 ok", "250 ok", "354 go")
    talk.hear("250 kept", "221 bye")
    assert talk.verdicts == [("b", STOP), ("a", SENT), ("c", SENT)]
    told = "message of 1001 bytes is over the server's limit 1000"
    assert talk.outcomes[0][1] == Outcome(STOP, told)
    assert b"b@example.org" not in talk.written


@pytest.mark.parametrize("offered", [True, False])
def test_an_address_beyond_ascii_needs_a_server_that_takes_it(offered):
    talk = Talk("jösé", "b").greeted("250-x", "250 SMTPUTF8" if offered else "250 HELP")
    if offered:
        assert f"MAIL FROM:<{SENDER}> SMTPUTF8\r\n".encode() in talk.written
        assert "RCPT TO:<jösé@example.org>" in talk.hear("250 ok")
    else:
        assert talk.verdicts == [("jösé", REJECTED)]
        assert talk.hear("250 ok") == "RCPT TO:<b@example.org>\r\n"


@pytest.mark.parametrize("name", ["a>\r\nRSET\r\nMAIL FROM:<b", "a\nb", "a\0", "a" * 400, "\ud800"])
def test_an_address_cannot_carry_a_command(name):
    talk = Talk(Envelope(SENDER, f"{name}@example.org", b"x", "x")).greeted("250-x", "250 SMTPUTF8")
    assert talk.verdicts == [("x", REJECTED)]
    assert talk.written.endswith(b"\r\nQUIT\r\n")
    assert b"MAIL" not in talk.written


@pytest.mark.parametrize(
    ("message", "options"), [("é\r\n".encode(), " BODY=8BITMIME"), (b"e\r\n", "")]
)
def test_8bitmime_is_said_where_it_is_needed(message, options):
    talk = Talk(envelope("a", message)).greeted("250-x", "250 8BITMIME")
    assert talk.written.endswith(f"MAIL FROM:<{SENDER}>{options}\r\n".encode())


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        (b"a\r\n.\r\n..b\r\n", b"a\r\n..\r\n...b\r\n.\r\n"),
        (b".a\r\n", b"..a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
    ],
)
def test_dots_are_doubled_and_the_last_line_is_ended(message, sent):
    talk = Talk(envelope("a", message)).greeted()
    assert talk.hear("250 ok", "250 ok", "354 go").encode() == sent + b"QUIT\r\n"


# Servers of any kind.

LINES = st.sampled_from(
    [
        "220 hi",
        "250 ok",
        "250-x\r\n250-PIPELINING\r\n250-AUTH PLAIN\r\n250 STARTTLS",
        "250-x\r\n250 PIPELINING",
        "354 go",
        "235 in",
        "334 x",
        "451-4.0.0 later\r\n451 4.0.0 later",
        "550 5.1.1 no",
        "421 bye",
        "221 bye",
        "rubbish",
    ]
)
GOOD = ["220 hi", "250-x\r\n250 PIPELINING", "250 ok", "250 ok", "354 go", *READY, *READY]


@given(
    st.one_of(st.lists(LINES, max_size=20), st.lists(LINES, max_size=4).map(lambda x: GOOD + x)),
    st.lists(st.integers(0, 400), max_size=12),
    st.sampled_from(["none", "starttls"]),
    st.booleans(),
)
def test_a_conversation_is_the_same_wherever_the_replies_are_cut(lines, cuts, security, login):
    def held(chunks: list[bytes]) -> object:
        credentials = Credentials("u", "p") if login and security == "none" else None
        talk = Talk(*"abcd", security=security, credentials=credentials)
        for chunk in chunks:
            talk.hear_bytes(chunk)
        talk.conversation.lost("closed the connection")
        return talk.outcomes, talk.written, talk.end, talk.pulled

    data = crlf(tuple(lines))
    assert held(cut(data, cuts)) == held([data])


class AnyServer:
    """Reads commands as a server does, and answers each as it is drawn; keeps what it took."""

    def __init__(self, draw, pipelining: bool) -> None:
        self.draw = draw
        self.hello = "250-x\r\n250 PIPELINING" if pipelining else "250 x"
        self.taken: Counter[str] = Counter()
        self.dots: Counter[str] = Counter()
        self.closed = False
        self._rest = b""
        self._body: list[bytes] | None = None
        self._sender_taken = self._recipient_taken = False

    def read(self, data: bytes) -> bytes:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        return b"".join(self._answer(line) for line in lines if not self.closed)

    def _answer(self, line: bytes) -> bytes:
        if self._body is None:
            return self._to_command(line)
        if line != b".":
            self._body.append(line)
            return b""
        assert self._body or not self._recipient_taken, "an empty message to somebody"
        name = self._body[0].decode().removeprefix("Subject: ") if self._body else ""
        self._body, self._recipient_taken = None, False
        self.dots[name] += 1
        reply = self._reply("250 kept", skips=False)
        self.taken[name] += reply[:1] == b"2"
        return reply

    def _to_command(self, line: bytes) -> bytes:
        verb = line[:4].decode()
        reply = self._reply({"EHLO": self.hello, "DATA": "354 go"}.get(verb, "250 ok"))
        if verb == "DATA" and reply[:3] == b"354":
            self._body = []
        elif verb == "MAIL":
            self._sender_taken = reply[:3] in (b"250", b"")
            self._recipient_taken = False
        elif verb == "RCPT":
            self._recipient_taken = self._sender_taken and reply[:3] in (b"250", b"")
        return reply

    def _reply(self, good: str, skips: bool = True) -> bytes:
        odd = ["450 later", "550 no", "421 bye", "rubbish", "close", "twice", "multi"]
        kind = self.draw(st.sampled_from([good] * 24 + odd + ["skip"] * skips))
        match kind:
            case "close":
                self.closed = True
                return b""
            case "skip":
                return b""
            case "twice":
                return crlf((good, good))
            case "multi":
                return crlf((f"{good[:3]}-more", good))
            case _:
                self.closed = kind == "421 bye"
                return crlf((kind,))


@settings(max_examples=examples(400))
@given(st.data(), st.booleans())
def test_whatever_the_server_does_each_envelope_has_one_fate(data, pipelining):
    server = AnyServer(data.draw, pipelining)
    talk = Talk(*(f"n{n}" for n in range(6)), max_messages=5)
    written, said = b"", b"220 hi\r\n"
    while talk.conversation.end is None and said:
        out = talk.conversation.receive(said)
        written += out
        said = server.read(out)
    if server.closed:
        talk.conversation.lost("closed the connection")
    else:
        talk.conversation.timed_out(30)
    fates = Counter([*(name for name, _ in talk.outcomes), *talk.given_back])
    assert fates == Counter(talk.pulled)
    for name, outcome in talk.outcomes:
        dot = f"Subject: {name}\r\n\r\nx\r\n.\r\n".encode() in written
        match outcome.verdict:
            case Verdict.SENT:
                assert server.taken[name] == 1
            case Verdict.IN_DOUBT:
                assert dot
                assert server.dots[name] <= 1
            case _:
                assert server.taken[name] == 0
    for name in talk.given_back:
        assert server.dots[name] == 0


def test_a_log_in_never_goes_out_in_the_clear_where_the_settings_do_not_say_so():
    talk = Talk("a", security="mistaken", credentials=Credentials("ada", "secret"))
    talk.greeted("250-mx.example.net", "250 AUTH PLAIN LOGIN")
    assert b"AUTH" not in talk.written
    assert talk.written.endswith(b"QUIT\r\n")
    assert talk.end.ending is Ending.REFUSED
    assert "in the clear" in talk.end.detail
