"""DMARC by the walk up the tree (RFC 9989), against a real DNS server."""

from collections.abc import Iterator

import pytest

from digest.deliver.sender_domain.dmarc import find_organization, read_dmarc
from digest.deliver.sender_domain.lookup import Dns
from tests.dns_server import dns_server, text

RECORDS = {
    "_dmarc.example.test": {
        "TXT": [text("v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@x.test")]
    },
    "_dmarc.own.example.test": {"TXT": [text("v=DMARC1; p=none; psd=n")]},
    "_dmarc.gov.test": {"TXT": [text("v=DMARC1; p=none; psd=y")]},
    "_dmarc.twice.test": {"TXT": [text("v=DMARC1; p=none"), text("v=DMARC1; p=reject")]},
}


@pytest.fixture(scope="module")
def dns() -> Iterator[Dns]:
    with dns_server(RECORDS) as server:
        yield Dns(server)


@pytest.mark.parametrize(
    ("domain", "organization", "policy"),
    [
        ("example.test", "example.test", "reject"),
        ("News.Example.Test.", "example.test", "quarantine"),
        ("a.b.c.d.e.f.g.h.i.example.test", "example.test", "quarantine"),
        ("news.own.example.test", "own.example.test", "none"),
        ("office.gov.test", "office.gov.test", "none"),
        ("mail.office.gov.test", "office.gov.test", "none"),
        ("elsewhere.test", "elsewhere.test", None),
        ("twice.test", "twice.test", None),
    ],
)
def test_the_organization_and_its_policy_are_found_up_the_tree(dns, domain, organization, policy):
    found = find_organization(dns, domain)
    assert found.domain == organization
    record = found.record
    assert (record and record.policy_for(domain.lower().rstrip("."))) == policy


def test_a_record_is_read_with_its_defaults():
    record = read_dmarc("v=DMARC1; p=Reject; adkim=s", "example.test")
    assert record is not None
    assert (record.policy, record.subdomain_policy) == ("reject", "reject")
    assert (record.strict_dkim, record.strict_spf) == (True, False)
    assert read_dmarc("v=DMARC12; p=none", "example.test") is None
    assert read_dmarc("p=none", "example.test") is None
