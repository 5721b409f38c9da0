"""What MJML 4 allows, as far as the installed library knows it, and a look at templates.

The library lets unknown tags and attributes, wrong nesting and a wrong closing tag pass in silence,
and its errors often name no place; so a template is read here, Jinja and all, before it is used.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from digest.text import shorten

_GROUPS = {
    "BACKGROUND": "background-color background-position background-position-x "
    "background-position-y background-repeat background-size background-url",
    "BORDER": "border border-bottom border-left border-right border-top",
    "FONT": "color font-family font-size font-style font-weight",
    "ICON": "icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url icon-width "
    "icon-wrapped-alt icon-wrapped-url",
    "ICO": "ico-align ico-close ico-color ico-font-family ico-font-size ico-line-height ico-open "
    "ico-padding ico-padding-bottom ico-padding-left ico-padding-right ico-padding-top "
    "ico-text-decoration ico-text-transform",
    "INNER-BORDER": "inner-border inner-border-bottom inner-border-left inner-border-radius "
    "inner-border-right inner-border-top",
    "INNER-PADDING": "inner-padding inner-padding-bottom inner-padding-left inner-padding-right "
    "inner-padding-top",
    "PADDING": "padding padding-bottom padding-left padding-right padding-top",
    "CONTENT": "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social "
    "mj-spacer mj-table mj-text",
}


def _table(text: str) -> dict[str, frozenset[str]]:
    """The names that stand in each line after a tag, with groups written out."""
    lines = (line.partition(":") for line in text.strip().splitlines())
    return {
        tag: frozenset(name for word in words.split() for name in _GROUPS.get(word, word).split())
        for tag, _, words in lines
    }


# The attributes that take effect; the tests try each of them with the library.
ATTRIBUTES = _table("""
mjml: dir lang
mj-head:
mj-attributes:
mj-breakpoint: width
mj-font: href name
mj-preview:
mj-style:
mj-title:
mj-raw:
mj-body: background-color css-class width
mj-section: BACKGROUND BORDER PADDING border-radius css-class direction full-width text-align
mj-wrapper: BACKGROUND BORDER PADDING border-radius css-class direction full-width text-align
mj-group: background-color css-class direction vertical-align width
mj-column: BORDER INNER-BORDER PADDING background-color border-radius css-class direction \
    inner-background-color vertical-align width
mj-hero: INNER-PADDING PADDING background-color background-height background-position \
    background-url background-width css-class height inner-background-color mode vertical-align
mj-text: FONT PADDING align container-background-color css-class height letter-spacing line-height \
    text-decoration text-transform vertical-align
mj-button: BORDER FONT PADDING align background-color border-radius container-background-color \
    css-class height href inner-padding letter-spacing line-height name rel target text-align \
    text-decoration text-transform vertical-align width
mj-table: PADDING align border cellpadding cellspacing color container-background-color css-class \
    font-family font-size line-height table-layout vertical-align width
mj-divider: PADDING align border-color border-style border-width container-background-color \
    css-class width
mj-spacer: PADDING container-background-color css-class height
mj-image: PADDING align alt border border-left border-radius border-right \
    container-background-color css-class fluid-on-mobile font-size height href max-height name rel \
    src srcset target title usemap width
mj-social: FONT PADDING align border-radius container-background-color css-class icon-height \
    icon-padding icon-size inner-padding line-height mode text-decoration text-padding \
    vertical-align
mj-social-element: FONT PADDING align alt background-color border-radius css-class href \
    icon-height icon-padding icon-size line-height name rel src target text-decoration \
    text-padding title vertical-align
mj-navbar: ICO PADDING align base-url css-class hamburger
mj-navbar-link: FONT PADDING css-class href letter-spacing line-height name rel target \
    text-decoration text-transform
mj-accordion: ICON PADDING border container-background-color css-class font-family
mj-accordion-element: ICON background-color border css-class font-family
mj-accordion-title: PADDING background-color color css-class font-family font-size
mj-accordion-text: PADDING background-color color css-class font-family font-size font-weight \
    letter-spacing line-height
mj-carousel: PADDING align border-radius container-background-color css-class icon-width left-icon \
    right-icon tb-border tb-border-radius tb-hover-border-color tb-selected-border-color tb-width \
    thumbnails
mj-carousel-image: alt border-radius css-class href rel src target tb-border tb-border-radius \
    thumbnails-src title
""")

# Attributes that MJML 4 has and the library passes over.
IGNORED = _table("""
mjml: owa
mj-style: inline
mj-raw: position
mj-section: text-padding
mj-wrapper: gap text-padding
mj-hero: border-radius container-background-color
mj-button: title
mj-text: background-color
mj-table: font-weight role
mj-spacer: BORDER
mj-image: border-bottom border-top sizes
mj-social: table-layout
mj-social-element: icon-position sizes srcset
mj-accordion-title: font-weight
""")

# What may stand directly in a tag; the tags that are not here hold text and HTML alone.
CHILDREN = _table("""
mjml: mj-body mj-head
mj-head: mj-attributes mj-breakpoint mj-font mj-preview mj-raw mj-style mj-title
mj-body: mj-hero mj-raw mj-section mj-wrapper
mj-wrapper: mj-hero mj-raw mj-section
mj-section: mj-column mj-group mj-raw
mj-group: mj-column mj-raw
mj-column: CONTENT
mj-hero: CONTENT
mj-accordion: mj-accordion-element mj-raw
mj-accordion-element: mj-accordion-text mj-accordion-title mj-raw
mj-carousel: mj-carousel-image
mj-navbar: mj-navbar-link mj-raw
mj-social: mj-raw mj-social-element
""")

_IN_HEAD = CHILDREN["mj-head"] | {"mjml", "mj-head"}
_STYLED = frozenset(ATTRIBUTES) - _IN_HEAD
_DEFAULTS = frozenset({"mj-all", "mj-class"})
_ANY_ATTRIBUTE = frozenset(name for tag in _STYLED for name in ATTRIBUTES[tag]) | {"name"}
CHILDREN["mj-attributes"] = _STYLED | _DEFAULTS

_NOT_HERE = {
    "mj-html-attributes": "write the attributes on the HTML tags themselves",
    "mj-selector": "write the attributes on the HTML tags themselves",
    "mj-html-attribute": "write the attributes on the HTML tags themselves",
    "mj-include": 'write {% include "email/..." %}',
}
_MEANT = {"class": "css-class", "bgcolor": "background-color", "background": "background-color"}
_INSTEAD = {
    ("mj-style", "inline"): "write the declarations in the style of each tag",
    ("mj-raw", "position"): "nothing can stand before the <html> of the mail",
}

# HTML tags that the library closes itself, written small.
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"}
    | {"track", "wbr"}
)


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What is wrong with a template, and where."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def check_template(text: str, name: str) -> list[TemplateFault]:
    """What in a template's own text the MJML library would refuse, spoil or pass over in silence.

    The text is Jinja source: what an expression yields is not known, and what depends on it is let
    pass. A file, and each macro and loop in it, closes the tags that it opens. After an `if` whose
    branches leave different tags open, only single tags are judged.
    """
    masked, statements = _mask(text)
    faults, line, before = [], 1, 0
    for at, reason in sorted(_TagCheck(masked, statements).faults()):
        line += text.count("\n", before, at)
        before = at
        faults.append(TemplateFault(name, line, reason))
    return faults


def structure(mjml: str) -> list[tuple[int, str]]:
    """Where the tags of an MJML document, without Jinja, do not fit: positions and reasons."""
    reading = _TagCheck(mjml, {})
    for _ in reading.faults():
        pass
    return sorted(reading.structural)


# --- Jinja is covered, character by character, so that every place stays where it was. ---

_EXPRESSION, _IN_EXPRESSION = "\x00", "\x02"
_STATEMENT, _IN_STATEMENT = "\x01", "\x03"
# No possessive groups in these patterns: Python up to 3.11.4 matches them wrongly (gh-106052).
_STRING = r"\"(?:[^\"\\]++|\\.)*\"|'(?:[^'\\]++|\\.)*'"
_JINJA = re.compile(
    rf"""\{{\#.*?\#\}}
    | (\{{%[-+]?\s*+raw\s*+[-+]?%\}})(.*?)(\{{%[-+]?\s*+endraw\s*+[-+]?%\}})
    | \{{%[-+]?\s*+(\w*+)((?:{_STRING}|[^"'%]++|%(?!\}}))*)%\}}
    | \{{\{{(?:{_STRING}|[^"'}}]++|\}}(?!\}}))*\}}\}}""",
    re.DOTALL | re.VERBOSE,
)


def _mask(text: str) -> tuple[str, dict[int, str]]:
    """The text with all Jinja covered, and the statements by their places."""
    statements: dict[int, str] = {}

    def cover(match: re.Match[str]) -> str:
        opening, raw, closing, keyword, arguments = match.groups()
        if raw is not None:
            return _covered(opening) + raw + _covered(closing)
        if match[0].startswith("{{"):
            return _EXPRESSION + _IN_EXPRESSION * (len(match[0]) - 1)
        block = keyword == "set" and "=" not in arguments
        statements[match.start()] = "set block" if block else keyword or ""
        return _covered(match[0])

    own = text.translate(dict.fromkeys(range(4), " "))
    return _JINJA.sub(cover, own), statements


def _covered(statement: str) -> str:
    return _STATEMENT + _IN_STATEMENT * (len(statement) - 1)


# --- Tags. ---

_SPACE = r"[\s\x01\x03]"
_NAME = r"(?![\d.-])[^\s!?/<>\"'=\x01\x03]++"
_VALUE = r"\"[^\"]*+\"|'[^']*+'"
_TOKEN = re.compile(
    rf"""(?P<skip><!--\[if[ ][^\]]*+\]>|<!-->|<!\[endif\]-->)
    | (?P<comment><!--(?P<said>.*?)-->)
    | </(?P<close>{_NAME})\s*+>
    | <(?P<open>{_NAME})
      (?P<attributes>(?:{_SPACE}++{_NAME}(?:\s*+=\s*+(?:{_VALUE}))?)*)
      {_SPACE}*+(?P<empty>/?)>
    | (?P<broken></?[^<>]*+)
    | (?P<jinja>\x01)""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(rf"({_NAME})(?:\s*+=\s*+({_VALUE}))?")
_VALUES = re.compile(_VALUE)
_UNQUOTED = re.compile(rf"\s({_NAME})\s*+=\s*+(?![\s\"'])")
_COLOUR = re.compile(r"(?<![\w&#\x00-\x03])#[0-9a-fA-F]{3}(?![\w\x00-\x03])")
_ZERO = re.compile(r"(?<!\S)0(?!\S)")
_PADDED = re.compile(r"(?:^|-)padding(?:-|$)")
_COLOURED = re.compile(r"color$|^(?:inner-|tb-)?border(?:-(?:top|right|bottom|left))?$")

_BRANCHES = {"if": "endif", "trans": "endtrans"}
_NEXT_BRANCH = {"elif", "else", "pluralize"}
_BODIES = {"for": "endfor", "block": "endblock"}
_APART = {"macro": "endmacro", "call": "endcall", "set block": "endset"}
_ENDS = {*_BRANCHES.values(), *_BODIES.values(), *_APART.values()}


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag that is open, and where it stands."""

    name: str
    at: int


@dataclass(slots=True)
class _Part:
    """A part of a template between a statement and its end, and the tags open before it."""

    keyword: str
    before: list[_Tag]
    branches: list[list[_Tag]] = field(default_factory=list)
    has_else: bool = False


class _TagCheck:
    """One pass over a template; once it cannot know what is open, it judges tags one by one."""

    def __init__(self, masked: str, statements: dict[int, str]) -> None:
        self._masked = masked
        self._statements = statements
        self._open: list[_Tag] = []
        self._parts: list[_Part] = []
        self._sure = True
        self.structural: list[tuple[int, str]] = []

    def faults(self) -> Iterator[tuple[int, str]]:
        """Places and reasons."""
        for token in _TOKEN.finditer(self._masked):
            at = token.start()
            match token.lastgroup:
                case "comment":
                    if "--" in token["said"] or token["said"].endswith("-"):
                        self._wrong(at, 'a comment cannot hold "--"')
                case "close":
                    self._close(at, token["close"])
                case "empty":
                    yield from self._tag(at, token["open"], token["attributes"], token["empty"])
                case "broken":
                    self._broken(at, token["broken"])
                case "jinja":
                    self._jinja(self._statements.get(at, ""))
        self._never_closed(self._open)
        yield from self.structural

    def _wrong(self, at: int, reason: str) -> None:
        if self._sure:
            self.structural.append((at, reason))

    def _broken(self, at: int, text: str) -> None:
        """What begins like a tag and is none: the library stops there and names no place."""
        shown = shorten(" ".join(text.split()), 40)
        if _EXPRESSION in text or _STATEMENT in text:
            pass  # it may be whole when it is rendered
        elif text.startswith("<!--"):
            self._wrong(at, "the comment is never closed")
        elif text.startswith(("<!", "<?")):
            self._wrong(at, f"{shown} cannot stand in MJML")
        elif not re.match(r"</?[^\W\d]", text):
            self._wrong(at, 'write &lt; for a "<" that begins no tag')
        elif unquoted := _UNQUOTED.search(text):
            self._wrong(at, f"{shown}: the value of {unquoted[1]} must stand in quotes")
        else:
            self._wrong(at, f'{shown}: a quote, a space or the ">" is missing')
        self._sure = False

    # Jinja's branches, loops and macros.

    def _jinja(self, keyword: str) -> None:
        if keyword in _BRANCHES or keyword in _BODIES or keyword in _APART:
            self._parts.append(_Part(keyword, self._open.copy()))
            if keyword in _APART:
                self._open = []
        elif keyword in _NEXT_BRANCH and self._parts:
            part = self._parts[-1]
            part.branches.append(self._open)
            part.has_else = part.has_else or keyword != "elif"
            self._open = part.before.copy()
        elif keyword in _ENDS and self._parts:
            self._end(self._parts.pop())

    def _end(self, part: _Part) -> None:
        if part.keyword in _BRANCHES or part.branches:
            ends = [*part.branches, self._open]
            if not part.has_else:
                ends.append(part.before)
            if any(_names(end) != _names(ends[0]) for end in ends):
                self._sure = False
            return
        common = 0 if part.keyword in _APART else len(part.before)
        self._never_closed(self._open[common:])
        if common and _names(self._open[:common]) != _names(part.before):
            self._sure = False
        self._open = part.before

    # Tags.

    def _never_closed(self, tags: list[_Tag]) -> None:
        for tag in tags:
            self._wrong(tag.at, f"<{tag.name}> is never closed")

    def _close(self, at: int, name: str) -> None:
        if self._open and (_dynamic(name) or _dynamic(self._open[-1].name)):
            self._open.pop()
            return
        depth = self._depth_of(name.lower())
        if depth is None:
            self._wrong(at, f"</{name}> closes nothing that is open here")
            return
        for tag in self._open[depth + 1 :]:
            self._wrong(tag.at, f"<{tag.name}> is not closed before </{name}>")
        del self._open[depth:]

    def _depth_of(self, name: str) -> int | None:
        """Where the tag is that a closing tag means; one of HTML means none outside its mj- tag."""
        for depth in range(len(self._open) - 1, -1, -1):
            open_name = self._open[depth].name.lower()
            if open_name == name:
                return depth
            if _is_mjml(open_name) and not _is_mjml(name):
                return None
        return None

    def _tag(self, at: int, name: str, attributes: str, empty: str) -> Iterator[tuple[int, str]]:
        if _is_mjml(name.lower()) and not _dynamic(name):
            if name in _NOT_HERE:
                reasons = [f"<{name}> does not work here; {_NOT_HERE[name]}"]
            elif name not in ATTRIBUTES and name not in _DEFAULTS:
                names = [f"<{tag}>" for tag in (*ATTRIBUTES, *_DEFAULTS)]
                reasons = [f"MJML knows no <{name}>{_did_you_mean(f'<{name}>', names)}"]
            else:
                reasons = [*self._misplaced(name), *self._of_attributes(name, attributes)]
            yield from ((at, reason) for reason in reasons)
        if not empty and name not in VOID:
            self._open.append(_Tag(name, at))

    def _misplaced(self, name: str) -> Iterator[str]:
        within = (tag.name for tag in reversed(self._open))
        parent = next((tag for tag in within if _is_mjml(tag.lower()) or _dynamic(tag)), "")
        if not self._sure or _dynamic(parent):
            return
        if parent in CHILDREN:
            wrong = parent == self._open[-1].name and name not in CHILDREN[parent]
        else:
            wrong = parent in ATTRIBUTES or parent in _DEFAULTS
        if wrong:
            homes = [f"<{tag}>" for tag in CHILDREN if name in CHILDREN[tag]]
            if name not in _DEFAULTS:
                homes = [home for home in homes if home != "<mj-attributes>"]
            belongs = f"; it belongs in {' or '.join(homes)}" if homes else ""
            yield f"<{name}> cannot stand in <{parent}>{belongs}"

    def _of_attributes(self, name: str, attributes: str) -> Iterator[str]:
        values = {key: value for key, value in _ATTRIBUTE.findall(attributes) if not _dynamic(key)}
        for key, value in values.items():
            yield from _of_attribute(name, key, value[1:-1])
        if name != "mj-image" or values.get("alt") or _dynamic(_VALUES.sub("", attributes)):
            return
        if not self._open or self._open[-1].name != "mj-attributes":
            yield '<mj-image> has no alt; say what the picture shows, or write alt=""'


def _of_attribute(tag: str, key: str, value: str) -> Iterator[str]:
    """What is wrong with one attribute of a tag that MJML knows."""
    if tag in _DEFAULTS:
        names = _ANY_ATTRIBUTE
    else:
        names = ATTRIBUTES[tag] | ({"mj-class"} if tag in _STYLED else frozenset())
    if key in IGNORED.get(tag, ()):
        instead = _INSTEAD.get((tag, key))
        yield f"the MJML library ignores {key} of <{tag}>{f'; {instead}' if instead else ''}"
    elif key not in names:
        yield f"<{tag}> has no attribute {key}{_did_you_mean(key, names)}"
    elif key == "mj-class" or (tag, key) == ("mj-class", "name"):
        if len(value.split()) > 1 and not re.search(r"[\x00-\x03]", value):
            yield f'{key}="{value}" names two classes, of which the first would win; name one'
    elif _PADDED.search(key) and _ZERO.search(value):
        yield f"write 0px for 0 in {key}: the library counts no width without a unit"
    elif _COLOURED.search(key) and (short := _COLOUR.search(value)):
        long = "".join(2 * digit for digit in short[0][1:])
        yield f"write #{long} for {short[0]} in {key}: not every mail program knows the short form"


def _is_mjml(name: str) -> bool:
    return name.startswith("mj-") or name == "mjml"


def _dynamic(text: str) -> bool:
    return _EXPRESSION in text or _IN_EXPRESSION in text


def _names(tags: list[_Tag]) -> list[str]:
    return [tag.name for tag in tags]


def _did_you_mean(word: str, names: Iterable[str]) -> str:
    meant = _MEANT.get(word.lower(), word.lower())
    near = get_close_matches(meant, sorted(names), n=1)
    return f"; did you mean {near[0]}?" if near else ""
