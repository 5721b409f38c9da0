"""DMARC (RFC 9989): what the owner of a domain asks of receivers, and which domains are one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.deliver.sender_domain.lookup import Dns

# Of a longer name the walk goes on with its last labels (section 4.10).
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A record, and the domain below which it stands."""

    domain: str
    policy: str
    subdomain_policy: str
    strict_dkim: bool
    strict_spf: bool
    psd: str
    reports_to: str

    def policy_for(self, domain: str) -> str:
        """What it asks for mail of a domain: its own, or one below."""
        return self.policy if domain == self.domain else self.subdomain_policy


@dataclass(frozen=True, slots=True)
class Organization:
    """The domain below which all are of one owner, and the record that holds for the asked one."""

    domain: str
    record: DmarcRecord | None


def find_organization(dns: Dns, domain: str) -> Organization:
    """By the walk up the tree (section 4.10). Raises NoAnswerError."""
    name = domain.lower().rstrip(".")
    records = [record for parent in _walk(name) if (record := _record_at(dns, parent))]
    if not records:
        return Organization(name, None)
    own = next((record for record in records if record.domain == name), None)
    top = records[-1]
    for record in records:
        if record.psd == "n":
            top = record
            break
        if record.psd == "y" and record.domain != name:
            labels = name.split(".")
            below = ".".join(labels[-record.domain.count(".") - 2 :])
            at_below = next((r for r in records if r.domain == below), record)
            return Organization(below, own or at_below)
    return Organization(top.domain, own or top)


def read_dmarc(text: str, domain: str) -> DmarcRecord | None:
    """A record of a domain; None where it is no DMARC. Without a policy it asks for nothing."""
    if not re.match(r"v\s*=\s*DMARC1\s*(;|$)", text):
        return None
    tags = {
        name.strip().lower(): value.strip()
        for name, _, value in (tag.partition("=") for tag in text.split(";"))
    }
    policy = tags.get("p", "none").lower()
    return DmarcRecord(
        domain=domain,
        policy=policy,
        subdomain_policy=tags.get("sp", policy).lower(),
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
        psd=tags.get("psd", "u").lower(),
        reports_to=tags.get("rua", ""),
    )


def _walk(name: str) -> Iterator[str]:
    """The name and the names above it, the nearest first."""
    labels = name.split(".")
    yield name
    labels = labels[1:] if len(labels) <= _MOST_LABELS else labels[-(_MOST_LABELS - 1) :]
    while labels:
        yield ".".join(labels)
        labels = labels[1:]


def _record_at(dns: Dns, domain: str) -> DmarcRecord | None:
    """The record of one name; several are as good as none."""
    read = [read_dmarc(text, domain) for text in dns.texts(f"_dmarc.{domain}")]
    records = [record for record in read if record is not None]
    return records[0] if len(records) == 1 else None
