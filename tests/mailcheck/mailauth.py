"""npm mailauth: does what the project signs pass DKIM, SPF and DMARC, where the DNS is right?

The DNS is a file with the records of keys made for this run, so the network is never asked.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from digest.deliver.dkim import DkimKey, generate_key, load_key, make_signer
from tests.mailcheck.findings import NODE_MODULES, Finding, Mail, ToolError

MAILAUTH = NODE_MODULES / "mailauth" / "bin" / "mailauth.js"
DOMAIN = "example.org"
ADDRESS = "192.0.2.1"
KINDS = ("rsa", "ed25519")
# RFC 6376, section 5.4, and RFC 8058, section 4.
MUST_BE_SIGNED = ("from", "list-unsubscribe", "list-unsubscribe-post")


def missing() -> list[str]:
    """What is not installed."""
    return [
        name
        for name, there in (("node", shutil.which("node")), ("npm mailauth", MAILAUTH.exists()))
        if not there
    ]


def judge(mails: list[Mail]) -> list[Finding]:
    """Signatures that do not pass or leave out what they must sign, and SPF and DMARC."""
    keys = [
        load_key(generate_key(kind), domain=DOMAIN, selector=kind, origin="mail-check")
        for kind in KINDS
    ]
    sign = make_signer(keys)
    now = int(time.time())
    with tempfile.TemporaryDirectory(prefix="mailauth-") as temporary:
        dns = Path(temporary) / "dns.json"
        dns.write_text(json.dumps(_records(keys)), "utf-8")
        return [
            Finding("mailauth", mail.name, message)
            for mail in mails
            for message in problems(
                report(sign(_with_crlf(mail.eml), now), dns), _must_be_signed(mail.eml)
            )
        ]


def report(message: bytes, dns: Path) -> dict[str, Any]:
    """What mailauth says on the message, as if its author's own server had delivered it."""
    _, sender = parseaddr(message_from_bytes(message)["From"] or "")
    options = {
        "--client-ip": ADDRESS,
        "--helo": f"mail.{DOMAIN}",
        "--sender": sender,
        "--mta": "mx.example.net",
        "--dns-cache": str(dns),
    }
    done = subprocess.run(
        ["node", str(MAILAUTH), "report", *(f"{name}={value}" for name, value in options.items())],
        input=message,
        capture_output=True,
        check=False,
        timeout=120,
    )
    try:
        result: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise ToolError(f"mailauth: {done.stderr.decode(errors='replace')[:400]}") from error
    return result


def _must_be_signed(file: Path) -> list[str]:
    """Those of the headers that a mail has: who is no subscriber has nothing to leave."""
    message = message_from_bytes(file.read_bytes())
    return [name for name in MUST_BE_SIGNED if name == "from" or name in message]


def problems(
    result: dict[str, Any], must_be_signed: Sequence[str] = MUST_BE_SIGNED
) -> Iterator[str]:
    """What in the report would harm the mail where it arrives."""
    signatures = {
        each["selector"]: each for each in result["dkim"]["results"] if "selector" in each
    }
    for kind in KINDS:
        yield from _problems_of_signature(kind, signatures.get(kind), must_be_signed)
    for check in ("spf", "dmarc"):
        # On a mail without exactly one From, mailauth gives no verdict of DMARC (false).
        if not _passes(result[check]):
            yield f"{check} does not pass: {_words(result[check])}"


def _problems_of_signature(
    kind: str, signature: dict[str, Any] | None, must_be_signed: Sequence[str]
) -> Iterator[str]:
    if signature is None:
        yield f"dkim {kind}: no signature is found"
        return
    if not _passes(signature):
        yield f"dkim {kind} does not pass: {_words(signature)}"
    # The headers that are there and signed; a name without its header is not among them.
    signed = {name.strip().lower() for name in signature["signingHeaders"]["keys"].split(":")}
    for name in must_be_signed:
        if name not in signed:
            yield f"dkim {kind} does not sign {name}"


def _passes(checked: Any) -> bool:
    return bool(checked) and checked["status"]["result"] == "pass"


def _words(checked: Any) -> str:
    return str(checked["info"]) if checked else "not checked"


def _records(keys: Sequence[DkimKey]) -> dict[str, dict[str, list[list[str]]]]:
    """The DNS, as mailauth's file has it: a name, a type, and each record in its parts."""
    texts = {key.record_name: key.record for key in keys}
    texts[DOMAIN] = f"v=spf1 ip4:{ADDRESS} -all"
    texts[f"_dmarc.{DOMAIN}"] = "v=DMARC1; p=reject"
    return {name: {"TXT": [[text]]} for name, text in texts.items()}


def _with_crlf(file: Path) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", file.read_bytes())
