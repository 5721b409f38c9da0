"""SMTP without I/O: bytes in; bytes, outcomes and an end out (RFC 5321).

    greeting -> EHLO (-> HELO) -> STARTTLS -> EHLO -> AUTH -> MAIL RCPT DATA message ... -> QUIT

With PIPELINING (RFC 2920) a message and the commands of the next one go out in one write, and so
a message costs one round trip:

    C: (message 1) . MAIL 2, RCPT 2, DATA 2         S: 250 250 250 354
    C: (message 2) . MAIL 3, RCPT 3, DATA 3         S: 250 250 250 354

Replies come in the order of the commands: the conversation is a queue of steps that wait for
theirs, and one handler a step.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from digest.deliver.backend import ConnectionEnd, Done, Ending, Reply, Source, WaitSignal
from digest.deliver.refusals import SmtpStage
from digest.deliver.smtp.auth import Credentials, login_lines
from digest.deliver.smtp.replies import judge
from digest.model import Envelope, Outcome, Verdict

# RFC 5321, section 4.5.3.1.5, asks for 512; servers with much to say go beyond.
LONGEST_LINE = 4096
_MOST_LINES = 128
# Of a refusal: before anything looks at it. What a server offers (EHLO) may be longer.
_LONGEST_REFUSAL = 1000
# More than a path may have (RFC 5321, section 4.5.3.1.3), and little enough for MOST_BEHIND_DOT.
_LONGEST_ADDRESS = 320
# No write has more bytes than these behind a message's final dot.
MOST_BEHIND_DOT = 4096


class ProtocolError(Exception):
    """The server said what is not SMTP, or not an answer to what it was asked.

    The text goes on where "the server" leaves off.
    """


class ReplyReader:
    """Bytes, cut anywhere, to replies (RFC 5321, section 4.2); a bare LF ends a line too."""

    def __init__(self) -> None:
        self._rest = b""
        self._code = 0
        self._lines: list[str] = []

    @property
    def partial(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> Iterator[Reply]:
        """The replies that are complete with these bytes. Those before an error are given out."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            code, is_last, text = _read_line(line)
            if self._lines or not is_last:
                self._collect(code, text)
                if not is_last:
                    continue
                text = "\n".join(self._lines)
                self._lines.clear()
            yield Reply(code, text if code < 400 else text[:_LONGEST_REFUSAL])
        if len(self._rest) > LONGEST_LINE:
            raise ProtocolError("sent an over-long line")

    def _collect(self, code: int, text: str) -> None:
        """Keep one line of a longer reply, all of which bear the same code (section 4.2.1)."""
        if self._lines and code != self._code:
            raise ProtocolError("sent a reply whose lines have different codes")
        self._code = code
        self._lines.append(text)
        if len(self._lines) > _MOST_LINES:
            raise ProtocolError("sent a reply of too many lines")


@lru_cache(maxsize=64)
def _read_line(line: bytes) -> tuple[int, bool, str]:
    """The code of a reply's line, whether it is the last one, and its text.

    Three of the four replies to a message are mostly the same for all messages.
    """
    code, mark = line[:3], line[3:4]
    if len(code) < 3 or not code.isdigit() or mark not in b" \r-" or not b"200" <= code < b"600":
        raise ProtocolError(f"sent what is no reply: {_printable(line[:80])}")
    if len(line) > LONGEST_LINE:
        raise ProtocolError("sent an over-long line")
    return int(code), mark != b"-", _printable(line[4:])


def _printable(line: bytes) -> str:
    """A line as text that is safe to show and to store."""
    text = line.decode("utf-8", "replace").strip()
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the server offers, by its reply to EHLO. `size` 0: it names no limit (RFC 1870, 4)."""

    keywords: frozenset[str] = frozenset()
    size: int = 0
    mechanisms: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "Capabilities":
        """The keywords (RFC 5321, section 4.1.1.1); the first line is the server's name."""
        offered: dict[str, list[str]] = {}
        for line in text.split("\n")[1:]:
            # Some old servers write AUTH=LOGIN for AUTH LOGIN, or both.
            keyword, *values = line.upper().replace("AUTH=", "AUTH ").split() or [""]
            offered.setdefault(keyword, []).extend(values)
        size = offered.get("SIZE") or ["0"]
        return cls(
            keywords=frozenset(offered),
            size=int(size[0]) if size[0].isascii() and size[0].isdigit() else 0,
            mechanisms=frozenset(offered.get("AUTH", ())),
        )


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How the client means to talk. `place` is what people are told of the server, `host:port`.

    `security` is none, starttls or tls. `client` is the name in EHLO. `max_messages` 0 is no
    limit. `prepared` says that every message is 7-bit and has no line that begins with a dot, as
    digest.render makes them, so that nobody need look through its bytes.
    """

    place: str = "the server"
    client: str = "[127.0.0.1]"
    security: str = "none"
    credentials: Credentials | None = None
    pipelining: bool = True
    max_messages: int = 0
    prepared: bool = False


class Step(StrEnum):
    """What waits for a reply, as people call it."""

    GREETING = "the greeting"
    EHLO = "EHLO"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    AUTH = "the log-in"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    MESSAGE = "the message"
    EMPTY = "the empty message"
    RSET = "RSET"
    QUIT = "QUIT"


_COMMANDS = (Step.MAIL, Step.RCPT, Step.DATA)


class Conversation:
    """One connection's talk, from the greeting to its `end`.

    `receive` takes the server's bytes and gives what to write; on the way it pulls envelopes from
    `source`, at most one ahead of the one whose message is out, and tells `done` the outcome of
    each, once. Where the source gives a signal, `idle` holds it until the caller goes on with
    `resume`. Where `wants_tls` is set, the caller makes the connection secure and goes on with
    `secured`. Whoever writes keeps `dot_out` true to the facts: False as long as the final dot of
    the last message is known to be unwritten.
    """

    def __init__(
        self,
        terms: ClientOptions,
        source: Source,
        done: Done,
    ) -> None:
        self.end: ConnectionEnd | None = None
        self.wants_tls = False
        self.ready = False
        self.idle: WaitSignal | None = None
        self.dot_out = True
        self._terms = terms
        self._source = source
        self._done = done
        self._replies = ReplyReader()
        self._offers = Capabilities()
        self._secure = terms.security == "tls"
        self._pipelining = False
        self._login = iter([b""])
        self._expected = deque([Step.GREETING])
        self._group = 1  # how many replies were awaited when bytes last went out
        self._out: list[bytes] = []
        self._announced: Envelope | None = None  # its MAIL is out
        self._handed_over: Envelope | None = None  # its message is out
        self._not_attempted: list[Envelope] = []
        self._begun = 0
        self._settled = 0
        self._parting: tuple[Ending, Outcome | None] | None = None
        self._pipelining_failed = False
        self._handlers: dict[Step, Callable[[Reply], None]] = {
            step: getattr(self, f"_on_{step.name.lower()}") for step in Step
        }

    # What the connection calls.

    @property
    def pending(self) -> int:
        """How many replies are awaited."""
        return len(self._expected)

    @property
    def awaits_message(self) -> bool:
        """Whether the next reply is that to a message."""
        return bool(self._expected) and self._expected[0] is Step.MESSAGE

    def receive(self, data: bytes) -> bytes:
        """Take what the server said; the bytes to write."""
        try:
            for reply in self._replies.feed(data):
                if self.end is not None:
                    break
                self._take(reply)
            self._check_nothing_injected()
        except ProtocolError as error:
            # Replies out of step, and no network's fault: the next connection had better not.
            self._pipelining_failed |= self._pipelining
            self.lost(str(error))
        return self._flush()

    def secured(self) -> bytes:
        """The connection is secure: forget all that was said before (RFC 3207, section 4.2)."""
        self.wants_tls, self._secure = False, True
        self._offers = Capabilities()
        self._say(Step.EHLO, f"EHLO {self._terms.client}")
        return self._flush()

    def resume(self) -> bytes:
        """The signal has rung: ask the source again; the bytes to write."""
        self.idle = None
        if self.end is None:
            self._begin()
        return self._flush()

    def timed_out(self, seconds: float) -> None:
        """The server is silent.

        If it answered only the first commands of a group, then it, or a box before it, drops
        what comes ahead of its replies.
        """
        step = self._expected[0] if self._expected else Step.STARTTLS
        in_group = 0 < len(self._expected) < self._group
        self._pipelining_failed |= self._pipelining and in_group and step in _COMMANDS
        self.lost(f"gave no answer to {step.value} within {seconds:g} s")

    def lost(self, detail: str) -> None:
        """The connection is gone, or of no more use: `detail` says what the server did."""
        self._end(Ending.LOST if self.ready else Ending.LATER, detail)

    def refused(self, detail: str, code: int | None = None) -> None:
        """The server is not to be worked with until somebody has mended something."""
        detail = f"{self._terms.place} {detail}"
        self._parting = (Ending.REFUSED, Outcome(Verdict.STOP, detail, code))
        self._end(Ending.REFUSED, detail)

    # The machine.

    def _take(self, reply: Reply) -> None:
        if reply.code == 421:
            self._on_closing(reply)
        elif self._expected:
            self._handlers[self._expected.popleft()](reply)
        else:
            self._check_nothing_injected(reply)
            raise ProtocolError(f"answered what was not asked: {reply}")

    def _check_nothing_injected(self, reply: Reply | None = None) -> None:
        """What came in the clear behind the 220 to STARTTLS must not count as said under TLS."""
        if self.wants_tls and (reply or self._replies.partial):
            raise ProtocolError("sent bytes in the clear behind STARTTLS")

    def _say(self, step: Step, line: str | bytes) -> None:
        self._out.append((line.encode() if isinstance(line, str) else line) + b"\r\n")
        self._expected.append(step)

    def _flush(self) -> bytes:
        if not self._out:
            return b""
        data = b"".join(self._out)
        self._out.clear()
        self._group = len(self._expected)
        return data

    def _settle(self, envelope: Envelope, outcome: Outcome) -> None:
        self._settled += 1
        self._done(envelope, outcome)

    def _end(self, ending: Ending, detail: str, reply: Reply | None = None) -> None:
        """Account for what is under way: nothing is left without an outcome or a way back."""
        if self.end is not None:
            return
        handed_over, self._handed_over = self._handed_over, None
        announced, self._announced = self._announced, None
        detail, outcome = f"{self._terms.place} {detail}", None
        if self._parting is not None and not (handed_over or announced):
            # All is done that was to be done: how the server takes leave is no matter.
            ending, outcome = self._parting
            detail, reply = outcome.reply if outcome else "", None
        if announced is not None and (handed_over is not None or self._settled):
            self._not_attempted.append(announced)
            announced = None
        if handed_over is not None:
            verdict = Verdict.IN_DOUBT if self.dot_out else Verdict.RETRY
            self._settle(handed_over, Outcome(verdict, f"no answer to the message: {detail}"))
        if announced is not None:
            # The first of its connection: tried again at once, it could go on so for ever.
            self._settle(announced, Outcome(Verdict.RETRY, f"the connection broke: {detail}"))
        self.end = ConnectionEnd(
            ending=ending,
            detail=detail,
            messages=self._settled,
            outcome=outcome,
            pipelining_failed=self._pipelining_failed,
            not_attempted=tuple(self._not_attempted),
            reply=reply,
        )

    def _on_closing(self, reply: Reply) -> None:
        """421: the server closes, whatever it was asked (RFC 5321, section 3.8).

        At MAIL it may just have had enough of this connection; later it is about the envelope.
        """
        step = self._expected[0] if self._expected else Step.QUIT
        if step is Step.MESSAGE:
            self._judge_message(reply)
        elif step in (Step.RCPT, Step.DATA) and self._announced is not None:
            self._refuse(SmtpStage.RECIPIENT, reply)
        self._end(Ending.LATER, f"answered {reply}", reply)

    # Until the first envelope.

    def _turn_away(
        self, reply: Reply, what: str = "answered", stage: SmtpStage = SmtpStage.CONNECT
    ) -> None:
        """The server will not have us: not now, or not at all."""
        if reply.code < 400:
            raise ProtocolError(f"answered out of step: {reply}")
        for_good = _judge(stage, reply).verdict is Verdict.STOP
        self._leave(for_good, f"{what} {reply}", reply)

    def _leave(self, for_good: bool, detail: str, reply: Reply | None = None) -> None:
        self._out.append(b"QUIT\r\n")
        if for_good:
            self.refused(detail, reply.code if reply else None)
        else:
            self._end(Ending.LATER, detail, reply)

    def _on_greeting(self, reply: Reply) -> None:
        if reply.code == 220:
            self._say(Step.EHLO, f"EHLO {self._terms.client}")
        else:
            self._turn_away(reply)

    def _on_ehlo(self, reply: Reply) -> None:
        if 200 <= reply.code < 300:
            self._offers = Capabilities.parse(reply.text)
            self._greeted()
        elif reply.code >= 500:
            # A server from before 1995 (RFC 5321, section 3.2).
            self._say(Step.HELO, f"HELO {self._terms.client}")
        else:
            self._turn_away(reply)

    def _on_helo(self, reply: Reply) -> None:
        if 200 <= reply.code < 300:
            self._greeted()
        else:
            self._turn_away(reply)

    def _greeted(self) -> None:
        terms = self._terms
        if terms.security == "starttls" and not self._secure:
            if "STARTTLS" in self._offers.keywords:
                self._say(Step.STARTTLS, "STARTTLS")
            else:
                self._leave(True, "offers no STARTTLS")
        elif terms.credentials is not None:
            self._log_in(terms.credentials)
        else:
            self._begin_work()

    def _on_starttls(self, reply: Reply) -> None:
        if reply.code == 220:
            self.wants_tls = True
        else:
            self._turn_away(reply, "refused STARTTLS:")

    def _log_in(self, credentials: Credentials) -> None:
        if not self._secure and self._terms.security != "none":
            self._leave(
                True, "would get the log-in in the clear, which the settings do not ask for"
            )
            return
        lines = login_lines(self._offers.mechanisms, credentials)
        if lines is None:
            offered = ", ".join(sorted(self._offers.mechanisms)) or "none"
            self._leave(True, f"offers no log-in that fits (it offers {offered})")
            return
        # Whoever asks for more than there is to say gets the exchange cancelled (RFC 4954, 4).
        self._login = iter([*lines, b"*"])
        self._say(Step.AUTH, next(self._login))

    def _on_auth(self, reply: Reply) -> None:
        if reply.code == 235:
            self._begin_work()
        elif reply.code == 334:
            line = next(self._login, None)
            if line is None:
                raise ProtocolError("does not bring the log-in to an end")
            self._say(Step.AUTH, line)
        else:
            self._turn_away(reply, "refused the log-in:", SmtpStage.LOGIN)

    def _begin_work(self) -> None:
        self.ready = True
        self._pipelining = self._terms.pipelining and "PIPELINING" in self._offers.keywords
        self._begin()

    # Envelopes.

    def _begin(self) -> None:
        """Announce the next envelope, or take leave."""
        self._go_on(self._pull())

    def _go_on(self, given: Envelope | WaitSignal | None) -> None:
        if given is None:
            self._say(Step.QUIT, "QUIT")
        elif isinstance(given, WaitSignal):
            self.idle = given
        else:
            self._announce(given)

    def _pull(self) -> Envelope | WaitSignal | None:
        """The next envelope that this server can take; one that it cannot gets its outcome."""
        while self._parting is None:
            if self._begun == self._terms.max_messages > 0:
                self._parting = (Ending.LIMIT, None)
                break
            envelope = self._source()
            if isinstance(envelope, WaitSignal):
                return envelope
            if envelope is None:
                self._parting = (Ending.DONE, None)
                break
            outcome = self._impossible(envelope)
            if outcome is None:
                self._begun += 1
                return envelope
            self._settle(envelope, outcome)
        return None

    def _impossible(self, envelope: Envelope) -> Outcome | None:
        """Why this envelope cannot go to this server, if so."""
        sender, recipient, offers = envelope.sender, envelope.recipient, self._offers
        if not (sender.isprintable() and recipient.isprintable()):
            return Outcome(Verdict.REJECTED, "the address holds a character that none may hold")
        if len(recipient) > _LONGEST_ADDRESS or len(sender) > _LONGEST_ADDRESS:
            return Outcome(Verdict.REJECTED, "the address is longer than an address can be")
        if 0 < offers.size < len(envelope.message):
            size = len(envelope.message)
            reason = f"message of {size} bytes is over the server's limit {offers.size}"
            return Outcome(Verdict.STOP, reason)
        if "SMTPUTF8" not in offers.keywords and not (recipient.isascii() and sender.isascii()):
            reason = "the server takes no address beyond ASCII (it offers no SMTPUTF8)"
            return Outcome(Verdict.REJECTED, reason)
        return None

    def _announce(self, envelope: Envelope) -> None:
        """MAIL, and with PIPELINING all until DATA, which ends a group (RFC 2920, 3.1)."""
        self._announced = envelope
        mail = f"MAIL FROM:<{envelope.sender}>{self._options(envelope)}"
        if self._pipelining:
            commands = f"{mail}\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n"
            self._out.append(commands.encode())
            self._expected.extend(_COMMANDS)
        else:
            self._say(Step.MAIL, mail)

    def _options(self, envelope: Envelope) -> str:
        """The parameters of MAIL (RFC 1870, RFC 6152, RFC 6531)."""
        keywords, message = self._offers.keywords, envelope.message
        options = f" SIZE={len(message)}" if "SIZE" in keywords else ""
        if not self._terms.prepared and "8BITMIME" in keywords and not message.isascii():
            options += " BODY=8BITMIME"
        if not (envelope.recipient.isascii() and envelope.sender.isascii()):
            options += " SMTPUTF8"
        return options

    def _refuse(self, stage: SmtpStage, reply: Reply) -> None:
        """The announced envelope is refused; what was asked along with it is still answered."""
        envelope, self._announced = self._announced, None
        assert envelope is not None
        self._settle(envelope, _judge(stage, reply))

    def _recover(self) -> None:
        """End what is left of a refused transaction, and go on."""
        self._say(Step.RSET, "RSET")
        if self._pipelining:
            self._begin()

    def _on_rset(self, reply: Reply) -> None:
        if not _agreed(reply):
            raise ProtocolError(f"refused RSET: {reply}")
        if not self._pipelining:
            self._begin()

    def _on_mail(self, reply: Reply) -> None:
        agreed = _agreed(reply)
        if not agreed:
            self._refuse(SmtpStage.SENDER, reply)
        if self._pipelining:
            return
        if agreed:
            assert self._announced is not None
            self._say(Step.RCPT, f"RCPT TO:<{self._announced.recipient}>")
        else:
            self._recover()

    def _on_rcpt(self, reply: Reply) -> None:
        agreed = _agreed(reply)
        if self._announced is None:
            if agreed:
                # Should DATA be taken too, the lone dot would send someone an empty message.
                raise ProtocolError(f"took RCPT although it had refused MAIL: {reply}")
        elif not agreed:
            self._refuse(SmtpStage.RECIPIENT, reply)
        if self._pipelining:
            return
        if agreed:
            self._say(Step.DATA, "DATA")
        else:
            self._recover()

    def _on_data(self, reply: Reply) -> None:
        if reply.code == 354:
            if self._announced is None:
                # Taken, although nobody is to get it: a lone dot ends it (RFC 2920, 3.1).
                self._say(Step.EMPTY, ".")
                self._recover()
            else:
                self._hand_over(self._announced)
        elif reply.code < 400:
            raise ProtocolError(f"answered out of step: {reply}")
        else:
            if self._announced is not None:
                self._refuse(SmtpStage.DATA, reply)
            self._recover()

    def _on_empty(self, _reply: Reply) -> None:
        """Nobody's message, and so nobody's reply."""

    def _hand_over(self, envelope: Envelope) -> None:
        """The message, its final dot and, with PIPELINING, what comes next, for one write."""
        # First of all, so that a source that fails leaves this envelope not handed over.
        following = self._pull() if self._pipelining else None
        self._announced, self._handed_over = None, envelope
        message = envelope.message if self._terms.prepared else _stuffed(envelope.message)
        self._out.append(message)
        self._say(Step.MESSAGE, b"." if message.endswith(b"\r\n") else b"\r\n.")
        if self._pipelining:
            self._go_on(following)

    def _on_message(self, reply: Reply) -> None:
        if _agreed(reply) and not self.dot_out:
            raise ProtocolError(f"answered the message before its end: {reply}")
        self._judge_message(reply)
        if not self._pipelining:
            self._begin()

    def _judge_message(self, reply: Reply) -> None:
        envelope, self._handed_over = self._handed_over, None
        assert envelope is not None
        self._settle(envelope, _judge(SmtpStage.MESSAGE, reply))

    def _on_quit(self, _reply: Reply) -> None:
        self._end(Ending.DONE, "")


def _agreed(reply: Reply) -> bool:
    """Whether a command that has no intermediate reply was taken."""
    if 300 <= reply.code < 400:
        raise ProtocolError(f"answered out of step: {reply}")
    return reply.code < 300


def _judge(stage: SmtpStage, reply: Reply) -> Outcome:
    text = reply.text
    return judge(stage, reply.code, text.replace("\n", " ") if "\n" in text else text)


def _stuffed(message: bytes) -> bytes:
    """A dot that begins a line is doubled (RFC 5321, section 4.5.2)."""
    message = message.replace(b"\r\n.", b"\r\n..")
    return b"." + message if message.startswith(b".") else message
