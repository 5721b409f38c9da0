"""Sentences that are understood only behind another: `He said`, `It also`, `Sie`; pure."""

import re

from digest.merge.language.quotes import CLOSING, OPENING, quoted_spans, unquoted

# Words that such a sentence begins with, a phrase with `_` for its spaces.
_WORDS = {
    "en": """he she it they his her hers its their him them these those such that but and or so yet
        however instead therefore thus also moreover furthermore besides meanwhile nevertheless
        still then both neither another other others some_of_them some_of_these one_of_them
        one_of_these in_addition in_contrast in_response in_turn in_return as_a_result for_example
        for_instance after_that at_the_same_time among_them by_contrast by_comparison the_latter
        the_former the_same the_move one_of_those""",
    "de": """er sie es ihr ihre ihren ihm ihn sein seine seiner seinen dies diese dieser dieses
        diesen das_ist das_sei das_war das_wäre das_habe das_hat das_wird das_werde das_sagte aber
        und oder doch jedoch auch außerdem zudem dabei dadurch damit daher deshalb darum danach dazu
        dagegen davon darin dann dort hingegen stattdessen trotzdem dennoch allerdings so beide
        letztere demnach somit ferner""",
    "fr": """il elle ils elles on ce cela ça celui celle ceux cet cette ces son sa ses leur leurs
        lui mais et ou or donc car ainsi aussi pourtant cependant toutefois par_ailleurs en_outre
        de_plus en_revanche puis ensuite enfin c'est c'était""",
    "es": """él ella ellos ellas ello su sus este esta esto estos estas ese esa eso esos esas aquel
        pero y e o así además también sin_embargo no_obstante por_eso por_ello por_tanto
        por_su_parte entonces luego después asimismo ambos ambas""",
    "it": """egli lui lei essi esse esso loro il_suo la_sua i_suoi le_sue questo questa questi
        queste quello quella ma e ed o però così inoltre anche tuttavia quindi poi infine invece
        entrambi""",
    "pt": """ele ela eles elas seu sua seus suas isso isto este esta esse essa esses essas mas e ou
        porém assim também além_disso no_entanto contudo então depois ambos por_isso""",
    "nl": """hij zij ze het_is het_was het_werd het_gaat hun zijn haar dit dat deze die maar en of
        ook daarnaast daarom daardoor bovendien echter toch dus toen beide""",
    "ru": """он она оно они его её ее их это этот эта эти этого но и а или также однако поэтому
        кроме_того при_этом затем тогда оба обе""",
    "ja": "これ それ この その こう そう 同 彼 また しかし 一方 さらに だが",
    "zh": "他 她 它 这 那 该 其 但 而 并 同时 此外 然而 因此 另外",
}
_UNSPACED = {"ja", "zh"}
# `This week` depends on nothing, `this` does.
_THIS = (
    r"|this(?! (?:week|month|year|morning|afternoon|evening|summer|winter|spring|autumn|season))"
)
_THIS_YEAR = re.compile(
    r"(?:diese|dieser|dieses|diesen|este|esta|esse|essa|cette|cet|ce|questo|questa|deze|dit)"
    r" (?:woche|monat|jahr|sommer|winter|semana|mes|mês|año|ano|semaine|mois|année|settimana|mese"
    r"|anno|week|maand|jaar)\b",
    re.IGNORECASE,
)


def _pattern(language: str) -> re.Pattern[str]:
    words = "|".join(re.escape(word).replace("_", " ") for word in _WORDS[language].split())
    this = _THIS if language == "en" else ""
    return re.compile(
        f"(?:{words}{this})" + ("" if language in _UNSPACED else r"\b"), re.IGNORECASE
    )


_DEPENDENT = {language: _pattern(language) for language in _WORDS}
_SOMEBODY_SAID = re.compile(
    r"\b(?:he|she|they|it) (?:\w+ly )?"
    r"(?:said|says|added|told|adds|wrote|explained|warned|noted|insisted)\b"
    r"|\b(?:sagte|sagt|erklärte|betonte|fügte|schrieb|so) (?:er|sie)\b"
    r"|-t-(?:il|elle)\b|\b(?:il|elle) a (?:dit|déclaré|ajouté|affirmé|expliqué)\b"
    r"|\b(?:dijo|añadió|afirmó|explicó) (?:él|ella)\b",
    re.IGNORECASE,
)


def is_dependent(text: str, language: str | None = None) -> bool:
    """Whether it needs the sentence before it; English is taken where no language is known.

    A quotation of somebody who is not named (`"We go," she said`) does too.
    """
    bare = text.lstrip(OPENING + CLOSING + "-\u2013\u2014 ").replace("\u2019", "'")
    pattern = _DEPENDENT.get(language or "en")
    if pattern and pattern.match(bare) and not _THIS_YEAR.match(bare):
        return True
    return bool(quoted_spans(text)) and bool(_SOMEBODY_SAID.search(unquoted(text)))
