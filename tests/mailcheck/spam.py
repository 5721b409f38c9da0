"""SpamAssassin's own rules, without network and without what it learned: `spamassassin -L -t`."""

import re
import shutil
import subprocess

from tests.mailcheck.findings import Finding, Mail, ToolError

LIMIT = 1.0
_SCORE = re.compile(r"^Content analysis details:\s+\((-?[\d.]+) points", re.MULTILINE)
_RULE = re.compile(r"^\s*(-?\d+\.\d) ([A-Z0-9_]+) ", re.MULTILINE)


def missing() -> list[str]:
    """What is not installed."""
    return [] if shutil.which("spamassassin") else ["spamassassin"]


def judge(mails: list[Mail]) -> list[Finding]:
    """Mails that score more than the limit, with the rules that cost points."""
    return [finding for mail in mails for finding in _judge(mail)]


def _judge(mail: Mail) -> list[Finding]:
    done = subprocess.run(
        # -x: no preferences of this user; they would be read, and made where there are none.
        ["spamassassin", "-L", "-t", "-x", "--cf=use_bayes 0"],
        input=mail.eml.read_bytes(),
        capture_output=True,
        check=False,
        timeout=300,
    )
    report = done.stdout.decode(errors="replace").rpartition("Spam detection software")[2]
    score = _SCORE.search(report)
    if score is None:
        raise ToolError(f"spamassassin: no report: {done.stderr.decode(errors='replace')[:200]}")
    if float(score[1]) <= LIMIT:
        return []
    costs = [f"{name} {points}" for points, name in _RULE.findall(report) if float(points) > 0]
    message = f"{score[1]} points, at most {LIMIT} allowed: {', '.join(costs)}"
    return [Finding("spam", mail.name, message)]
