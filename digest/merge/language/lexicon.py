"""The words by which a report denies, cancels or takes back what another says, by language.

A word ending in `*` stands for all that begin so. Kept small: what is missing here costs a veto,
and then the score alone decides.
"""

DENIAL = """denies denied deny denying denial rejects rejected reject rejecting rebuff* spurn*
    dismisses dismissed refut* debunk* hoax dementiert dementi* bestreitet bestritt
    bestreiten lehnt* ablehn* abgelehnt zurückgewiesen dément* réfut* rejette* niega* negó
    desmient* desmint* rechaz* nega negou desment* smentisc* rifiut* отверг* опроверг* отрица*
    отказал* yalanla* reddet* ينفي نفى تنفي ينكر يرفض 否認 否认 否定 反驳 辟谣 부인"""
RETRACTION = (
    """retract* zurückgezogen widerruf* rétract* retracci* ritratt* отозва* 撤回 撤稿 철회"""
)
WITHDRAWAL = "withdraw* withdrew pulled pulls zieht retiré* retira* retirad* ritira* سحب"
PAPER = "study paper research journal studie artikel étude estudio studio исследов* دراسة 論文 论文"
# Of a notice; `CORRECTED-` before a headline is the same report once more.
CORRECTION = """correction corrections berichtigung korrektur rectificatif correctif corrección
    rectificación rettifica correção исправление تصحيح 訂正 更正 정정"""
NEGATION = """not never cannot can't don't doesn't didn't won't isn't aren't wasn't weren't
    wouldn't couldn't shouldn't hasn't haven't ain't nicht nie niemals pas jamais no nunca non mai
    não nunca niet nooit не никогда değil لن لم لا ليس 不 没有 未"""
AUXILIARY = frozenset(("be", "been", "have", "yet", "zu", "se", "été"))

# Each pair of sides excludes the other.
OPPOSITES = {
    "verdict": (
        """convict* guilty condamné* verurteil* condenad* condannat* осужд* veroordeel* 有罪""",
        """acquit* cleared exonerat* relaxé* acquitt* freigesprochen freispruch absuelt* assolt*
        absolvid* оправда* vrijgesproken 無罪 无罪""",
    ),
    "vote": (
        "approv* passes passed adopts adopted backs ratif* billigt verabschiedet adopté* aprueb*",
        """rejects rejected defeats voted-down scuppers blocks lehnt* abgelehnt rejette* rejeté*
        rechaz*""",
    ),
    "court": ("uphold* upheld bestätigt", "overturn* struck strikes annulled quash* kippt"),
    "life": (
        "alive survives survived lebend* vivant* vivo vivos viva",
        "dead killed dies died deaths fatal tote toten mort morts muert* mort* morto morti",
    ),
    "launch": (
        "liftoff launches launched lifts blasts blast-off",
        "scrub* postpon* delay* cancel* called-off abort*",
    ),
    "trial": (
        "succeed* success* effective extends works benefit* meets met",
        "fail* setback* ineffective flop* disappoint* halts halted",
    ),
    "rates": ("raise* hike* erhöh* relève* sube*", "cut* lower* slash* senkt* baja*"),
    "opening": ("reopen* resum*", "closes closed shut* suspend*"),
    "custody": ("arrest* detain* jailed held", "released freed frees"),
}

# What is numbered in a row: the third stage is not the fourth.
SERIES = """stage etappe étape etapa tappa game match test round runde ronda jornada spieltag leg
    episode folge épisode episodio part teil chapter phase fase day flight flug vol vuelo volo
    race heat season staffel lap series volume t20 odi inning* edition
    category kategorie catégorie categoría"""
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "1st": 1, "2nd": 2,
    "3rd": 3, "4th": 4, "5th": 5, "6th": 6,
    "erstes": 1, "zweites": 2, "drittes": 3, "viertes": 4, "ersten": 1, "zweiten": 2, "dritten": 3,
    "vierten": 4, "premier": 1, "deuxième": 2, "troisième": 3, "quatrième": 4, "primer": 1,
    "segundo": 2, "tercer": 3, "cuarto": 4, "primo": 1, "secondo": 2, "terzo": 3, "quarto": 4,
}  # fmt: skip
PERIODS = "quarter quartal trimestre kwartaal half halbjahr semestre"
FORECAST = "forecast* outlook guidance estimate* view prognose ausblick prévision* previsi*"
NUMERALS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
}
QUAKE = """quake* earthquake* aftershock* tremor* magnitude seismic temblor* terremot* sismo* séism*
    erdbeben nachbeben beben aardbeving* deprem* землетряс* زلزال هزة 地震 震源 震度 지진"""


def classes() -> dict[str, str]:
    """All word lists by the name of their class; a side of OPPOSITES ends in + or -."""
    sides = {
        f"{name}{sign}": words
        for name, pair in OPPOSITES.items()
        for sign, words in zip("+-", pair, strict=True)
    }
    return sides | {
        "denial": DENIAL,
        "retraction": RETRACTION,
        "withdrawal": WITHDRAWAL,
        "paper": PAPER,
        "correction": CORRECTION,
        "negation": NEGATION,
        "series": SERIES,
        "period": PERIODS,
        "forecast": FORECAST,
        "quake": QUAKE,
        "ordinal": " ".join(ORDINALS),
    }
