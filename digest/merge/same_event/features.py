"""A report as merging sees it: counted terms and facts, kept as bytes with the report; pure."""

import json
import struct
import zlib
from array import array
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Self

from digest.merge.language.address import address_words
from digest.merge.language.headline import clean_headline
from digest.merge.language.tokens import Line, Word, plain, read_line
from digest.merge.same_event.facts import Facts, find_facts
from digest.model import Report

# Raised with every change of what the bytes mean; bytes of another version are made anew.
VERSION = 4
SUMMARY_CHARACTERS = 600
_HEADER = struct.Struct("<BH")
_END = b"\0"
# A term's byte: twice its count in the headline and once that in the summary, at most COUNT;
# whether it is a number, and stands in the headline; and how it is written, where the text tells a
# name from a word.
COUNT, NUMBER, HEADLINE, CAPITAL, SMALL = 0x0F, 0x10, 0x20, 0x40, 0x80
# What stands in the report's address alone: in no headline a term counts one.
ADDRESS = HEADLINE | 1


class StaleFeaturesError(ValueError):
    """The bytes are of another version of the tokeniser, or are no features."""


@dataclass(frozen=True, slots=True)
class Features:
    """Terms as 32-bit hashes with a byte each, both packed; then words, and facts as JSON.

    Packed, so that 50,000 of them become one matrix without a loop over their terms.
    """

    ids: bytes
    counts: bytes
    tail: bytes

    def to_bytes(self) -> bytes:
        """One value for the store, some 600 bytes for a report of 40 words."""
        return _HEADER.pack(VERSION, len(self.counts)) + self.ids + self.counts + self.tail

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """The features that `to_bytes` wrote; StaleFeaturesError for those of another version."""
        if len(stored) < _HEADER.size or stored[0] != VERSION:
            raise StaleFeaturesError("features of another version")
        _, count = _HEADER.unpack_from(stored)
        begin, middle = _HEADER.size, _HEADER.size + 4 * count
        return cls(stored[begin:middle], stored[middle : middle + count], stored[middle + count :])

    @property
    def words(self) -> tuple[str, ...]:
        """How each term is written, in the order of `ids`."""
        written, _, _ = self.tail.partition(_END)
        return tuple(written.decode("utf-8", "surrogatepass").split("\n")) if written else ()

    @property
    def facts(self) -> Facts:
        """What another report of the event does not contradict."""
        _, _, facts = self.tail.partition(_END)
        # The same words again and again: one copy of each is enough for all reports.
        return Facts(
            **{name: tuple(map(intern, terms)) for name, terms in json.loads(facts).items()}
        )


def make_features(
    headline: str, summary: str = "", publisher: str = "", address: str = ""
) -> Features:
    """Read a report's text once; only the first 600 characters of the summary count.

    The words of its address count as half a word of the headline each, where the text has them not.
    """
    headline_line = read_line(plain(clean_headline(headline, publisher)))
    summary_line = read_line(plain(summary[:SUMMARY_CHARACTERS]))
    terms: dict[str, int] = {}
    words: dict[str, str] = {}
    for line, weight, place in ((headline_line, 2, HEADLINE), (summary_line, 1, 0)):
        _count(line, weight, place, terms, words)
    for word in _of_the_headline(headline_line, address):
        if terms.setdefault(word.term, ADDRESS) == ADDRESS:
            words[word.term] = word.text
    names = sorted(terms)
    written = "\n".join([words[name] for name in names]).encode("utf-8", "surrogatepass")
    facts = json.dumps(find_facts(headline_line, summary_line).as_dict(), ensure_ascii=True).encode(
        "ascii"
    )
    return Features(
        array("I", map(term_id, names)).tobytes(),
        bytes(terms[name] for name in names),
        written + _END + facts,
    )


def _count(
    line: Line, weight: int, place: int, terms: dict[str, int], words: dict[str, str]
) -> None:
    """Add a line's terms, with CAPITAL or SMALL where its text tells them apart."""
    silent = len(line.words) if line.title_case else 1
    for place_in_line, word in enumerate(line.words):
        if term := word.term:
            byte = terms.get(term, 0)
            if not byte:
                words[term] = word.text
            if byte & COUNT <= COUNT - weight:
                byte += weight
            byte |= place | (NUMBER if word.is_number else 0)
            if place_in_line >= silent:
                byte |= CAPITAL if word.capital else SMALL if word.small else 0
            terms[term] = byte


def _of_the_headline(headline: Line, address: str) -> list[Word]:
    """The words of an address that has one of the headline's; else they are the site's, of all."""
    words = [word for word in read_line(plain(address_words(address))).words if word.term]
    own = {word.term for word in headline.words}
    return words if any(word.term in own for word in words) else []


@lru_cache(maxsize=1 << 17)
def term_id(term: str) -> int:
    """A term's 32-bit id, the same on every machine and in every run."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def features_of(report: Report) -> Features:
    """What merging makes of a report: a seed's bullets are its summary."""
    publisher = report.sources[0].name if report.sources else ""
    text = report.summary or " ".join(report.bullets)
    return make_features(report.headline, text, publisher, report.url or "")
