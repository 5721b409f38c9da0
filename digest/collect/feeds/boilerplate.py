"""The furniture of feeds, which is no part of a story: "Read more", "appeared first on"; pure."""

import re

_MORE = (
    r"(?:continue reading|read (?:the )?(?:rest|full|more|on)|keep reading|full (?:story|article)"
    r"|click here|view (?:the )?(?:full|original)|see (?:more|full)|learn more|find out more|more"
    r"|weiterlesen|mehr lesen|lire la suite|en savoir plus|lire plus|leer más|seguir leyendo"
    r"|sigue leyendo|leggi tutto|continua a leggere|lees (?:meer|verder)|ler mais|continue lendo"
    r"|läs mer|les mer|læs mere|lue lisää|czytaj dalej|czytaj więcej|číst dál|devamını oku"  # noqa: RUF001
    r"|читать далее|читати далі|続きを読む|阅读全文|더 보기)"
)
_ALONE = re.compile(
    rf"(?:(?:\[|\()?{_MORE}(?:\s+(?:here|story|article|at|on|about|in|from|to|of|»|→|:)\b.*)?"
    r"[\s.…»›→>:\])]*"  # noqa: RUF001
    r"|(?:the )?post .{1,300} (?:first )?appeared (?:first )?on .{1,200}"
    r"|this (?:article|post|story) (?:was )?(?:first|originally) (?:appeared|published) .{1,200}"
    r"|(?:share|tweet|pin|email|print|like|reply|comments?|permalink|advertisement|sponsored|related)"
    r"(?: (?:this|on|via|to|with|it|article|story|links?|content|posts?)\b.{0,60})?[:\s]*"
    r"|(?:view|read|post|leave|add|see|\d+) (?:a |all |\d+ )?comments?\.?"
    r"|(?:filed under|tags?|tagged|categories|posted in|related(?: (?:articles|stories|posts))?)"
    r"\s*:.*"
    r"|(?:subscribe|sign up) (?:to|for) .{0,120}(?:newsletter|podcast|channel|update|feed)s?.{0,60}"
    r"|follow (?:us|me|him|her|them) on .{0,100}"
    r"|(?:article|comments) url: \S+|points: \d+|# ?comments: \d+"
    r"|submitted by /?u/\S+.{0,80}"
    r"|(?:\[(?:link|comments)\]\s*)+"
    r"|[\[(]?(?:…|\.\.\.|&hellip;)[\])]?)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"(?:(?<=[.!?…»\"”\])])|(?P<cut>\[(?:…|\.\.\.)\]|…|\.\.\.))\s*[\[(]?(?:{_MORE}"
    r"(?:\s+(?:here|story|article|at|on|about|in|from|»|→)\b[^.!?]{0,120})?[\s.…»›→>:\])]*"  # noqa: RUF001
    r"|(?:the )?post [^.!?]{1,200} (?:first )?appeared (?:first )?on [^!?]{1,120})$",
    re.IGNORECASE,
)
_CUT = re.compile(r"(?<!\s)\s*(?:\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|(?<!\.)\.{3,})$")
_REACH = 400


def without_boilerplate(lines: list[str]) -> list[str]:
    """The lines that tell something, each without what only leads elsewhere at its end.

    A text that its publisher cut short ends with "…", so that nobody takes it for a sentence.
    """
    trimmed_lines = []
    for line in lines:
        if len(line) <= _REACH and _ALONE.fullmatch(line):
            continue
        head, tail = line[:-_REACH], line[-_REACH:]
        match = _TAIL.search(tail)
        if match:
            tail = tail[: match.start()].rstrip() + ("…" if match["cut"] else "")
        trimmed = (head + _CUT.sub("…", tail)).rstrip()
        if trimmed:
            trimmed_lines.append(trimmed)
    return trimmed_lines
