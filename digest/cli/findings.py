"""What `check` and `check-issue` found, in lines for people."""

from collections.abc import Sequence

from digest.cli.output import say
from digest.model import Finding


def say_findings(findings: Sequence[Finding]) -> None:
    """One line each, the remedy under it."""
    for finding in findings:
        say(f"{finding.level:7}  {finding}")
        if finding.remedy:
            say(f"         -> {finding.remedy}")
