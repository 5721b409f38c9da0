"""What `digest check --dns` asks DNS: whether those who take mail will believe its sender.

Each finding names the record to publish. What receivers refuse is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.app import dkim_keys, smtp_servers
from digest.config import Config
from digest.deliver.dkim import DkimKey
from digest.deliver.sender_domain.dmarc import Organization, find_organization
from digest.deliver.sender_domain.lookup import Dns, IPAddress, NoAnswerError
from digest.deliver.sender_domain.spf import SpfError, SpfRecord, SpfResult, read_spf
from digest.model import Finding, Newsletter

_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class _Host:
    """A mail server of the settings, with those of its addresses that others can see."""

    name: str
    addresses: tuple[IPAddress, ...]


def dkim_findings(config: Config, newsletter: Newsletter, server: str = "") -> Iterator[Finding]:
    """Each key of a newsletter against its DNS record, where there is DNS."""
    place, keys = f"dkim for {newsletter.id}", dkim_keys(config, newsletter)
    if keys:
        yield from _answered(place, _dkim(server, place, keys))


def sender_domain_findings(config: Config, server: str = "") -> Iterator[Finding]:
    """SPF, DMARC, alignment and MX of each sender, and the names of the mail servers.

    `server` is the address of a DNS server, "" this machine's resolver.
    """
    yield from _answered("dns", _sender_domains(config, server))


def _sender_domains(config: Config, server: str) -> Iterator[Finding]:
    dns, newsletters = Dns(server), config.settings.newsletters
    hosts = list(_hosts(config, dns))
    envelope_domains = dict.fromkeys(_envelope_domain(config, each) for each in newsletters)
    for domain in envelope_domains:
        yield from _answered(f"spf for {domain}", _spf(dns, domain, hosts))
    for domain in dict.fromkeys(newsletter.sender_domain for newsletter in newsletters):
        yield from _answered(f"dmarc for {domain}", _dmarc(dns, domain))
    for newsletter in newsletters:
        place = f"alignment for {newsletter.id}"
        yield from _answered(place, _alignment(config, newsletter, dns))
    leaving = config.settings.unsubscribe_mailbox.rpartition("@")[2]
    for domain in dict.fromkeys([*envelope_domains, *filter(None, [leaving])]):
        yield from _answered(f"mx for {domain}", _mail_servers(dns, domain))
    for host in hosts:
        for address in host.addresses:
            yield from _answered(f"ptr for {address}", _reverse(dns, host, address))


def _answered(place: str, step: Iterator[Finding]) -> Iterator[Finding]:
    """What a step finds; where DNS does not answer, nothing is known, which is no error of ours."""
    try:
        yield from step
    except NoAnswerError as error:
        yield Finding(place, "warning", error.message, error.remedy or "")


def _envelope_domain(config: Config, newsletter: Newsletter) -> str:
    """The domain that SPF is asked of: that to which comes back what cannot be delivered."""
    return config.settings.bounces.address.rpartition("@")[2] or newsletter.sender_domain


def _hosts(config: Config, dns: Dns) -> Iterator[_Host]:
    """The mail servers; of one that DNS does not know, the way out is tried by its own check."""
    if config.settings.backend != "smtp":
        return
    for name in dict.fromkeys(server.host for server in smtp_servers(config)):
        try:
            yield _Host(name, tuple(a for a in dns.addresses(name) if a.is_global))
        except NoAnswerError:
            yield _Host(name, ())


def _dkim(server: str, place: str, keys: list[DkimKey]) -> Iterator[Finding]:
    dns = Dns(server)
    for key in keys:
        remedy = f"publish {key.record_name} TXT {key.record}"
        texts = dns.texts(key.record_name)
        if not texts:
            yield Finding(place, "error", f"{key.record_name} is not in DNS", remedy)
        elif not any(_public_key(text) == _public_key(key.record) for text in texts):
            yield Finding(place, "error", f"{key.record_name} holds another key", remedy)
        else:
            yield Finding(place, "ok", f"{key.record_name} holds our {key.algorithm} key")


def _public_key(record: str) -> str:
    """The tag p= of a record (RFC 6376, section 3.6.1)."""
    tags = (tag.partition("=") for tag in record.split(";"))
    return next(("".join(value.split()) for name, _, value in tags if name.strip() == "p"), "")


def _spf(dns: Dns, domain: str, hosts: list[_Host]) -> Iterator[Finding]:
    place = f"spf for {domain}"
    try:
        record = read_spf(dns, domain)
    except SpfError as error:
        detail = f"receivers find the SPF record void: {error}"
        yield Finding(place, "error", detail, f"mend the TXT record of {domain}")
        return
    if record is None:
        new = " ".join(("v=spf1", *(f"a:{host.name}" for host in hosts if host.addresses), "~all"))
        remedy = f'publish {domain} TXT "{new}"; a relay names what to include'
        yield Finding(place, "error", f"{domain} has no SPF record", remedy)
        return
    if record.lets_all_in:
        detail = "the SPF record lets everybody send as this domain"
        remedy = f'publish {domain} TXT "{re.sub(r"[+]?all", "~all", record.text)}"'
        yield Finding(place, "error", detail, remedy)
        return
    refused = list(_not_passing(record, domain, hosts))
    yield from refused
    if not refused:
        yield Finding(place, "ok", record.text)


def _not_passing(record: SpfRecord, domain: str, hosts: list[_Host]) -> Iterator[Finding]:
    """The mail servers that the record does not let send; a relay may send from other addresses."""
    for host in hosts:
        results = {address: record.result_of(address) for address in host.addresses}
        if results and not {SpfResult.PASS, SpfResult.UNKNOWN} & set(results.values()):
            address, result = next(iter(results.items()))
            yield Finding(
                f"spf for {domain}",
                "warning",
                f"mail from {host.name} ({address}) does not pass: {result}",
                f'publish {domain} TXT "{record.with_host(host.name)}"; where it is a relay, '
                "include what its provider names",
            )


def _dmarc(dns: Dns, domain: str) -> Iterator[Finding]:
    place, record = f"dmarc for {domain}", find_organization(dns, domain).record
    if record is None:
        yield Finding(
            place,
            "error",
            f"{domain} has no DMARC record, which large receivers ask of whoever mails many",
            f'publish _dmarc.{domain} TXT "v=DMARC1; p=none; rua=mailto:dmarc@{domain}"',
        )
        return
    policy = record.policy_for(domain)
    if policy not in _POLICIES:
        detail = f"its policy {policy!r} is none that receivers know"
        remedy = f'publish _dmarc.{record.domain} TXT "v=DMARC1; p=none"'
        yield Finding(place, "error", detail, remedy)
        return
    reports = f"reports to {record.reports_to}" if record.reports_to else "nobody gets reports"
    yield Finding(place, "ok", f"_dmarc.{record.domain}: {policy}; {reports}")


def _alignment(config: Config, newsletter: Newsletter, dns: Dns) -> Iterator[Finding]:
    """Whether what is signed, or the envelope, is of the domain that people see in From."""
    place, sender = f"alignment for {newsletter.id}", newsletter.sender_domain
    own = find_organization(dns, sender)
    record = own.record
    envelope = _envelope_domain(config, newsletter)
    spf = _is_aligned(dns, own, sender, envelope, strict=record is not None and record.strict_spf)
    signed_by = dict.fromkeys(key.domain for key in dkim_keys(config, newsletter))
    strict = record is not None and record.strict_dkim
    dkim = [domain for domain in signed_by if _is_aligned(dns, own, sender, domain, strict=strict)]
    if dkim or spf:
        by = [f"the signature of {domain}" for domain in dkim]
        by += [f"the envelope's {envelope}"] if spf else []
        yield Finding(place, "ok", f"{sender} is vouched for by {' and '.join(by)}")
    if signed_by and not dkim:
        detail = f"the signatures are of {', '.join(signed_by)}, and From is of {sender}"
        remedy = f"leave dkim.domain empty, or set it to {own.domain}"
        yield Finding(place, "warning" if spf else "error", detail, remedy)
    elif not signed_by and not spf:
        detail = f"what comes back goes to {envelope}, and From is of {sender}"
        remedy = f"`digest dkim keygen --domain {sender}`, unless the mail server signs for it"
        yield Finding(place, "error", detail, remedy)


def _is_aligned(dns: Dns, own: Organization, sender: str, domain: str, *, strict: bool) -> bool:
    """RFC 9989, section 4.4: the same domain, or of one organization where that is enough."""
    if domain.lower() == sender.lower():
        return True
    return not strict and find_organization(dns, domain).domain == own.domain


def _mail_servers(dns: Dns, domain: str) -> Iterator[Finding]:
    """Where what comes back goes: MX, or the domain's own address (RFC 5321, section 5.1)."""
    place, servers = f"mx for {domain}", dns.mail_servers(domain)
    remedy = f"publish {domain} MX 10 and the name of the server that takes its mail"
    if servers == ("",):
        yield Finding(place, "error", f"{domain} takes no mail: its MX is null", remedy)
    elif servers:
        reachable = [server for server in servers if dns.addresses(server)]
        if reachable:
            yield Finding(place, "ok", ", ".join(reachable))
        else:
            detail = f"{', '.join(servers)}, the MX of {domain}, has no address"
            yield Finding(place, "error", detail, remedy)
    elif dns.addresses(domain):
        yield Finding(
            place,
            "warning",
            f"{domain} has no MX record, so its own address gets what comes back",
            remedy,
        )
    else:
        yield Finding(place, "error", f"{domain} has no MX record, so nothing comes back", remedy)


def _reverse(dns: Dns, host: _Host, address: IPAddress) -> Iterator[Finding]:
    """Whether an address has a name that leads back to it, as receivers ask."""
    place, names = f"ptr for {address}", dns.names_of(address)
    confirmed = [name for name in names if address in dns.addresses(name)]
    if confirmed:
        yield Finding(place, "ok", f"{host.name}: {', '.join(confirmed)}")
        return
    detail = (
        f"{', '.join(names)} does not lead back to {address}"
        if names
        else f"{address} of {host.name} has no name"
    )
    remedy = f"let whoever owns the address publish its PTR {host.name}"
    yield Finding(place, "warning", detail, remedy)
