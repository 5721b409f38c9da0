"""What a server's reply means; pure (RFC 5321, section 4.2; RFC 3463 for enhanced codes).

Only 5yz is final. What is wrong with the sender, the log-in or the message as such stops the
run: it would fail for everyone, and is nobody's address's fault.
"""

import re
from enum import StrEnum

from digest.model import Outcome, Verdict

_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
# Message too big for the system, for the mailbox's host, or for the network (RFC 3463, 3.4).
_TOO_BIG = ("5.3.4",)


class Stage(StrEnum):
    """Where in the conversation a reply came."""

    CONNECT = "connect"
    LOGIN = "log-in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    MESSAGE = "message"


def judge(stage: Stage, code: int, text: str) -> Outcome:
    """The outcome of a reply; one that no standard knows is temporary."""
    reply = f"{code} {text}".strip()
    if 200 <= code < 300 and stage is Stage.MESSAGE:
        return Outcome(Verdict.SENT, reply, code)
    if stage in (Stage.CONNECT, Stage.LOGIN) or (stage is Stage.SENDER and code >= 500):
        return Outcome(Verdict.STOP, f"{stage}: {reply}", code)
    if 500 <= code < 600:
        enhanced = _ENHANCED.match(text)
        if stage is Stage.MESSAGE and enhanced and enhanced[1] in _TOO_BIG:
            return Outcome(Verdict.STOP, f"{stage}: {reply}", code)
        return Outcome(Verdict.REJECTED, reply, code)
    return Outcome(Verdict.RETRY, reply, code)
