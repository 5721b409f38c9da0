"""One message, at once: beside the queue, its rates and its records."""

import asyncio
from collections.abc import Sequence

from digest.deliver.backend import Backend
from digest.model import Envelope, Outcome, Verdict


def send_single(backends: Sequence[Backend], envelope: Envelope) -> Outcome:
    """Hand a message to the first backend that can take it; what came of it.

    One that cannot be reached, or refuses its sender, leaves it to the next; the last has the word.
    """
    outcome = Outcome(Verdict.STOP, "there is no backend")
    for backend in backends:
        outcome = asyncio.run(_attempt(backend, envelope))
        if outcome.verdict not in (Verdict.STOP, Verdict.RETRY):
            break
    return outcome


async def _attempt(backend: Backend, envelope: Envelope) -> Outcome:
    waiting, outcomes = [envelope], list[Outcome]()
    end = await backend.session(
        lambda: waiting.pop() if waiting else None,
        lambda _envelope, outcome: outcomes.append(outcome),
    )
    return outcomes[0] if outcomes else end.outcome or Outcome(Verdict.STOP, end.detail)
