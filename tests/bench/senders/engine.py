"""This engine: `python -m tests.bench.senders.engine FOLDER ISSUE [DATABASE_URL]`.

An order for it also says `batch`, `key` (a kind of DKIM key, or null), and `afresh`: whether the
first subscribers wait again, or it goes on where the last run ended. `port` null is nowhere;
`messages` null is all that nobody else sends. Its answer has the processor's seconds, too.
"""

import asyncio
import sys
from functools import cache
from pathlib import Path

from digest.deliver.backend import Backend, ConnectionEnd, Done, Ending, Source, envelopes
from digest.deliver.dkim import Signer, generate_key, load_key, make_signer
from digest.deliver.smtp.backend import SmtpBackend
from digest.deliver.smtp.server import SmtpServer
from digest.model import Outcome, Verdict
from digest.rate_limits import RateLimits
from tests.bench.outgoing import Outgoing
from tests.bench.senders import Answer, Order, serve

_TAKEN = Outcome(Verdict.SENT, "250 2.0.0 nowhere", 250)


class Nowhere:
    """A backend that takes every message at once: what is left is the engine's own work."""

    name = place = "nowhere"
    weight = 1

    def __init__(self, limits: RateLimits) -> None:
        self.limits = limits
        self.window = 4 * limits.connections

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        """Answer as a server would: after the others had their turn."""
        count = 0
        await asyncio.sleep(0)
        async for envelope in envelopes(source):
            await asyncio.sleep(0)
            done(envelope, _TAKEN)
            count += 1
        return ConnectionEnd(Ending.DONE, "", count)

    def hang_up(self) -> None:
        """Nothing is ever in flight."""


def backend(order: Order) -> Backend:
    """Where an order's messages go."""
    limits = RateLimits(connections=order["connections"])
    if order["port"] is None:
        return Nowhere(limits)
    return SmtpBackend(SmtpServer("127.0.0.1", order["port"], security="none", limits=limits))


@cache
def signer(kind: str | None) -> Signer | None:
    """Signs with a key of that kind, made for the occasion."""
    if kind is None:
        return None
    key = load_key(generate_key(kind), domain="example.org", selector="bench", origin="bench")
    return make_signer([key])


def main(folder: str, issue_id: str, *url: str) -> None:
    """Send what is ordered."""
    outgoing = Outgoing(Path(folder), int(issue_id), *url)

    def work(order: Order) -> Answer:
        if order["afresh"]:
            outgoing.reset(order["messages"])
        sign = signer(order["key"])
        sent = outgoing.send(backend(order), order["batch"], order["messages"], sign)
        return Answer(
            messages=sent.messages,
            seconds=sent.seconds,
            bytes=outgoing.size(sign),
            processor=sent.processor,
        )

    serve(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
