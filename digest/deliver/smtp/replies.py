"""What a server's reply means; pure. docs/outcomes.md has the table, which the tests hold.

The first digit decides first (RFC 5321, section 4.2.1): only 5yz is final, and what no standard
knows is temporary. Of a final one it is asked whose fault it is (digest.deliver.refusals).
"""

from digest.deliver.refusals import Fault, SmtpStage, fault_of, status_of
from digest.model import Outcome, Verdict


def judge(stage: SmtpStage, code: int, text: str) -> Outcome:
    """The outcome of a reply."""
    reply = f"{code} {text}".strip()
    if 200 <= code < 300 and stage is SmtpStage.MESSAGE:
        return Outcome(Verdict.SENT, reply, code)
    if not 500 <= code < 600:
        return Outcome(Verdict.RETRY, reply, code)
    verdict = _VERDICTS[fault_of(stage, code, status_of(text), text)]
    return Outcome(verdict, f"{stage}: {reply}" if verdict is Verdict.STOP else reply, code)


_VERDICTS = {
    Fault.OURS: Verdict.STOP,
    Fault.ADDRESS: Verdict.REJECTED,
    Fault.PASSING: Verdict.RETRY,
}
