"""Invented stories for the mails to be judged: a day of 200, one in Arabic, one of many sources."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, product

from digest.model import DifferingFact, Issue, SourceRef, Topic, Version
from tests.builders import DAY, picture, story

_WHO = ("Observers", "A team in Oslo", "Students", "Two laboratories", "Engineers", "Surveyors")
_DID = ("describe", "measure", "rule out", "reproduce", "put a date on", "publish the data on")
_WHAT = {
    "space": ("a moon with a ring", "dust around a young star", "a comet without a tail"),
    "physics": ("a muon's half-life", "light at rest in glass", "a superconducting wire"),
    "medicine": ("a vaccine given as a patch", "an insulin pill", "early signs of a stroke"),
    "neuroscience": ("sleep in jellyfish", "a map of the cerebellum", "how a tune is kept in mind"),
    "biology": ("a fungus that eats resin", "the song of a moth", "genes that bees share"),
    "climate": ("the age of Arctic ice", "methane from small lakes", "rain over the Sahel"),
    "oceans": (
        "a reef below 200 metres",
        "the route of grey whales",
        "currents under shelf ice",
    ),
    "chemistry": ("a catalyst made of rust", "a battery of salt", "glass that dissolves"),
    "archaeology": ("a ferry from the Bronze Age", "a baker's ledger", "wells below a Roman road"),
    "palaeontology": ("a feathered lizard", "tracks in Triassic mud", "a beetle's colours"),
    "mathematics": ("a tiling of the sphere", "gaps between primes", "a knot of nine crossings"),
    "computing": (
        "a chip that forgets",
        "errors of a quantum memory",
        "a self-checking proof",
    ),
}

# Beside the stories, for each that has one.
PICTURE = "picture.jpg"

# What lays out badly where it is not thought of: markup, long words, long names.
_HARD = (
    "Costs < 5% & falls > expected, it says \"at last\" & 'finally'",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
)


def many(count: int) -> Iterator[tuple[str, str]]:
    """File names and texts of different stories, each third with a picture."""
    subjects = [(topic, what) for topic, whats in _WHAT.items() for what in whats]
    told = product(_DID, subjects)
    for number, (did, (topic, what)) in enumerate(islice(told, count)):
        headline = f"{_WHO[number % len(_WHO)]} {did} {what}"
        bullets = [
            f"{headline}, after {number + 2} years of work in {number % 7 + 1} countries.",
            _HARD[number % 2] if number % 20 < 2 else f"The record has {number * 37} entries.",
            f"Number {number} is open to all, with the instruments that were used.",
        ]
        # Now and then a picture comes without a word on what it shows.
        alt = "" if number % 9 == 3 else f"A drawing of {what}"
        image = (PICTURE, alt) if number % 3 == 0 else None
        yield f"story-{number:03}.md", _markdown(topic, headline, bullets, number % 4 + 1, image)


ARABIC_TOPICS = """
[[topics]]
id = "space"
title = "الفضاء"
colour = "#4338ca"

[[topics]]
id = "medicine"
title = "الطب"
colour = "#b4233c"
"""

_ARABIC = (
    (
        "space",
        "مسبار فضائي يرسل أول صور قريبة لقمر جليدي",
        ["التقط المسبار الصور من ارتفاع 120 كيلومترا.", "تظهر الصور شقوقا طويلة في الجليد."],
    ),
    (
        "space",
        "تلسكوب جديد يرصد مجرة تشكلت بعد الانفجار العظيم بقليل",
        ["يبلغ عمر الضوء المرصود 13 مليار سنة.", "نشر الفريق البيانات كلها للباحثين."],
    ),
    (
        "medicine",
        "لقاح جديد ضد الملاريا يحمي ثلاثة أرباع الأطفال",
        ["شملت الدراسة 4800 طفل في أربعة بلدان.", "تكلف الجرعة الواحدة أقل من 4 دولارات."],
    ),
    (
        "medicine",
        "فحص دم بسيط يكشف مرض ألزهايمر قبل ظهور الأعراض",
        ["بلغت دقة الفحص 92 في المئة.", "يقول الباحثون في WHO إن النتائج تحتاج إلى تأكيد."],
    ),
)


def arabic() -> Iterator[tuple[str, str]]:
    """File names and texts of a small day in Arabic, with Latin words and figures in it."""
    for number, (topic, headline, bullets) in enumerate(_ARABIC):
        image = (PICTURE, "رسم توضيحي للخبر")
        yield f"story-{number}.md", _markdown(topic, headline, bullets, 2, image)


def merged() -> Issue:
    """What only feeds make: news of an event told before, reports that differ, headlines alone."""
    names = ("Example Times", "The Elm Herald", "Example Post", "Radio Ash", *"BCDEFGHI")
    sources = tuple(
        SourceRef(name, f"https://example.org/report/{number}") for number, name in enumerate(names)
    )
    dead = (Version("12 dead", names[:5]), Version("at least 15 dead", names[5:6]))
    size = (Version("magnitude 6.3", names[:1]), Version("magnitude 6.7", names[2:4]))
    quake = "Quake shakes the town of Elm; ferries run through the night"
    closed = "The bridge was closed on Friday; ferries run every ten minutes until further notice."
    hurt = (Version("3 hurt", names[:1]), Version("5 hurt", names[2:3]))
    told = (
        story(
            1, headline=quake, bullets=(closed, "Each pier will be looked at."), source_count=12,
            picture=picture(),
            sources=sources, update_since=DAY - timedelta(days=4),
            differing=(DifferingFact("dead", dead), DifferingFact("magnitude", size)),
        ),
        story(2, headline="The council votes on the new harbour", bullets=(), picture=picture()),
        story(
            3, headline="The power is back in Ash", update_since=DAY - timedelta(days=9),
            differing=(DifferingFact("injured", hurt),),
        ),
        story(4, headline="A headline that does not come to its end, " * 5, bullets=("x" * 300,)),
    )  # fmt: skip
    named = (story(5, headline="The ferry is late", update_since=DAY - timedelta(days=1)),)
    return Issue("daily", DAY, quake, closed, (Topic("space", "World"),), told, named)


def _markdown(
    topic: str, headline: str, bullets: list[str], sources: int, image: tuple[str, str] | None
) -> str:
    lines = ["---", f"title: {headline}", f"topic: {topic}", "sources:"]
    for number in range(1, sources + 1):
        lines += [
            f"  - name: Example Times {number}",
            f"    url: https://example.org/report/{number}",
        ]
    if image:
        lines += [f"image: {image[0]}", f"alt: {image[1]}"]
    return "\n".join([*lines, "---", *(f"- {bullet}" for bullet in bullets), ""])
