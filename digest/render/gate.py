"""The gate: what must hold of a mail before its issue is sealed; pure.

An error holds the issue, a warning is shown. Every finding names its place and a remedy.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from html.parser import HTMLParser

from digest.model import Finding, Issue, Mail, Newsletter, RenderedIssue, Subscriber
from digest.render.colours import READABLE, contrast
from digest.render.editor_note import note_pieces
from digest.render.layout import in_order
from digest.render.links import Links
from digest.render.message import VariantMessages, slot_values
from digest.render.placeholders import PERSONAL, Placeholders
from digest.render.size_limit import BUDGET, heaviest, largest
from digest.render.translations import clicks_sentence
from digest.text import is_web_address

LIGHT_ENOUGH = 90_000
MOST_PICTURE_BYTES = 600_000
SUBJECT_LONG = 90
PREHEADER_SHORT = 30
REQUIRED_HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Auto-Submitted", "MIME-Version",
)  # fmt: skip
SPAM_WORDS = (
    "act now", "buy now", "cash bonus", "click here", "free money", "guaranteed", "limited time",
    "no obligation", "risk-free", "special offer", "urgent", "winner", "100% free", "$$$",
)  # fmt: skip

# Whom a mail is filled in for, where nobody gets it.
SAMPLE_SUBSCRIBER = Subscriber(0, "subscriber@example.org", "")
_TEMPLATE = "templates/email/issue.mjml.j2"
# The links that a mail must have.
_NEEDED = ("unsubscribe", "preferences")


def inspect_issue(rendered: RenderedIssue, issue: Issue, before: str | None) -> Iterator[Finding]:
    """What holds of the issue as a whole; `before` is the subject of the issue before it."""
    yield from _size(rendered, issue)
    yield from _duplicates(issue)
    if before is not None and issue.subject == before:
        yield Finding(
            "subject", "warning", "the same as that of the issue before", "look at the lead story"
        )
    for story in issue.stories:
        if story.picture is not None and not story.picture.alt:
            remedy = "say in alt what the picture shows; until then it is ornament to some"
            yield Finding(f"story {story.id}", "warning", "its picture has no alt text", remedy)


def inspect_mail(
    mail: Mail, issue: Issue, newsletter: Newsletter, links: Links
) -> Iterator[Finding]:
    """What holds of one variant."""
    page = GatePage(mail.html)
    personal = slot_values(newsletter, SAMPLE_SUBSCRIBER, links)
    yield from inspect_subject(mail.subject)
    yield from _preheader(mail, issue)
    yield from inspect_page(page, newsletter, _TEMPLATE)
    yield from inspect_links(page, mail, newsletter, _TEMPLATE, personal, _NEEDED)
    yield from _clicks(page, newsletter)
    yield from inspect_contrast(mail.html)
    yield from _pictures(mail, issue)
    yield from _note(page, mail, issue)
    yield from _parity(mail, issue, newsletter)
    open_slots = list(inspect_slots(mail, PERSONAL, "templates/email"))
    yield from open_slots
    if not open_slots:
        messages = VariantMessages(mail, issue, newsletter, links)
        envelope = messages.envelope(SAMPLE_SUBSCRIBER, datetime.now(UTC))
        yield from inspect_headers(envelope.message)


class GatePage(HTMLParser):
    """What the gate needs to know of the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.html: dict[str, str | None] = {}
        self.images_without_alt = 0
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element says."""
        attributes = dict(attrs)
        if tag == "html":
            self.html = attributes
        if tag == "a":
            self.links.append(attributes.get("href") or "")
        if tag == "img":
            self.images_without_alt += attributes.get("alt") is None
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(tag)
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.words += data


def _size(rendered: RenderedIssue, issue: Issue) -> Iterator[Finding]:
    size = largest(rendered, len(issue.stories))
    if size > BUDGET:
        number, most = heaviest(rendered)
        remedy = (
            f"shorten story {number}, or take it back with `digest stories drop {number}`; "
            "or lower stories_per_topic or max_more, or shorten the template"
        )
        detail = (
            f"the HTML may take {size:,} bytes; Gmail clips at {BUDGET:,}; "
            f"the largest story is {number}, with {most:,} bytes"
        )
        yield Finding("size", "error", detail, remedy)
    elif size > LIGHT_ENOUGH:
        yield Finding("size", "warning", f"the HTML may take {size:,} bytes", "lower max_stories")


def _duplicates(issue: Issue) -> Iterator[Finding]:
    def same(headline: str) -> str:
        return " ".join(sorted(re.findall(r"\w+", headline.casefold())))

    counts = Counter(same(story.headline) for story in issue.all_stories)
    for story in issue.all_stories:
        if counts.pop(same(story.headline), 0) > 1:
            detail = f"another story has the same words: {story.headline}"
            yield Finding(f"story {story.id}", "warning", detail, "remove one of the two files")


def inspect_subject(subject: str) -> Iterator[Finding]:
    """What holds of the line by which a mail is opened or not."""
    if not subject.strip():
        yield Finding("subject", "error", "is empty", "give the lead story a headline")
    if len(subject) > SUBJECT_LONG:
        yield Finding(
            "subject", "warning", f"has {len(subject)} characters", "shorten the lead's headline"
        )
    letters = [c for c in subject if c.isalpha()]
    if len(letters) > 8 and sum(c.isupper() for c in letters) > 0.6 * len(letters):
        yield Finding(
            "subject",
            "warning",
            f"is in capitals: {subject}",
            "write the headline in small letters",
        )
    for word in SPAM_WORDS:
        if word in subject.casefold():
            yield Finding(
                "subject", "warning", f"has the spam word {word!r}", "put the headline otherwise"
            )


def _preheader(mail: Mail, issue: Issue) -> Iterator[Finding]:
    if not mail.preheader.strip():
        yield Finding("preheader", "error", "is empty", "give the lead story a bullet")
    elif len(mail.preheader) < PREHEADER_SHORT:
        by_hand = mail.preheader == issue.written[1]
        longer = "write more" if by_hand else f"lengthen the first bullet of story {issue.lead.id}"
        yield Finding(
            "preheader",
            "warning",
            f"has only {len(mail.preheader)} characters: {mail.preheader}",
            f"{longer}, or clients show the masthead after it",
        )


def inspect_page(page: GatePage, newsletter: Newsletter, template: str) -> Iterator[Finding]:
    """What holds of the page as whoever reads it aloud needs it; `template` made it."""
    if page.html.get("lang") != newsletter.language or not page.html.get("dir"):
        remedy = (
            'begin it with <mjml lang="{{ newsletter.language }}" dir="{{ newsletter.direction }}">'
        )
        yield Finding(
            template, "error", "the page does not tell its language and direction", remedy
        )
    if page.images_without_alt:
        detail = f"pictures without alt: {page.images_without_alt}"
        yield Finding(template, "error", detail, 'give every <img> an alt, alt="" for decoration')
    if page.headings.count("h1") != 1:
        detail = f"has {page.headings.count('h1')} headings h1"
        yield Finding(template, "warning", detail, "keep one h1, the newsletter's name")
    twice = [name for name, count in Counter(page.ids).items() if count > 1]
    if twice:
        yield Finding(template, "warning", f"the id {twice[0]} stands twice", "give each id once")


def inspect_links(
    page: GatePage,
    mail: Mail,
    newsletter: Newsletter,
    template: str,
    personal: Mapping[str, str],
    needed: Sequence[str],
) -> Iterator[Finding]:
    """Whether each link leads somewhere, and what the law asks for is there.

    `personal` are values for the slots, of which the page must have those `needed`.
    """
    placeholders = Placeholders(mail.nonce)
    for link in dict.fromkeys(page.links):
        target = placeholders.fill(link, personal)
        if target.startswith("#") and target[1:] in page.ids:
            continue
        if not is_web_address(target) and not target.startswith("mailto:"):
            remedy = "write an absolute address, https://..., or the id of a heading in the mail"
            yield Finding("link", "error", f"leads nowhere: {link[:120]!r}", remedy)
    for name in needed:
        if str(placeholders.slot(name)) not in mail.html:
            remedy = f'put <a href="{{{{ slot("{name}") }}}}"> back into the footer'
            yield Finding(template, "error", f"has no {name} link", remedy)
    if newsletter.postal_address not in page.words:
        remedy = "put {{ newsletter.postal_address }} back into the footer"
        yield Finding(template, "error", "has no postal address", remedy)


def _clicks(page: GatePage, newsletter: Newsletter) -> Iterator[Finding]:
    """Whoever reads it must be told that clicks are counted."""
    if newsletter.count_clicks and clicks_sentence(newsletter.language) not in page.words:
        remedy = "put that sentence of the template that came with this version into the footer"
        yield Finding(_TEMPLATE, "error", "does not say that clicks are counted", remedy)


def _note(page: GatePage, mail: Mail, issue: Issue) -> Iterator[Finding]:
    """An editor's note, which a template of an earlier version does not show."""
    beginning = note_pieces(issue.note[:1])[0][0].text if issue.note else ""
    for file, shown in (("issue.mjml.j2", page.words), ("issue.txt.j2", mail.text)):
        if " ".join(beginning.split()) not in " ".join(shown.split()):
            detail = "does not show the note from the editor"
            remedy = "put the note of the template that came with this version into it"
            yield Finding(f"templates/email/{file}", "error", detail, remedy)


def inspect_contrast(html: str) -> Iterator[Finding]:
    """Every text colour of a theme against every ground of it: stricter than the eye."""
    light, _, dark = html.partition("(prefers-color-scheme: dark)")
    dark, _, body = dark.partition("</style>")
    for theme, css in (("light", light + body), ("dark", dark)):
        grounds = set(re.findall(r"background(?:-color)?:\s*(#[0-9a-fA-F]{6})", css))
        inks = set(re.findall(r"(?<![\w-])color:\s*(#[0-9a-fA-F]{6})", css))
        for ink in sorted(inks - grounds):
            worst = min((contrast(ink, ground), ground) for ground in grounds or {"#ffffff"})
            if worst[0] < READABLE:
                detail = (
                    f"{ink} on {worst[1]} has a contrast of {worst[0]:.1f} in the {theme} theme"
                )
                yield Finding(
                    "contrast", "warning", detail, f"choose colours with at least {READABLE}"
                )


def _pictures(mail: Mail, issue: Issue) -> Iterator[Finding]:
    """What its pictures weigh: those of our own templates can come to no more."""
    cuts = [
        cut
        for story in issue.all_stories
        if (picture := story.picture)
        for cut in (picture.wide, picture.column, picture.small)
        if cut
    ]
    weight = sum(cut.size for cut in set(cuts) if cut.name in mail.html)
    if weight > MOST_PICTURE_BYTES:
        detail = f"its pictures have {weight:,} bytes; {MOST_PICTURE_BYTES:,} are the most"
        yield Finding("pictures", "warning", detail, "let the template show fewer, or smaller cuts")


def _parity(mail: Mail, issue: Issue, newsletter: Newsletter) -> Iterator[Finding]:
    """Whether the text part has the same stories in the same order."""
    text = " ".join(mail.text.split())
    last = -1
    for story in in_order(issue, newsletter.layout):
        place = text.find(" ".join(story.headline.split()), last + 1)
        if place < 0:
            detail = f"story {story.id} is missing or out of order: {story.headline}"
            remedy = "keep the parts of issue.txt.j2 as they are in issue.mjml.j2"
            yield Finding("templates/email/issue.txt.j2", "error", detail, remedy)
            return
        last = place


def inspect_slots(mail: Mail, allowed: Sequence[str], place: str) -> Iterator[Finding]:
    """Slots that nothing fills."""
    open_slots = {
        name
        for part in (mail.html, mail.text)
        for name in Placeholders(mail.nonce).find(part)[1::2]
    } - set(allowed)
    for name in sorted(open_slots):
        remedy = f"slots that a template may use: {', '.join(allowed)}"
        yield Finding(place, "error", f"nothing fills the slot {name!r}", remedy)


def inspect_headers(message: bytes) -> Iterator[Finding]:
    """Headers that a message to many must have, and this one has not."""
    headers = message_from_bytes(message)
    for name in REQUIRED_HEADERS:
        if not headers.get(name):
            yield Finding(
                "headers", "error", f"{name} is missing", "look at the newsletter's settings"
            )
