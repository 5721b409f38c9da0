"""How grave a failure is, and when an address is given up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.bounces.rules import BounceRules, best_status, find_status, judge
from digest.model import BounceKind

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT
DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        ("5.1.1", "", HARD),
        ("5.1.1", "refused as spam", SOFT),
        ("5.1.2", "", HARD),
        ("5.1.3", "", HARD),
        ("5.1.6", "", HARD),
        ("5.1.10", "null MX", HARD),
        ("5.2.1", "the account is disabled", SOFT),
        ("5.2.1", "no such user", HARD),
        ("5.2.2", "mailbox full", SOFT),
        ("4.2.2", "mailbox full", SOFT),
        ("4.1.1", "user unknown", SOFT),
        ("5.3.4", "too big", SOFT),
        ("5.4.4", "host not found", HARD),
        ("5.6.1", "media not supported", SOFT),
        ("5.7.1", "user unknown", HARD),
        ("5.7.26", "unauthenticated", SOFT),
        ("5.1.8", "bad sender's system", SOFT),
        ("5.0.0", "550 user unknown", HARD),
        ("5.0.0", "554 message refused", SOFT),
        ("5.5.0", "Requested action not taken: mailbox unavailable", HARD),
        ("5.5.0", "mailbox unavailable for policy reasons", SOFT),
        ("5.4.1", "Recipient address rejected: Access denied.", HARD),
        ("5.4.1", "no answer from host", SOFT),
        (None, "550 No such user here", HARD),
        (None, "550 Account disabled", SOFT),
        (None, "550 The address does not exist", HARD),
        (None, "550 Mailbox is full, user unknown", SOFT),
        (None, "554 transaction failed", SOFT),
        # Sentences of servers, some with a cause beside them that is not the address.
        ("5.1.351", "remote server returned unknown recipient -> 550 Unknown user", HARD),
        ("5.1.0", "#5.1.0 Address rejected.", HARD),
        (None, "550 The user you are trying to contact does not exist", HARD),
        (None, "550 Recipient not found by SMTP address lookup", HARD),
        (None, "550 This email address is wrong or no longer valid", HARD),
        (None, "no mx record found for domain=example.net", HARD),
        (None, "Host or domain name not found. Name service error for name=example.net", HARD),
        (None, "550 There is no one at this address", HARD),
        (None, "550 Empfänger unbekannt", HARD),
        (None, "550 Utilisateur inconnu !", HARD),
        (None, "550 El usuario ada no existe", HARD),
        (None, "550 Utente sconosciuto", HARD),
        (None, "550 Получатель не найден", HARD),
        (None, "ユーザー Ada はディレクトリには見つかりません", HARD),
        (None, "550 Empfänger hat die Nachricht abgelehnt", SOFT),
        (None, "550 Host not reachable", SOFT),
        ("5.1.1", "IP address blacklisted by recipient", SOFT),
        ("5.1.1", "mailbox is over quota", SOFT),
        ("5.2.1", "the user you are trying to contact is receiving mail at a rate", SOFT),
        ("5.7.1", "5.1.0 - Unknown address error 550-'5.7.1 client blocked'", SOFT),
        ("5.5.0", "mailbox unavailable Sender address is not allowed.", SOFT),
        (None, "550 Invalid sender domain", SOFT),
        (None, "550 rejected: cannot find your hostname", SOFT),
        (None, "Name service error for domain example.net: Host not found, try again", SOFT),
        (None, "450 User unknown, once more please", SOFT),
        (None, "550 see https://example.net/no-such-user or write to no.such.user@x.test", SOFT),
        (None, "", SOFT),
    ],
)
def test_only_what_says_that_nobody_is_there_is_hard(status, text, kind):
    assert judge(status, text) is kind


@pytest.mark.parametrize(
    ("code", "reply", "expected"),
    [
        (550, "550 5.1.1 <ada@example.net>: no such user", (HARD, "5.1.1")),
        (550, "550 no such user", (HARD, None)),
        (450, "450 4.2.1 no such user, try later", (SOFT, "4.2.1")),
        (451, "451 user unknown for now", (SOFT, None)),
        (554, "554 5.7.1 blocked using a list", (SOFT, "5.7.1")),
        (552, "552 5.2.2 over quota", (SOFT, "5.2.2")),
        (None, "", (SOFT, None)),
    ],
)
def test_a_reply_during_smtp_is_judged_as_a_report_is(code, reply, expected):
    assert BounceRules().judge_reply(code, reply) == expected


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 5.1.1 Your access to this mail system has been rejected", BounceKind.SOFT),
        ("550 5.1.1 You must log in first", BounceKind.SOFT),
        ("550 5.1.1 that domain is not in my rcpthosts", BounceKind.SOFT),
        ("5.1.1 that domain is not in my rcpthosts", BounceKind.SOFT),
        ("smtp; 5.1.1 You must log in first", BounceKind.SOFT),
        ("5.1.1 User unknown", BounceKind.HARD),
        ("550 5.1.1 The IP address 192.0.2.1 is blacklisted", BounceKind.SOFT),
        ("550 5.1.1 user is over quota", BounceKind.SOFT),
        ("550 5.1.2 hostname lookup failed for the client", BounceKind.SOFT),
        ("550 5.1.1 User unknown", BounceKind.HARD),
        # What stands around a reply is the reporting system's, and names our host as it names all.
        ("remote host [192.0.2.1] said: 550 5.1.1 unknown or illegal alias", BounceKind.HARD),
        ("I couldn't find a mail exchanger or IP address. (#5.1.2)", BounceKind.HARD),
    ],
)
def test_a_reply_that_is_about_us_is_so_in_a_report_too(reply, kind):
    """The same judge as while we send (promise 12)."""
    assert judge(best_status(None, reply), reply) is kind


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 no", "5.1.1"),
        ("(#5.1.1)", "5.1.1"),
        ("550-5.7.26 no", "5.7.26"),
        ("host 5.1.1.3 said no", None),
        ("host 15.1.1 said no", None),
        ("2.0.0 ok, then 4.4.1", "4.4.1"),
        ("nothing", None),
    ],
)
def test_an_enhanced_status_is_found_in_words_and_an_ip_address_is_none(text, status):
    assert find_status(text) == status


def test_a_servers_own_status_goes_before_that_of_a_field_unless_it_is_vague():
    assert best_status("5.0.0", "550 5.1.1 no") == "5.1.1"
    assert best_status("5.1.1", "550 5.0.0 no") == "5.1.1"
    assert best_status("5.2.2", "550 5.1.1 no") == "5.1.1"
    assert best_status("5.1.1", "550 5.7.1 no") == "5.7.1"
    assert best_status(None, "5.1.0 - unknown address error 550-'5.7.26 no'") == "5.7.26"
    assert best_status("5.0.0", "no") == "5.0.0"
    assert best_status(None, "no") is None


def test_soft_bounces_of_five_days_within_fourteen_are_too_many():
    rules = BounceRules()
    days = [DAY - timedelta(days=n) for n in (0, 2, 5, 9, 13)]
    assert rules.too_many_soft(days)
    assert not rules.too_many_soft(days[1:])
    assert not rules.too_many_soft([*days[:4], DAY - timedelta(days=14)])


def test_many_soft_bounces_of_one_day_count_as_one():
    assert not BounceRules().too_many_soft([DAY] * 50)
    assert BounceRules(soft_limit=1).too_many_soft([DAY])
    assert not BounceRules(soft_limit=1).too_many_soft([])


@given(st.lists(st.dates(DAY, DAY + timedelta(days=60))), st.integers(1, 9), st.integers(1, 30))
def test_more_soft_bounces_before_the_last_never_save_an_address(days, limit, span):
    rules = BounceRules(limit, span)
    if rules.too_many_soft(days):
        assert rules.too_many_soft([*days, max(days), *days])
        assert len({day for day in days if max(days) - day < timedelta(days=span)}) >= limit


@given(st.text(), st.sampled_from([None, "5.0.0", "5.7.1", "4.2.2"]))
def test_any_words_are_hard_or_soft(text, status):
    assert judge(status, text) in (HARD, SOFT)
