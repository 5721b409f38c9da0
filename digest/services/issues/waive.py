"""Findings of the gate that somebody lets pass, with the reason on record."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from digest.errors import UsageError
from digest.model import Finding, Newsletter
from digest.project import Project
from digest.services.admins import audit
from digest.services.issues.edit_rules import clean
from digest.store import waivers
from digest.store.waivers import Waiver
from digest.text import clean_line


def waive(finding: Finding, waived: Mapping[str, Waiver]) -> Finding:
    """The finding, as waived where somebody let it pass."""
    waiver = waived.get(finding.id)
    if waiver is None:
        return finding
    return replace(
        finding, level="waived", remedy=f"{waiver.made_by} lets it pass: {waiver.reason}"
    )


def let_pass(
    project: Project,
    newsletter: Newsletter,
    day: date,
    findings: Sequence[Finding],
    finding_id: str,
    reason: str,
    who: str,
    subject: str = "",
) -> Finding:
    """Let one of the findings of a date's issue pass, as long as it says the same.

    `subject` names what else has them: an alert that was made on that date.
    """
    subject = subject or f"issue {newsletter.id}-{day}"
    finding = next((each for each in findings if each.id == finding_id), None)
    if finding is None:
        raise UsageError(
            f"the {subject} has no finding {finding_id!r}",
            remedy="`digest check-issue` lists what it has, each with its id",
        )
    if not clean_line(reason):
        raise UsageError("the reason has no word", remedy="say why it may pass")
    reason = clean(reason)
    with project.database.write() as connection:
        now = project.clock()
        waivers.add(connection, newsletter.id, day, finding, reason, who, now)
        audit.record(connection, now, who, "waive", subject, before=str(finding), after=reason)
    return finding
