"""`python -m tests.mailcheck`: renders the mails, runs each tool on each, and says what is wrong.

Exit status: 0 all is well, or what could be run is; 1 findings; 2 a tool failed, or, with
--strict, is not installed.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tests.mailcheck import axe, caniemail, mailauth, nu, spam
from tests.mailcheck.findings import Finding, Mail, ToolError
from tests.mailcheck.render import render


class Tool(NamedTuple):
    """A tool that judges mails, and what of it is not installed."""

    name: str
    missing: Callable[[], list[str]]
    judge: Callable[[list[Mail]], list[Finding]]


# The mails are rendered without a signature; `mailauth` signs what it gets, as delivery would.
TOOLS = (
    Tool("axe", axe.missing, axe.judge),
    Tool("nu", nu.missing, nu.judge),
    Tool("caniemail", caniemail.missing, caniemail.judge),
    Tool("spam", spam.missing, spam.judge),
    Tool("mailauth", mailauth.missing, mailauth.judge),
)


def main() -> int:
    """Run what is installed and print a table, and the findings below it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mailcheck", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the mails here, to look at")
    parser.add_argument(
        "--strict",
        action="store_true",
        default=os.environ.get("CI") == "true",
        help="a tool that is not installed is an error (also with CI=true)",
    )
    options = parser.parse_args()
    lacking = {tool.name: names for tool in TOOLS if (names := tool.missing())}
    for name, parts in lacking.items():
        print(f"{name} is skipped: not installed: {', '.join(parts)}; .ci/install installs it")
    if lacking and options.strict:
        return 2
    tools = [tool for tool in TOOLS if tool.name not in lacking]
    if not tools:
        return 0
    try:
        return _run(tools, options.out)
    except ToolError as error:
        print(f"mail-check could not do its work: {error}", file=sys.stderr)
        return 2


def _run(tools: list[Tool], out: Path | None) -> int:
    with tempfile.TemporaryDirectory(prefix="mailcheck-") as temporary:
        mails = render(Path(temporary).resolve())
        if out:
            _keep(mails, out)
        # Each waits for a program of its own.
        with ThreadPoolExecutor(len(tools)) as pool:
            findings = [*chain.from_iterable(pool.map(lambda tool: tool.judge(mails), tools))]
    _print_table([tool.name for tool in tools], [mail.name for mail in mails], findings)
    return 1 if findings else 0


def _keep(mails: list[Mail], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for mail in mails:
        for file in (mail.html, mail.eml):
            shutil.copyfile(file, out / f"{mail.name}{file.suffix}")


def _print_table(tools: list[str], mails: list[str], findings: list[Finding]) -> None:
    print("".join(f"{cell:<16}" for cell in ("", *mails)).rstrip())
    for tool in tools:
        counts = [sum((f.tool, f.mail) == (tool, mail) for f in findings) for mail in mails]
        cells = ["ok" if not n else f"{n} finding{'s' * (n > 1)}" for n in counts]
        print("".join(f"{cell:<16}" for cell in (tool, *cells)).rstrip())
    for finding in findings:
        theme = f" ({finding.theme})" if finding.theme else ""
        print(f"\n{finding.tool} {finding.mail}{theme}: {finding.message}")


if __name__ == "__main__":
    sys.exit(main())
