"""What `check` and `check-issue` found, in lines for people."""

from collections.abc import Sequence

from digest.cli.output import say
from digest.model import Finding


def say_findings(findings: Sequence[Finding], *, with_ids: bool = False) -> None:
    """One line each, the remedy under it; with the id by which one can be let pass."""
    for finding in findings:
        # What is well needs no name to let it pass by.
        name = "" if finding.level == "ok" or not with_ids else f"  [{finding.id}]"
        say(f"{finding.level:7}  {finding}{name}")
        if finding.remedy:
            say(f"         -> {finding.remedy}")
