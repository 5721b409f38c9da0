"""What servers write of a failure, told apart: nobody is there, or something else; pure.

No list of phrases is whole. These are sentences with gaps: who or where (a user, a domain), up to
five words that say nothing, and what is said of them.
"""

import re

_WHO = (
    r"(?:user(?:'?s)?|userid|recipients?|mailbox|mail\ box|address(?:ee)?|account|person|customer"
    r"|member)"
)
_WHERE = r"(?:domain|host|hostname|mail\ exchanger|mx(?:\ record)?|destination)"
_ABSENT = r"""(?:
    (?:is\ |was\ |are\ |were\ )?
    (?:unknown|invalid|unavailable|wrong
      |not\ (?:an?\ )?(?:[\w-]+\ )?
       (?:known|found|listed|recogni[sz]ed|valid|active|present|local|exists?))
  | (?:is\ )?no\ longer\ (?:in\ (?:service|use)|valid|active|available|here)
  | (?:does\ not|do\ not|doesn'?t|don'?t|no\ longer)\ (?:exists?|accepts?\ (?:any\ )?mail)
  | (?:could\ not|couldn'?t|wasn'?t|was\ not|can\ ?not|can'?t)\ (?:be\ )?(?:found|resolved)
  | (?:has|is|was|been)\ (?:been\ )?(?:moved|closed|deleted|discontinued|removed|terminated)
)"""
_NOBODY = re.compile(
    rf"""
    \b(?:no\ such|unknown|invalid|illegal|bad|wrong|no\ valid|non-?existent|unrecogni[sz]ed
      |no\ longer\ an?
      |not\ (?:an?\ )?(?:valid|known|registered|existing|local|active)
      |(?:could\ ?n[o']t|cannot|can't)\ find(?:\ an?y?)?
    )\ (?:[\w-]+\ ){{0,2}}(?:{_WHO}|{_WHERE})\b
  | \b(?:{_WHO}|{_WHERE})\ (?:[^\s:]{{1,60}}\ ){{0,5}}{_ABSENT}\b
  | \bnot\ an?\ (?:[\w-]+\ ){{0,2}}{_WHO}\b
  | \brecipient(?:\ address(?:es)?)?\ rejected\ ?:\ access\ denied
  | \b5\.1\.0\W{{1,3}}address\ rejected
  | \bdoes(?:n'?t|\ not)\ have\ an?\ (?:\S+\ )?account
  | \bno\ (?:mailbox|mail\ box|account|user|one|mx(?:\ record)?|mail\ exchanger|host)
    \ (?:[\w-]+\ ){{0,3}}(?:name|found|here|available|address)\b
  | \bun(?:routeable|routable|reachable)\ (?:mail\ )?(?:address|domain)
  | \bdomain\ is\ not\ reachable\b
  | \brecipient_?not_?found\b | \bnull\ ?mx\b | \bno\ smtp\ service\b
  | \bname\ or\ service\ not\ known\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The same in other languages: who, and what is said of them.
_NOBODY_ELSEWHERE = re.compile(
    r"""
    \b(?:empf[äa]nger|benutzer|postfach|adresse)\b.{0,40}
    \b(?:unbekannt|nicht\ gefunden|existiert\ nicht)
  | \b(?:utilisateur|destinataire|adresse)\b.{0,40}
    \b(?:inconnue?|introuvable|invalide|n'existe\ pas)
  | \b(?:usuario|usu[áa]rio|destinat[áa]rio|direcci[óo]n)\b.{0,40}
    \b(?:desconocid[oa]|desconhecid[oa]|no\ existe|n[ãa]o\ existe)
  | \b(?:utente|destinatario|indirizzo|casella)\b.{0,40}
    \b(?:sconosciut[oa]|inesistente|non\ esiste)
  | \b(?:получател|пользовател|адрес)\w{0,9}.{0,40}(?:не\ найден|не\ существует|неизвест)
  | (?:ユーザ|宛先|受信者|アドレス|ディレクトリ)[^。]{0,40}
    (?:見つかりません|存在しません|リストにありません)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The message, the sender, the way, a mailbox that is full, or what passes: said beside the other,
# it is this that is meant.
_SOMETHING_ELSE = re.compile(
    r"""
    spam | \bvirus | policy | \bcontent\b(?!-)
  | block(?:ed|ing|list) | black\ ?list | reputation | \bd?n?s?[rb]bl\b | banned
  | dmarc | \bspf\b | dkim | authenticat | authori[sz] | \brelay
  | \bsender\b | \bsending\b | \bsend\ (?:as|mail|to)\b | \bfrom\ (?:address|field|header)
  | \bhelo\b | \bmy\ name\b | client\ host | reverse\ dns | \bptr\b
  | \byour\ (?:host|domain|server) | \b(?:your|this|source|from)\ ip\b
  | \bip\ (?:address\ )?(?:\[|\d|is|was|has|black|block|listed|not)
  | quota | \bfull\b | storage | exceed | too\ (?:big|large|many) | \blimit | \brate\b
  | grey\ ?list | temporar | \btry\ (?:again\ )?(?:later|in) | found,\ try\ again
  | timed?\ ?out
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What stands in a name or behind a link says nothing of the failure.
_NAMES = re.compile(r"https?://\S*|(?<!\S)\S*@\S*", re.IGNORECASE)


def plain_words(text: str) -> str:
    """The words of a failure on one line, without addresses and links."""
    return " ".join(_NAMES.sub("@", text).split())


def says_nobody_is_there(words: str) -> bool:
    """Whether `plain_words` name a mailbox or a domain that is not there."""
    return bool(_NOBODY.search(words) or _NOBODY_ELSEWHERE.search(words))


def says_something_else(words: str) -> bool:
    """Whether `plain_words` name a cause that is not the address."""
    return _SOMETHING_ELSE.search(words) is not None
