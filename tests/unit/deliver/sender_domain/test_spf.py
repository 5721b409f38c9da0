"""SPF as a receiver reads it, against a real DNS server."""

from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from digest.deliver.sender_domain.lookup import Dns, NoAnswerError
from digest.deliver.sender_domain.spf import SpfError, SpfResult, read_spf
from tests.dns_server import dns_server, text

CHAIN = {f"c{n}.test": {"TXT": [text(f"v=spf1 include:c{n + 1}.test -all")]} for n in range(11)}
RECORDS = {
    **CHAIN,
    "c11.test": {"TXT": [text("v=spf1 -all")]},
    "plain.test": {
        "TXT": [text("another text"), text("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx -all")],
        "A": ["198.51.100.7"],
        "MX": ["20 mx2.plain.test.", "10 mx1.plain.test."],
    },
    "mx1.plain.test": {"A": ["203.0.113.1"]},
    "mx2.plain.test": {"AAAA": ["2001:db9::2"]},
    "around.test": {"TXT": [text("v=spf1 a:mx1.plain.test/24 ~all")]},
    "via.test": {"TXT": [text("v=spf1 include:plain.test ?all")]},
    "other.test": {"TXT": [text("v=spf1 redirect=plain.test")]},
    "macro.test": {"TXT": [text("v=spf1 exists:%{i}.list.test -all")]},
    "open.test": {"TXT": [text("v=spf1 +all")]},
    "two.test": {"TXT": [text("v=spf1 -all"), text("v=spf1 ~all")]},
    "slip.test": {"TXT": [text("v=spf1 ipv4:192.0.2.1 -all")]},
    "network.test": {"TXT": [text("v=spf1 ip4:192.0.2.300 -all")]},
    "hollow.test": {"TXT": [text("v=spf1 a:no1.test a:no2.test a:no3.test -all")]},
    "lost.test": {"TXT": [text("v=spf1 include:nothing.test -all")]},
    "loop.test": {"TXT": [text("v=spf1 include:loop.test -all")]},
    "nothing.test": {},
}


@pytest.fixture(scope="module")
def dns() -> Iterator[Dns]:
    with dns_server(RECORDS, failing=["broken.test"]) as server:
        yield Dns(server)


@pytest.mark.parametrize(
    ("domain", "address", "result"),
    [
        ("plain.test", "192.0.2.99", SpfResult.PASS),
        ("plain.test", "2001:db8::1", SpfResult.PASS),
        ("plain.test", "198.51.100.7", SpfResult.PASS),
        ("plain.test", "203.0.113.1", SpfResult.PASS),
        ("plain.test", "2001:db9::2", SpfResult.PASS),
        ("plain.test", "203.0.113.2", SpfResult.FAIL),
        ("around.test", "203.0.113.200", SpfResult.PASS),
        ("around.test", "203.0.114.1", SpfResult.SOFTFAIL),
        ("via.test", "192.0.2.1", SpfResult.PASS),
        ("via.test", "203.0.113.2", SpfResult.NEUTRAL),
        ("other.test", "203.0.113.2", SpfResult.FAIL),
        ("macro.test", "203.0.113.2", SpfResult.UNKNOWN),
        ("c2.test", "203.0.113.2", SpfResult.FAIL),
    ],
)
def test_an_address_is_judged_as_a_receiver_does(dns, domain, address, result):
    record = read_spf(dns, domain)
    assert record is not None
    assert record.result_of(ip_address(address)) is result


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("two.test", "2 SPF records"),
        ("slip.test", "'ipv4:192.0.2.1' is no mechanism"),
        ("network.test", "names no network"),
        ("hollow.test", "more than 2 of the names"),
        ("lost.test", "nothing.test, which it names, has no SPF record"),
        ("loop.test", "more than 10 look-ups"),
        ("c0.test", "more than 10 look-ups"),
    ],
)
def test_a_record_that_is_void_for_receivers_is_told_with_the_reason(dns, domain, words):
    with pytest.raises(SpfError, match=words):
        read_spf(dns, domain)


def test_no_record_is_none_and_no_answer_is_neither(dns):
    assert read_spf(dns, "nothing.test") is None
    assert read_spf(dns, "not-in-dns.test") is None
    with pytest.raises(NoAnswerError, match=r"broken\.test could not be looked up"):
        read_spf(dns, "broken.test")


def test_a_record_that_lets_everybody_in_says_so_and_a_host_is_put_before_the_rest(dns):
    open_, plain = read_spf(dns, "open.test"), read_spf(dns, "around.test")
    assert open_ is not None
    assert plain is not None
    assert open_.lets_all_in
    assert not plain.lets_all_in
    assert plain.with_host("mx.test") == "v=spf1 a:mx.test a:mx1.plain.test/24 ~all"
