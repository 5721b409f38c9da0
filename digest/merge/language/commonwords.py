"""Words that are in the news every day, by hand, for a few languages.

They tell less of an event than their number in a small window says; in a large one the counts rule.
"""

_PLACES = """africa african america american americans arab asia asian australia australian austria
    berlin brazil brazilian britain british brussels california canada canadian chile chicago china
    chinese dutch egypt england english eu euro europe european europeans florida france french
    german germans germany global greece greek gulf hong kong india indian indonesia international
    iran iranian iraq ireland irish israel israeli italian italy japan japanese korea korean
    london los angeles mexico mexican middle east moscow national nato netherlands nigeria north
    northern pakistan paris peru poland polish portugal russia russian russians san francisco
    scotland scottish south southern spain spanish sweden swedish swiss switzerland sydney syria
    texas tokyo turkey turkish uk ukraine ukrainian un us usa wales wall street washington west
    western world york zealand
    afrika amerika brasilien china deutschland deutsche deutschen europa frankreich
    griechenland großbritannien indien israel italien japan österreich polen russland schweiz
    spanien türkei ukraine usa wien
    allemagne amérique angleterre belgique brésil chine espagne états-unis europe france française
    français grèce inde italie japon londres russie suisse turquie
    alemania américa argentina brasil chile colombia españa estados unidos europa francia
    inglaterra italia madrid méxico perú reino rusia venezuela
    россии россия москва москве сша украина украины китай
    مصر إيران السعودية أمريكا الولايات المتحدة روسيا الصين العراق سوريا إسرائيل فلسطين غزة
    日本 東京 米国 中国 韓国 北京 美国 全国 世界 한국 미국 서울"""

_MATTERS = """
    go goes going make makes take takes give gives accused action agency air amid announces
    announced army arrest arrested attack award bank ban bill billion body boss budget business
    buy calls campaign car case cases central century chance change charge charged chief children
    city claim claims climate close company concern concerns congress consumer control corp cost
    costs country county court crash creator crisis cup cut cuts data dead deal death deaths debt
    deputy die dies died district drop early economic economy election end energy expected face
    faces fall falls family fan fans fear fears federal fight file files film final finds fire
    firm food force forces former found free fund future gain gains game games gas girl goal good
    government governor group growth guide head health held help high higher hit hits home hope
    hospital hour house human hurt impact inc increase industry inquiry interest investigation
    investor investors issue job jobs judge justice key kill killed killing kills launch launches
    law lawsuit lead leader leaders league leave leaves level life list local lose loss losses low
    lower major man market markets match meeting member men military million minister minute miss
    money mother movie music network office officer official officials oil online open opens order
    party pay people percent plan plans play player players points police policy political poll
    power president price prices probe problem product profit program project public push quarter
    question race raise raises rate rates record release released releases research researchers
    result results return reveals revenue rise rises risk rival role rule rules run sale sales
    school science scientists score season secretary security senate senator service services set
    share shares show shows sign site social special spending staff star stars start starts state
    states statement stock stocks stop storm strike strikes strong student students study suffers
    support suspect talk talks tax team tech tells test threat three trade trading trial turn tv
    union unit university value victim victims victory vote voters wait war warn warning warns
    water weak weather web white win winner wins winning woman women won work worker workers years
    young january february march april june july august september october november december jan
    feb aug sept oct nov dec
    bericht chef ende fall frau geld gericht gewinnt jahr jahre jahren kinder krieg land leben
    mann menschen millionen minister ministerin polizei präsident prozent regierung stadt studie
    tag tage tote toten trainer uhr unfall unternehmen welt wetter zahl
    ans chef enfants euros femme fin gouvernement guerre homme jour jours justice maire millions
    ministre monde mort morts pays personnes police premier président procès vie ville
    años ciudad día días gobierno guerra hombre millones ministro muertos muerte mujer mundo país
    personas policía presidente vida
    человек года году лет президент полиция
    رئيس الرئيس الوزراء وزير الحكومة شرطة الملك مقتل قتلى عاما يوم دولار مليون
    首相 政府 大統領 発表 会見 総統 总统 公司 表示 记者"""

MATTERS = frozenset(_MATTERS.split())
COMMON = MATTERS | frozenset(_PLACES.split())

# What lists, series and columns are called: `Top 10 ...`, `Five ways to ...`, `Season 3 of ...`.
_LISTS = """
    answer best briefing chapter crossword daily digest edition element episode fact facts
    formula highway hint issue lecture lesson meet newsletter number part podcast puzzle
    question questions quiz reason reasons recap room roundup route season seven six
    eight five four nine ten thing
    things three tip tips top two volume way ways week weekly wordle worst
    fragen folge gründe kapitel staffel tipps teil ausgabe wochenrückblick tagesrückblick
    chose choses conseils épisode leçon raison raisons saison semaine
    capítulo consejos cosas episodio formas razones semana temporada
    consigli cose modi motivi puntata settimana stagione"""

LISTING = frozenset(_LISTS.split())
