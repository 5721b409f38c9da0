"""The Nu validator: is the mail's HTML what the standard says, but for what mail needs?"""

import json
import shutil
import subprocess
from collections import Counter

from tests.mailcheck.allow import is_valid_for_mail
from tests.mailcheck.findings import NODE_MODULES, Finding, Mail, ToolError

JAR = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"


def missing() -> list[str]:
    """What is not installed."""
    return [
        name
        for name, there in (("java", shutil.which("java")), ("npm vnu-jar", JAR.exists()))
        if not there
    ]


def judge(mails: list[Mail]) -> list[Finding]:
    """Its errors; warnings are about the attributes on tables that Outlook needs."""
    options = ["--format", "json", "--stdout", "--exit-zero-always", "--errors-only"]
    done = subprocess.run(
        ["java", "-jar", str(JAR), *options, *(str(mail.html) for mail in mails)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    try:
        messages = json.loads(done.stdout)["messages"]
    except (ValueError, KeyError) as error:
        raise ToolError(f"vnu.jar: {done.stderr.strip() or done.stdout[:200]}") from error
    by_url = {_plain(mail.html.resolve().as_uri()): mail.name for mail in mails}
    found: Counter[tuple[str, str]] = Counter()
    for each in messages:
        if each["type"] != "error":
            raise ToolError(f"vnu.jar: {each['message']}")
        if not is_valid_for_mail(each["message"]):
            found[by_url[_plain(each["url"])], each["message"]] += 1
    return [Finding("nu", mail, f"{message} x{times}") for (mail, message), times in found.items()]


def _plain(url: str) -> str:
    """Java writes file:/tmp for file:///tmp."""
    return url.replace("///", "/")
