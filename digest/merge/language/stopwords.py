"""Words that say nothing of an event: the commonest of a few languages, and the editors'."""

_BY_LANGUAGE = {
    "en": """
        a about after again against ago all also am among an and another any are around as at away
        back be because been before being below between both but by can cannot could did
        do does doing down during each ever every few for from further get gets getting
        got had has have having he her here hers him his how i if in into is it its just
        last least less like likely look made many may me might more most much must my
        near need needs new next no nor not now of off on once one only or other our out
        over own per put re s same see set she should since so some still such t than that
        the their them then there these they this those though through to today too two
        under until up upon us use used very via want wants was way we well were what when
        where which while who whom whose why will with within without would yet you your
        ve ll don didn doesn won isn wasn aren couldn wouldn monday tuesday wednesday
        thursday friday saturday sunday week month year years day days time first old""",
    "de": """aber alle allem allen aller als also am an auch auf aus bei beim bis bin da damit dann
        das dass dem den denn der des die dies diese diesem diesen dieser doch dort du durch ein
        eine einem einen einer eines er es etwa für gegen hat hatte haben hier ich ihm ihn ihr ihre
        ihren im in ins ist ja jetzt kann kein keine können man mehr mit muss nach nicht noch nun
        nur ob oder ohne rund schon sehr sei sein seine seinem seinen seit sich sie sind so soll
        sollen über um und uns unter vom von vor war waren was weil wenn wer werden wie wieder will
        wir wird wo wurde wurden zu zum zur zwei zwischen""",
    "fr": """au aux avec ce ces cet cette ceux chez comme contre dans de depuis des deux du elle
        elles en encore entre est et été eu fait font il ils je la le les leur leurs lors lui ma
        mais me même mes moins mon ne nos notre nous on ont ou où par pas plus pour près qu que qui
        sa sans se selon ses si son sont sous sur ta te tout tous toute toutes très tu un une vers
        vos votre vous""",
    "es": """a al algo ante antes como con contra cual cuando de del desde donde dos durante e el
        ella ellos en entre era es esta estas este esto estos fue ha han hasta hay la las le les lo
        los mas me mientras muy ni no nos o otra otro para pero por porque que quien se ser si sin
        sobre son su sus también tan te tiene todo todos tras tu un una unas uno unos y ya""",
    "it": """ad agli ai al alla alle allo anche che chi ci come con contro cui da dagli dai dal
        dalla dalle dei del della delle dello di dopo due e ed era fa fino fra gli ha hanno ho i
        il in io la le lei lo loro lui ma nei nel nella nelle non o ogni per perché più quando
        quella quello questa questo se sei si sia sono su sua sue sui sul sulla suo tra tre un una
        uno""",
    "pt": """ao aos após as até com como da das de depois do dos dois e ela ele em entre era essa
        esse esta este eu foi foram há isso isto já mais mas me mesmo na nas não no nos num numa o
        os ou para pela pelas pelo pelos por qual quando que quem se sem ser seu seus sob sobre são
        sua suas também tem um uma""",
    "nl": """aan al als bij dat de den der deze die dit door een en er geen had heb hebben heeft het
        hij hoe hun ik in is je kan maar me meer met mijn na naar niet nog nu of om onder ook op
        over te tegen toch tot twee uit uw van veel voor waar was wat we weer wel werd wie wij wil
        worden wordt zal ze zich zij zijn zo zou""",
    "ru": """без более был была были было быть в вам вас весь во вот все всего всех вы где да даже
        два для до его ее если есть еще же за здесь и из или им их к как ко когда кто ли лишь между
        меня мне мы на над надо нас не нет ни но ну о об один он она они оно от по под после при
        про с сам со так также там то того тоже только том ты у уже что чтобы это этого этой
        этом""",
    "tr": """bir ve bu da de için ile çok daha gibi olarak olan kadar sonra ne ki o""",
    "ar": """في من على إلى عن مع أن إن التي الذي هذا هذه بعد قبل كان كانت قد ما لا لم لن بين كل غير
        حول خلال عند منذ حتى أو ثم هو هي هم وفي ومن أنه أنها ضد تحت فوق يوم""",
    "hi": """और का की के को से में है हैं था थे थी पर ने कि यह वह एक भी तो ही हो गया गई लिए कर कई""",
}
# What editors write on any report.
_NEWSROOM = """analysis blog breaking brief chart comment correction corrected covers editorial eil
    eilmeldung en direct exclusive exklusiv explained explainer fact factbox feature gallery
    hands-on headline infographic insight interview kommentar live liveblog liveticker morning news
    newsletter obituary opinion photo photos pics picture pictures podcast preview quiz read recap
    report reports reported review roundup said say saying says snapshot sources special sponsored
    sport story summary ticker told top transcript update updated updates urgent urgente video
    videos watch wrap laut sagt dit según dijo diz"""

STOPWORDS = frozenset(" ".join((*_BY_LANGUAGE.values(), _NEWSROOM)).split())
