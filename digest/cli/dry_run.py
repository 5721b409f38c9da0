"""What a dry run says of the recipients: how many would get what, or their addresses as JSON."""

from typing import Any

from digest.cli.output import say
from digest.services.delivery.recipients import PlannedIssue
from digest.text import plural


def say_plan(planned: PlannedIssue) -> None:
    """A line a mail, with how many would get it, and who would get none."""
    say(f"Who would get {planned.issue} (`--json` names them):")
    for mail in planned.mails:
        count = len(mail.stories) + len(mail.more)
        say(f"  {plural(len(mail.addresses), 'subscriber')}: {plural(count, 'story')}")
        say(f"    {mail.subject}")
    for group in planned.nobody:
        say(f"  {plural(len(group.addresses), 'subscriber')}: nothing ({group.reason})")


def plan_json(planned: PlannedIssue) -> dict[str, Any]:
    """Each mail with its headlines and addresses, and who would get none."""
    return {
        "issue": planned.issue,
        "mails": [
            {
                "subject": mail.subject,
                "stories": mail.stories,
                "more": mail.more,
                "addresses": mail.addresses,
            }
            for mail in planned.mails
        ],
        "nobody": [
            {"reason": group.reason, "addresses": group.addresses} for group in planned.nobody
        ],
    }
