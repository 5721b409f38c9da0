"""Words after which a full stop does not end a sentence, and words that begin one."""

# Titles, which some languages write small.
_TITLES = """
    prof dr dott dottssa sig mons sra srta sr messrs
"""
# A name or a noun follows: `Dr. Lee`, `Prof. Weber`, `ca. 30`.
_ALWAYS = """
    Dr Mr Mrs Ms Mx Prof St Ste Gen Sen Rep Gov Sgt Cpl Lt Col Capt Cmdr Maj Adm Brig Rev Fr
    Hon Pres Supt Det Insp Mt Ft Messrs Mme Mmes Mlle MM Me Sr Sra Srta Dra Drs Ing Ir Mag Dipl
    Hr Frau Sig Dott Avv On Dep Min Mons Exmo Exma Lic Arq vs approx est incl excl cf viz esp
    bzw ca vgl sog evtl ggf inkl zzgl bspw geb gest einschl sogen env av apr ex resp p.ex bijv
    m.b.t min max aprox ej pág págs tel Tel Abb Bd Hrsg Jh Jhs тыс млн млрд руб ул им т.н т.е
    напр гр проф акад см св
"""
# A number follows: `No. 10`, `Art. 5`, `S. 12`.
_BEFORE_NUMBER = """
    no nos nr nrs num núm nº art arts abs fig figs vol vols pp sec ch kap par sect sez tab bd
    jan feb mar apr may jun jul aug sep sept oct nov dec janv févr avr juil déc ene abr ago dic
    mai juni juli okt dez genn febbr sett ott fev set out st stat
"""
# The end of a sentence or not: what follows tells.
_MAY_END = """
    inc corp ltd co cos bros llc plc jr sr etc usw usf ff al esq dept univ assn intl jan feb
    mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat mio mrd tsd std
    mil bn tr ecc eccc enz cie sté ave blvd rd ala ariz ark calif colo conn del fla ga ill ind
    kan ky la md mass mich minn miss mo mont neb nev okla ore pa tenn tex va vt wash wis wyo
"""
# Of these, what no language has as a word.
_NO_WORDS = """
    etc usw usf ff al bn ecc enz
"""
# Languages that write `3.` for the third.
_ORDINAL_DOT = """
    de da no nb nn fi cs sk hu pl tr hr bs sr sl et is lv lt fo lb mk
"""
# What begins a sentence and stands in no name.
_OPENERS = """
    The A An It He She They We In On At But And However This That These Those There When While
    After Before If As For His Her Their Its Our With By From Some Many No Officials Police Der
    Die Das Ein Eine Einer Er Sie Es Wir Im Am Bei Beim Nach Auch Doch Aber Und Wie Wenn Als
    Zudem Dabei Dort Mit Für Auf Zu Zum Zur Dieser Diese Dieses Le Les Un Une Il Elle Ils Elles
    En Dans Ce Cette Ces Mais Et Pour Selon Au Aux Sur El Los Las Una Unos Este Esta Pero Según
    Tras Por Con Al Lo Gli Uno Nel Nella Ma Secondo Dopo Per O Os Um Uma Na Mas Segundo Após De
    Het Een Hij Zij Ze Maar Volgens Op Bij В На Он Она Они По Но И Это Как
"""

TITLES = frozenset(_TITLES.split())
ALWAYS = frozenset(_ALWAYS.split())
BEFORE_NUMBER = frozenset(_BEFORE_NUMBER.split())
MAY_END = frozenset(_MAY_END.split())
NO_WORDS = frozenset(_NO_WORDS.split())
ORDINAL_DOT = frozenset(_ORDINAL_DOT.split())
OPENERS = frozenset(_OPENERS.split())
