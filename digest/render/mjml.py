r"""MJML to HTML; the only user of the `mjml` library, whose faults end here.

The library writes attributes with the debug escape of its language: a line end, a backslash, a
joiner or an accent on its own comes out as `\n`, `\\`, `\u{200d}`. Numeric entities pass, so
attributes, and the title, which it repeats in one, are made of printable ASCII.
"""

import re
from itertools import chain

from mjml import mjml2html

from digest.errors import DigestError
from digest.render.mjml_rules import VOID, TemplateFault, check_template, structure

__all__ = ["TemplateFault", "check_template", "to_html"]

# The library goes down a level of its stack for each level of tags, and takes the process with it
# when there is no more: at some 9,000 levels, in a thread with a small stack at 120.
DEEPEST = 100

_REMEDY = "compare with the template that came with this version"
_TAG = re.compile(
    r"<(?:[^\s!?<>\"'][^\"'>]*+(?:(?:\"[^\"]*+\"|'[^']*+')[^\"'>]*+)*|!--(?![\[>]).*?--)>",
    re.DOTALL,
)
_VALUE = re.compile(r"=\s*+(?:\"([^\"]*+)\"|'([^']*+)')")
_TITLE = re.compile(r"<mj-title\s*+>([^<]*+)")
_CONTROL = re.compile("[\x00-\x1f\x7f]+")
_NAME = re.compile(r"<([^\s/>]*+)")
_LEFT_OVER = re.compile(r"</?mj-[\w-]*+", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?!\[).*?-->", re.DOTALL)


def to_html(source: str, template: str) -> str:
    """The HTML of an MJML document; an error names the template and the place."""
    tags = _TAG.findall(source)
    _refuse_depth(source, tags, template)
    ready = _ascii_attributes(source, tags)
    try:
        html: str = mjml2html(ready)
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise DigestError(
            f"{template} is not MJML: {_why(error, ready)}", remedy=_REMEDY
        ) from error
    if _LEFT_OVER.search(html) and (unknown := _LEFT_OVER.search(_COMMENT.sub("", html))):
        raise DigestError(
            f"{template} uses {unknown[0]}>, which MJML does not know at that place: "
            f"{_place(source, max(0, source.find(unknown[0])))}",
            remedy="check the tag's name and what it stands in",
        )
    end = html[-40:]
    if "</body>" not in end or "<body></body>" in end:
        raise DigestError(f"{template} makes an empty mail: it has no <mj-body>", remedy=_REMEDY)
    return html


# --- Attributes in ASCII. ---


def _ascii_attributes(source: str, tags: list[str]) -> str:
    """The source with plain attributes, and line ends where they were or after a value."""
    head = max(0, source.find("</mj-head"))
    titles = any('"' in t[1] or not _plain(t[1]) for t in _TITLE.finditer(source, 0, head))
    together = "".join(tags)
    if not titles and _plain(together) and "'" not in together:
        return source
    ready = {tag: _ascii_tag(tag) for tag in set(tags) if "'" in tag or not _plain(tag)}
    between = _TAG.split(source)
    for at in [at for at, tag in enumerate(tags) if tag[:9] == "<mj-title" and tag[-2] != "/"]:
        title = between[at + 1]
        between[at] += "\n" * title.count("\n")
        between[at + 1] = _ascii(title.replace('"', "&#34;"))
    pairs = zip(between, (ready.get(tag, tag) for tag in tags), strict=False)
    return "".join(chain(chain.from_iterable(pairs), between[-1:]))


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "\\" not in text


def _ascii_tag(tag: str) -> str:
    if tag[1] in "!/":
        return tag
    outside = "".join(tag.split('"')[::2])
    if "\n" not in tag and "'" not in outside and outside.isascii():
        return _ascii(tag)
    return _VALUE.sub(_ascii_value, tag)


def _ascii_value(value: re.Match[str]) -> str:
    whole, text = value[0], value[1]
    if text is None:
        text = value[2].replace('"', "&#34;")
    elif _plain(text):
        return whole
    return f'="{_ascii(text)}"' + "\n" * text.count("\n")


def _ascii(text: str) -> str:
    """Numeric entities for what is not ASCII and for backslashes; no control characters."""
    line = text.replace("\\", "&#92;").encode("ascii", "xmlcharrefreplace").decode("ascii")
    return line if line.isprintable() else _CONTROL.sub(" ", line)


# --- Errors. ---


def _refuse_depth(source: str, tags: list[str], template: str) -> None:
    depth = 0
    for tag in tags:
        if tag[1] == "/":
            depth -= 1
        elif tag[-2] != "/":
            depth += 1
            if depth > DEEPEST:  # by this count, in which <br> is never closed
                break
    else:
        return
    level = 0
    for match in _TAG.finditer(source):
        tag, name = match[0], _NAME.match(match[0])
        if tag.startswith("</"):
            level -= 1
        elif not (tag[-2] == "/" or tag[1] == "!" or (name and name[1] in VOID)):
            level += 1
        if level > DEEPEST:
            raise DigestError(
                f"{template} is nested too deep, at {_place(source, match.start())}",
                remedy=f"close what you open; {DEEPEST} tags within each other are the most",
            )


def _why(error: BaseException, source: str) -> str:
    """The library's message with its place, and what a closer look at the tags finds."""
    message = str(error)
    if isinstance(error, UnicodeEncodeError):
        message = f"half a character, at {_place(source, error.start)}"
    elif offset := re.search(r" (?:in root template )?at position (\d+):\d+", message):
        before = source.encode()[: int(offset[1])].decode("utf-8", "ignore")
        message = f"{message[: offset.start()]}, at {_place(source, len(before))}"
    else:
        message = message.removesuffix(" in root template")
    faults = structure(source)
    if faults:
        at, reason = faults[0]
        message = f"{reason}, at {_place(source, at)} (the library says: {message})"
    return message


def _place(source: str, at: int) -> str:
    """The line of the MJML, which is what the template became, and the words around a place."""
    at += len(source[at:]) - len(source[at:].lstrip())
    around = " ".join(source[max(0, at - 30) : at + 40].split())
    return f"line {source.count(chr(10), 0, at) + 1} of the MJML, near {around!r}"
