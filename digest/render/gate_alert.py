"""What the gate finds in an alert: the rules for an issue, as far as one story has them; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from digest.model import Finding, Mail, Newsletter, Notice
from digest.render.alert import SLOTS, AlertMessages, alert_values
from digest.render.gate import (
    SAMPLE_SUBSCRIBER,
    GatePage,
    inspect_contrast,
    inspect_headers,
    inspect_links,
    inspect_page,
    inspect_slots,
    inspect_subject,
)
from digest.render.gate_content import ContentPage, inspect_link_words, inspect_placeholders
from digest.render.links import Links
from digest.render.size_limit import BUDGET

_HTML, _TEXT = "templates/notices/alert.mjml.j2", "templates/notices/alert.txt.j2"


def inspect_alert(
    mail: Mail, notice: Notice, newsletter: Newsletter, links: Links, *, by_hand: bool
) -> Iterator[Finding]:
    """What holds of an alert; `by_hand`: an editor gave its story other words."""
    story = f"story {notice.details['story']}"
    details: Mapping[str, Any] = notice.details
    lines = (details["headline"], *details["bullets"])
    page, content = GatePage(mail.html), ContentPage(mail.html)
    personal = alert_values(newsletter.id, 0, SAMPLE_SUBSCRIBER.email, links)
    yield from inspect_subject(mail.subject)
    yield from inspect_page(page, newsletter, _HTML)
    yield from inspect_links(page, mail, newsletter, _HTML, personal, ("unsubscribe",))
    yield from inspect_link_words(content)
    yield from inspect_contrast(mail.html)
    yield from inspect_placeholders(content, [(story, line, by_hand) for line in lines], _HTML)
    if (size := len(mail.html.encode())) > BUDGET:
        detail = f"the HTML has {size:,} bytes; Gmail clips at {BUDGET:,}"
        yield Finding(_HTML, "error", detail, "shorten the template, or the story's bullets")
    words = " ".join(mail.text.split())
    for line in lines:
        if " ".join(line.split()) not in words:
            remedy = f"keep the parts of {_TEXT} as they are in {_HTML}"
            yield Finding(_TEXT, "error", f"does not say: {line[:120]}", remedy)
    open_slots = list(inspect_slots(mail, SLOTS, "templates/notices"))
    yield from open_slots
    if not open_slots:
        messages = AlertMessages(mail, newsletter, notice.created_at, links)
        to_somebody = replace(notice, email=SAMPLE_SUBSCRIBER.email)
        yield from inspect_headers(messages.envelope(to_somebody, 0, notice.created_at).message)
