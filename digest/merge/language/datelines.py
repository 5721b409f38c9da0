"""What an agency writes before a report's first sentence: `LONDON, Nov 3 (Reuters) - `; pure."""

import re

_DASH = "[-\u2013\u2014\u2015]+"
_SMALL = (
    "de|la|le|les|los|del|di|da|do|dos|das|am|an|der|den|el|and|und|et|y|sur|upon|near|bei|"
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|ene|abr|ago|dic|janv|févr|avr|mai|juin|"
    "juil|août|déc|gen|mag|giu|lug|set|ott|fev|out|dez|января|февраля|марта|апреля|мая|июня|июля|"
    "августа|сентября|октября|ноября|декабря|янв|фев|мар|апр|июн|июл|авг|сен|окт|ноя|дек"
)
_WORD = rf"(?:[A-ZÀ-ÞŠŽĆČŁŚŻА-ЯЁ][\w'\u2019-]*\.?|\d{{1,4}}\.?|(?:{_SMALL})\.?)"
_PLACE = rf"{_WORD}(?:[ ,/]+{_WORD}){{0,8}}"
_CAPITALS = (
    r"[A-ZÀ-ÞА-ЯЁ][A-ZÀ-ÞА-ЯЁ'\u2019.-]{2,}(?:[ ,/]+[A-ZÀ-ÞА-ЯЁ][A-ZÀ-ÞА-ЯЁ'\u2019.-]+){0,3}"
)
_DATE = rf"(?:,? (?:{_WORD})(?: {_WORD}){{0,2}})?"
_NAME = r"[A-ZÀ-Þ][\w'\u2019]+"
_BEGINNING = r"(?=[^\W\d_a-zà-þа-яё]|\d|[\"\u201c«\u201e])"
_AGENCY = r"\([^()]{2,40}\)|/[^/\s]{2,20}/"
_FORMS = (
    # (ANSA) - ROMA, 03 NOV -
    rf"\([A-Z][\w/ ]{{1,20}}\)\s*{_DASH}\s*{_PLACE}\s+{_DASH}\s+",
    # LONDON, Nov 3 (Reuters) -   PARIS, 3. Nov. (AFP) –   Madrid, 3 nov (EFE).-   МОСКВА. /ТАСС/.
    rf"(?:{_PLACE}[,.]? ?)?(?:{_AGENCY})\s*(?:(?:[.:]\s*)?{_DASH}|(?<=/)\.)\s*",
    # لندن (رويترز) -
    rf"[^\W\d_A-Za-z][^()\n]{{1,30}}\([^()]{{2,30}}\)\s*{_DASH}\s*",
    # WASHINGTON — The ...; NEW YORK, Nov. 3 -- The ...; МОСКВА, 3 ноя - РИА Новости.
    rf"{_CAPITALS}{_DATE}\s+{_DASH}\s+(?:РИА Новости\.\s+)?{_BEGINNING}",
    # Paris — Le ..., Lima.- El ...
    rf"{_NAME}(?:[ /-]{_NAME}){{0,2}}(?:\s+[\u2013\u2014]\s+|\s?\.[-\u2013]\s*){_BEGINNING}",
    # 【ロンドン共同】  [東京 3日 ロイター] -  （北京讯）  新华社北京11月3日电
    rf"[【\[（(][^】\]）)]{{2,30}}[】\]）)]\s*(?:{_DASH}\s*)?(?=[\u3005-\u9fff])",
    r"[\u4e00-\u9fff]{2,12}\d{1,2}月\d{1,2}日(?:电|電|讯|訊)\s*(?:（[^）]{2,30}）)?\s*",
)
_DATELINE = re.compile("|".join(f"(?:{form})" for form in _FORMS))


def dateline_end(paragraph: str) -> int:
    """Where a report's first paragraph begins to tell; 0 without a dateline."""
    match = _DATELINE.match(paragraph)
    return match.end() if match and match.end() < len(paragraph) else 0
