"""`digest check --dns`: what receivers would make of the sender, and the record to publish."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.commands import app
from digest.deliver.dkim import generate_key, load_key
from digest.new_project import create_project
from tests.dns_server import dns_server, text

PEM = generate_key("ed25519")
KEY = load_key(PEM, domain="news.example.net", selector="d1", origin="")
GOOD = {
    "news.example.net": {"TXT": [text("v=spf1 a:mail.example.net -all")]},
    "_dmarc.example.net": {"TXT": [text("v=DMARC1; p=quarantine; rua=mailto:d@example.net")]},
    "d1._domainkey.news.example.net": {"TXT": [text(KEY.record)]},
    "back.example.net": {
        "TXT": [text("v=spf1 a:mail.example.net -all")],
        "MX": ["10 mail.example.net."],
    },
    "example.net": {},
    "mail.example.net": {"A": ["8.8.4.4"]},
    "4.4.8.8.in-addr.arpa": {"PTR": ["mail.example.net."]},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    create_project(root)
    (root / "key.pem").write_bytes(PEM)
    settings = (root / "config" / "digest.toml").read_text()
    sender = next(line for line in settings.splitlines() if line.startswith("sender ="))
    (root / "config" / "digest.toml").write_text(
        settings.replace(sender, 'sender = "News <news@news.example.net>"')
    )
    (root / ".env").write_text(
        "DIGEST_DKIM_ED25519_SELECTOR=d1\nDIGEST_DKIM_ED25519_KEY_FILE=key.pem\n"
        "DIGEST_BOUNCES_ADDRESS=bounces@back.example.net\nDIGEST_BACKEND=smtp\n"
        "DIGEST_SMTP_HOST=mail.example.net\nDIGEST_SMTP_TIMEOUT=0.1\n"
    )
    return root


def findings(root: Path, server: str) -> dict[str, tuple[str, str, str]]:
    done = CliRunner().invoke(
        app, ["check", "--dns", "--dns-server", server, "--project", str(root), "--json"]
    )
    assert done.exit_code in (0, 1), done.output
    return {
        each["place"]: (each["level"], each["detail"], each["remedy"] or "")
        for each in json.loads(done.stdout)["findings"]
        if each["place"].split()[0] in ("spf", "dkim", "dmarc", "alignment", "mx", "ptr")
    }


@pytest.fixture
def served() -> Iterator[Mapping[str, str]]:
    without = {
        "news.example.net": {},
        "back.example.net": {},
        "mail.example.net": GOOD["mail.example.net"],
    }
    with dns_server(GOOD) as good, dns_server(without) as bare:
        yield {"good": good, "bare": bare}


def test_a_domain_that_is_set_up_well_has_nothing_to_mend(root, served):
    found = findings(root, served["good"])
    assert {level for level, _, _ in found.values()} == {"ok"}
    assert found.keys() == {
        "spf for back.example.net",
        "dmarc for news.example.net",
        "alignment for science-daily",
        "dkim for science-daily",
        "mx for back.example.net",
        "ptr for 8.8.4.4",
    }
    assert found["dmarc for news.example.net"][1].startswith("_dmarc.example.net: quarantine")


def test_what_is_missing_is_named_with_the_record_to_publish(root, served):
    found = findings(root, served["bare"])
    remedies = {place: remedy for place, (_, _, remedy) in found.items()}
    assert remedies["spf for back.example.net"].startswith(
        'publish back.example.net TXT "v=spf1 a:mail.example.net ~all"'
    )
    assert remedies["dkim for science-daily"] == f"publish {KEY.record_name} TXT {KEY.record}"
    assert '_dmarc.news.example.net TXT "v=DMARC1; p=none' in remedies["dmarc for news.example.net"]
    assert "publish back.example.net MX 10" in remedies["mx for back.example.net"]
    assert "PTR mail.example.net" in remedies["ptr for 8.8.4.4"]
    levels = {place.split()[0]: level for place, (level, _, _) in found.items()}
    assert levels == {
        "spf": "error",
        "dkim": "error",
        "dmarc": "error",
        "mx": "error",
        "ptr": "warning",
        "alignment": "ok",  # of the signature, whose domain is that of From
    }


def test_where_nothing_vouches_for_the_sender_it_is_an_error(root, served):
    (root / ".env").write_text("DIGEST_BOUNCES_ADDRESS=bounces@back.example.net\n")
    found = findings(root, served["bare"])
    level, detail, remedy = found["alignment for science-daily"]
    assert level == "error"
    assert "back.example.net" in detail
    assert "keygen --domain news.example.net" in remedy


def test_where_dns_does_not_answer_it_is_a_warning_each(root):
    # Of these nothing is known, so nothing is to be mended.
    failing = [*GOOD, "_dmarc.news.example.net"]
    with dns_server({}, failing=failing) as server:
        found = findings(root, server)
    assert {level for level, _, _ in found.values()} == {"warning"}
    assert all("could not be looked up" in detail for _, detail, _ in found.values())
