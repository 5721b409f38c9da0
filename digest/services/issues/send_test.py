"""An issue mailed to a few addresses as a test: marked as one, and counting for nobody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.addresses import read_address
from digest.deliver.send_single import send_single
from digest.errors import DigestError, UsageError
from digest.model import Outcome, Verdict
from digest.project import Project
from digest.services.admins import audit
from digest.services.installation.guard import refuse_a_copy
from digest.services.issues.preview import IssueMail, Previewer, Viewpoint

if TYPE_CHECKING:
    from digest.deliver.backend import Backend

# A test is for a few colleagues; a list of them is no newsletter.
MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class SentTest:
    """What came of a test to an address."""

    address: str
    outcome: Outcome

    @property
    def is_sent(self) -> bool:
        """Whether a server took it."""
        return self.outcome.verdict is Verdict.SENT


def send_tests(
    project: Project,
    previewer: Previewer,
    mail: IssueMail,
    viewpoint: Viewpoint,
    addresses: Sequence[str],
    make_backends: "Callable[[], list[Backend]]",
    who: str,
) -> list[SentTest]:
    """Mail an issue to addresses as its recipient would get it; what came of each.

    That `who` did is on record, without the addresses.
    A usage error where one is no address, a DigestError where the issue holds nothing for them.
    """
    refuse_a_copy(project)
    envelopes = []
    for address in _checked(addresses):
        envelope = previewer.test_envelope(mail, viewpoint, address)
        if envelope is None:
            raise DigestError(
                f"the issue {mail.issue.key} holds nothing for {viewpoint.subscriber.email}",
                remedy="`digest issue show` says what is new",
            )
        envelopes.append(envelope)
    backends = make_backends()
    sent = [SentTest(envelope.recipient, send_single(backends, envelope)) for envelope in envelopes]
    took = f"{sum(test_mail.is_sent for test_mail in sent)} of {len(sent)} sent"
    with project.database.write() as connection:
        audit.record(
            connection, project.clock(), who, "test", f"issue {mail.issue.key}", after=took
        )
    return sent


def _checked(addresses: Sequence[str]) -> list[str]:
    if not addresses:
        raise UsageError("a test needs an address", remedy="write one, such as you@example.org")
    if len(addresses) > MOST_ADDRESSES:
        raise UsageError(
            f"{len(addresses)} addresses are too many for a test",
            remedy=f"at most {MOST_ADDRESSES} are taken",
        )
    checked = []
    for address in addresses:
        try:
            checked.append(read_address(address))
        except ValueError as error:
            raise UsageError(
                f"{address!r} is not an address: {error}", remedy="one such as you@example.org"
            ) from None
    return list(dict.fromkeys(checked))
