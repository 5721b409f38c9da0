"""The words around a figure that tell what it counts, how surely, and when, by language.

A word may be a regular expression; `_` stands for a space. Kept small: what is missing here is not
compared, and nothing worse.
"""

CLASSES = {
    "dead": r"""death_toll dead kill(?:s|ed|ing)? died deaths? toll tote[nr]? todesopfer
        getötet\w* starben gestorben ums_leben muert[oa]s fallecid[oa]s murieron morts tués décès
        morti mort[oa]s погиб\w*""",
    "injured": r"""injur(?:ed|ies|ing|es) wounded hurt verletzt\w* verwundet\w* herid[oa]s
        lesionad[oa]s blessée?s ferit[ie] ferid[oa]s ранен\w*""",
    "missing": r"missing unaccounted vermisst\w* desaparecid[oa]s disparus dispersi",
    "evacuated": r"evacuat\w+ evakuiert\w* evacuad[oa]s évacuée?s desalojad[oa]s",
    "arrested": r"arrest(?:s|ed|ing)? detained festgenommen\w* detenid[oa]s arrêtée?s arrestat[ie]",
    "magnitude": r"magnitude stärke magnitud magnitudo",
}
# Written without spaces: the number stands beside the word.
UNSPACED_CLASSES = {
    "dead": "死亡 死者 遇难 遇難 死",
    "injured": "受伤 受傷 負傷 けが 重軽傷 伤",
    "missing": "失踪 失蹤 行方不明 失联",
}
# Whoever is counted without a word more.
_PEOPLE = """
    people persons person victims humans menschen personen personnes personas pessoas persone
    opfer others human
"""
PEOPLE = frozenset(_PEOPLE.split())
_NEUTRAL = """
    confirmed reported feared found officially were injured left resultaron quedaron resultados
    wurden worden sind ont été sono state rimaste ficaram foram so far now already inzwischen
    mittlerweile bislang
"""
NEUTRAL = frozenset(_NEUTRAL.split())
AT_LEAST = (
    "at least|more than|over|mindestens|mehr als|über|wenigstens|au moins|plus de|al menos"
    "|más de|por lo menos|almeno|più di|oltre|pelo menos|mais de|minstens|meer dan|не менее|более"
)
ABOUT = (
    "about|around|some|nearly|almost|roughly|approximately|up to|an estimated|etwa|rund|fast"
    "|knapp|gut|bis zu|environ|près de|jusqu'à|unos|unas|casi|cerca de|alrededor de|hasta|circa"
    "|quasi|fino a|ongeveer|bijna|около|почти"
)
# From two on: `one` and `un` are articles, too.
_NUMERALS = {
    "en": """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen twenty""",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "dois três quatro cinco seis sete oito nove dez onze doze",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
}
NUMERALS = {
    language: {word: number for number, word in enumerate(listed.split(), start=2)}
    for language, listed in _NUMERALS.items()
}
MULTIPLIERS = {
    "thousand": 10**3, "tausend": 10**3, "mil": 10**3, "mille": 10**3, "mila": 10**3,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "mio": 10**6, "mn": 10**6,
    "millones": 10**6, "millón": 10**6, "milioni": 10**6, "milhões": 10**6,
    "billion": 10**9, "bn": 10**9, "milliarden": 10**9, "milliarde": 10**9, "mrd": 10**9,
    "milliards": 10**9, "miliardi": 10**9, "trillion": 10**12,
}  # fmt: skip
# Units of time and age: two of them hardly ever contradict each other.
_TIMES = """
    second seconds minute minutes hour hours day days night nights week weeks month months year
    years decade decades am pm o'clock uhr sekunden minuten stunde stunden tag tage tagen
    nächte woche wochen monat monate monaten jahr jahre jahren heures heure jours jour semaines
    mois ans année années horas hora días día dias dia semanas semana meses mes años año anos
    ore ora giorni giorno settimane mesi anni anno uur dagen weken maanden jaar times mal fois
    veces volte vezes januar februar märz april mai juni juli august september oktober november
    dezember january february march may june july october december janvier février mars avril
    juin juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio
    julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno
    luglio settembre ottobre novembre dicembre
"""
TIMES = frozenset(_TIMES.split())
# Of another day than the event's.
LOOKS_BACK = (
    r"(?:19|20)\d\d|last (?:year|month|week|summer|winter)|previous(?:ly)?|earlier (?:this|in)|ago"
    r"|since|decades?|centur\w+|histor\w+|compared|aftershocks?|forecast|expected|revised"
    r"|vergangene\w* (?:jahr|woche|monat)|letzte\w* (?:jahr|woche|monat)|seit|vor \w+ jahren|bisher"
    r"|nachbeben|zuvor|l'an dernier|depuis|il y a|précédent\w*|réplique|hace|desde|año pasado"
    r"|réplica|anteriores?|scorso|fa|scossa di assestamento|passado|réplicas"
)
