"""Messages with RSA signatures, prepared a little ahead of the connections (decision 20).

Such a signature takes longer than all else that is done for a message. While one process talks to
the servers, another signs what goes out next; the rest of the path is as for any other message.
"""

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from digest.deliver.dkim import Signer, Unsigned
from digest.deliver.queue.claim_buffer import Ledger
from digest.deliver.queue.engine import Engine, RunResult
from digest.deliver.signing import SigningProcess
from digest.log import get_logger
from digest.model import Claim, Envelope
from digest.services.issues.messages import IssueMessages

log = get_logger(__name__)

# To start a process costs as much as to sign so many.
_WORTH_IT = 500
# How many are prepared at a time, and at most. In smaller portions the processes wait for each
# other so often, and so shortly, that the kernel leaves one core idle.
_PORTION = 32
_MOST = 64
_SLOWLY = "signing goes on more slowly, in this process"


def deliver(
    engine: Engine,
    ledger: Ledger[Claim],
    room: IssueMessages,
    waiting: int,
    begin: Callable[[RSAPrivateKey], SigningProcess] = SigningProcess,
) -> RunResult:
    """Have `waiting` deliveries sent, with a second process where that is faster and can be had."""
    key = room.signer.rsa_key if room.signer else None
    if room.signer is None or key is None or waiting < _WORTH_IT or os.cpu_count() == 1:
        return engine.deliver(ledger, room.envelope)
    try:
        process = begin(key)
    except OSError as error:
        log.warning(_SLOWLY, reason=str(error))
        return engine.deliver(ledger, room.envelope)
    with process:
        ahead = Ahead(room, room.signer, key, process)
        return engine.deliver(ledger, ahead.envelope, ahead.expect)


@dataclass(slots=True, eq=False)
class _Prepared:
    """A message that lacks its signatures; `signature` is the one made elsewhere."""

    envelope: Envelope
    wanted: list[Unsigned]
    signature: bytes | None = None


class Ahead:
    """Makes messages of a room, those that are expected ahead of time.

    Whatever becomes of the process, each message is signed: by ourselves, where it cannot be had
    otherwise. RSA's signature of the same bytes is always the same (RFC 8017, section 8.2).
    """

    def __init__(
        self, room: IssueMessages, signer: Signer, key: RSAPrivateKey, process: SigningProcess
    ) -> None:
        self._room = room
        self._unsigned = replace(room, signer=None)
        self._signer = signer
        self._key = key
        self._process: SigningProcess | None = process
        self._coming: OrderedDict[int, Claim] = OrderedDict()
        self._prepared: dict[int, _Prepared] = {}
        self._asked: deque[_Prepared] = deque()

    def expect(self, claims: Sequence[Claim]) -> None:
        """These will be asked for, more or less in this order."""
        self._coming.update((claim.subscriber.id, claim) for claim in claims)

    def envelope(self, claim: Claim) -> Envelope | None:
        """The message for a claim, or None where the issue holds nothing for its topics."""
        number = claim.subscriber.id
        self._coming.pop(number, None)
        self._look_ahead()
        prepared = self._prepared.pop(number, None)
        return self._finish(prepared) if prepared else self._room.envelope(claim)

    def _look_ahead(self) -> None:
        if not self._coming or len(self._prepared) > _MOST - _PORTION:
            return
        try:
            if self._process is not None and self._process.has_begun():
                self._ask(self._process)
        except OSError as error:
            self._lose(error)

    def _ask(self, process: SigningProcess) -> None:
        """Make the next few messages, and have them signed."""
        digests: list[bytes] = []
        while self._coming and len(digests) < _PORTION:
            number, claim = self._coming.popitem(last=False)
            prepared = self._prepare(claim)
            if prepared is not None:
                self._prepared[number] = prepared
                self._asked.append(prepared)
                digests += [one.digest for one in prepared.wanted if one.key.key is self._key]
        process.ask(digests)

    def _prepare(self, claim: Claim) -> _Prepared | None:
        envelope = self._unsigned.envelope(claim)
        if envelope is None:
            return None
        now = int(self._room.clock().timestamp())
        return _Prepared(envelope, self._signer.unsigned(envelope.message, now))

    def _finish(self, prepared: _Prepared) -> Envelope:
        self._await(prepared)
        headers = [
            one.header(prepared.signature if one.key.key is self._key else None)
            for one in prepared.wanted
        ]
        message = b"".join([*headers, prepared.envelope.message])
        return replace(prepared.envelope, message=message)

    def _await(self, prepared: _Prepared) -> None:
        """Read signatures up to this one; there are none any more where the process is lost."""
        try:
            while self._process is not None and prepared.signature is None:
                self._asked.popleft().signature = self._process.answer()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        log.warning(_SLOWLY, reason=str(error))
        self._process = None
