"""What the gate finds in the words, links and pictures of an issue; pure.

They are slips that a second look would find: where a structure gives one away, the rule goes by
that, and not by a word.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from digest.model import Finding, Issue, Newsletter, RenderedIssue
from digest.render.pictures import picture_names, with_pictures_at

# What a template or a person leaves for later: the marks of mail services and of ours, filler text,
# and the printers' TK where it is not a name's beginning (TK Maxx).
_PLACEHOLDER = re.compile(
    r"\{\{[^{}]{0,80}\}\}|\{%[^{}]{0,80}%\}|\*\|[^|*]{1,40}\|\*|%%[^%\s]{1,40}%%|\[\[[^\[\]]{1,40}\]\]"
    r"|\b(?:TK){1,4}\b(?! [A-Z][a-z])|\bTO ?DO:|\bX{4,}\b|(?i:\blorem ipsum\b|\bdolor sit amet\b)"
)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)\D{0,20}(\d{4})(?:\s*[-\u2013]\s*(\d{4}))?", re.IGNORECASE
)
_SHORTENERS = frozenset((
    "bit.ly", "buff.ly", "cutt.ly", "dlvr.it", "fb.me", "goo.gl", "ift.tt", "is.gd", "lnkd.in",
    "ow.ly", "rb.gy", "rebrand.ly", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com",
    "trib.al", "v.gd",
))  # fmt: skip
# Words that say nothing of where a link leads, where there is one such link alone.
_SAYS_NOTHING = re.compile(
    r"(?:(?:click|tap|press|klicken sie|cliquez|haz clic|clicca|clique|klik)?\s*"
    r"(?:here|this|hier|ici|aquí|qui|aqui)|(?:this )?link|(?:read )?more)[\s.!>»→…]*",
    re.IGNORECASE,
)


def inspect_content(
    rendered: RenderedIssue,
    issue: Issue,
    newsletter: Newsletter,
    *,
    by_hand: Collection[int],
    has_picture: Callable[[str], bool],
    dead_links: Mapping[str, str],
) -> Iterator[Finding]:
    """What holds of the content; `by_hand` are the numbers of the stories that an editor reworded.

    `dead_links` are those that did not answer, with what is wrong.
    """
    html = "".join(rendered.html.values())
    page = ContentPage(html)
    yield from inspect_placeholders(page, _texts(issue, by_hand), "templates/email")
    yield from _old_year(page, issue)
    yield from inspect_link_words(page)
    for link, fault in dead_links.items():
        if escape(link) in html or link in html:
            remedy = "mend the address in the story, or remove it"
            yield Finding("link", "warning", fault, remedy)
    for name in picture_names(with_pictures_at(html, "pictures/"), "pictures/"):
        if not has_picture(name):
            remedy = "restore var/pictures, or hide the story"
            yield Finding("picture", "error", f"the file {name} is missing", remedy)
    if newsletter.images != "none":
        yield from _promised_pictures(issue)


# Where a line stands, the line, and whether we wrote it ourselves.
Text = tuple[str, str, bool]


def _texts(issue: Issue, by_hand: Collection[int]) -> Iterator[Text]:
    yield "subject", issue.subject, True
    yield "preheader", issue.preheader, True
    for paragraph in issue.note:
        yield "note", paragraph, True
    for story in issue.all_stories:
        for line in (story.headline, *story.bullets):
            yield f"story {story.id}", line, story.id in by_hand


def inspect_placeholders(
    page: "ContentPage", texts: Iterable[Text], template: str
) -> Iterator[Finding]:
    """What was left for later, in the texts or what the template has beside them.

    An error where we wrote it ourselves; what a source wrote stops no mail.
    """
    texts = list(texts)
    written = {line for _, line, _ in texts}
    for line in page.lines:
        if not any(line in text for text in written):
            texts.append((template, line, True))
    for place, text, is_ours in texts:
        if match := _PLACEHOLDER.search(text):
            level = "error" if is_ours else "warning"
            detail = f"has a placeholder, {match[0]!r}: {text[:120]}"
            yield Finding(place, level, detail, "write what is to stand there")


def _old_year(page: "ContentPage", issue: Issue) -> Iterator[Finding]:
    """A copyright that ends before the issue's year, outside of the stories."""
    lines_of_stories = {
        line for story in issue.all_stories for line in (story.headline, *story.bullets)
    }
    for match in map(_COPYRIGHT.search, page.lines):
        if match is None:
            continue
        year = match[2] or match[1]
        if int(year) < issue.date.year and not any(match[0] in line for line in lines_of_stories):
            remedy = f"write {issue.date.year} in templates/email, or leave the year out"
            yield Finding("footer", "warning", f"its year is {year}", remedy)


def inspect_link_words(page: "ContentPage") -> Iterator[Finding]:
    """Links that say nothing of where they lead, or hide it."""
    for target, text in dict.fromkeys(page.links):
        if _SAYS_NOTHING.fullmatch(text):
            remedy = "let the link's words say where it leads: some hear them read in a list"
            yield Finding("link", "warning", f"says only {text!r}: {target[:120]}", remedy)
        if (urlsplit(target).hostname or "").removeprefix("www.") in _SHORTENERS:
            detail = f"hides where it leads, and filters take it for spam: {target[:120]}"
            yield Finding("link", "warning", detail, "name the page itself")


def _promised_pictures(issue: Issue) -> Iterator[Finding]:
    """Where a person put a picture beside a story, or the story leads the issue."""
    for story in issue.stories:
        if story.image is None or story.picture is not None:
            continue
        if story.image.is_file or story.id == issue.lead.id:
            detail = f"its picture is missing: {story.image.url[:120]}"
            remedy = "`digest explain` says why; mend the file or its address"
            yield Finding(f"story {story.id}", "warning", detail, remedy)


class ContentPage(HTMLParser):
    """The links of a page, each with its words; and its lines of text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self.lines: list[str] = []
        self._target: str | None = None
        self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link begins; a picture in it says what its alt does."""
        attributes = dict(attrs)
        if tag == "a":
            self._target, self._text = attributes.get("href") or "", ""
        elif tag == "img" and self._target is not None:
            self._text += attributes.get("alt") or ""

    def handle_endtag(self, tag: str) -> None:
        """A link ends."""
        if tag == "a" and self._target is not None:
            self.links.append((self._target, " ".join(self._text.split())))
            self._target = None

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if line := " ".join(data.split()):
            self.lines.append(line)
        if self._target is not None:
            self._text += data
