"""The words of a notice to an editor: in English, as all that is not for subscribers; pure."""

from collections.abc import Iterator
from datetime import date, datetime

from digest.model import Newsletter, Notice, NoticeKind


def heads(notice: Notice, newsletter: Newsletter) -> tuple[str, str, str]:
    """Its subject, its heading, and why it came."""
    why = f"You get this mail because you are an editor of {newsletter.name}."
    if notice.kind is NoticeKind.ALERT_HELD:
        return f"Alert held: {notice.details['headline']}", "An alert is held", why
    day = date.fromisoformat(str(notice.details["date"]))
    of = f"{newsletter.name}, {day:%A} {day.day} {day:%B}"
    if notice.kind is NoticeKind.NOT_SENT:
        if notice.details.get("state") == "held":
            return f"Held: {of}", "It is held", why
        return f"Not sent: {of}", "Nothing goes out", why
    if notice.details.get("void"):
        return f"Approval void: {of}", "It changed after it was approved", why
    return f"Draft ready: {of}", "The draft is ready", why


def paragraphs(notice: Notice, newsletter: Newsletter) -> Iterator[str]:
    """What it says."""
    details = notice.details
    if notice.kind is NoticeKind.ALERT_HELD:
        yield f"“{details['headline']}” is told by many sources at once, and goes to nobody now."
        yield f"Why: {details['reason']}."
        yield (
            "Once that is mended, or somebody lets it pass on the editors' page Sending, it goes "
            "out; two hours after its sources told it, only with the next issue."
        )
        return
    goes_at, over_at = (_moment(details.get(name), newsletter) for name in ("goes_at", "over_at"))
    if notice.kind is NoticeKind.NOT_SENT:
        yield f"Why: {details['reason']}."
        if details.get("state") == "held":
            condition = "is approved" if details.get("unapproved") else "is released or mended"
            yield f"Once it {condition}, it goes out; at {over_at} its day is over."
        yield "Its stories stay new: the next issue tells them."
        return
    yield f"“{details['subject']}”, {details['stories']} stories."
    if details.get("void"):
        yield f"{details['by']} had approved it. Since then: {details['void']}."
    if details.get("held"):
        yield f"It is held: {details['held']}. Nothing goes out until it is released."
    elif newsletter.approval == "none":
        yield f"It goes out at {goes_at} by itself. Hold it if it must not."
    elif newsletter.when_unapproved == "send":
        yield f"It goes out at {goes_at}, also if nobody approves it by then."
    else:
        yield f"It goes out at {goes_at} if it is approved by then, and waits otherwise."


def _moment(value: object, newsletter: Newsletter) -> str:
    """A time of the details by the newsletter's clock: `06:00 on 1 December (Europe/Berlin)`."""
    if not isinstance(value, str):
        return ""
    at = datetime.fromisoformat(value).astimezone(newsletter.zone)
    return f"{at:%H:%M} on {at.day} {at:%B} ({newsletter.timezone})"
