"""The command that looks for what is to be mended."""

from typing import Annotated

import typer

from digest.check import examine, refused_settings
from digest.cli.check_findings import say_findings
from digest.cli.context import project_root
from digest.cli.json_output import finding_json, say_json
from digest.cli.options import Json, ProjectFolder
from digest.config import load_config
from digest.errors import SettingsError, UsageError
from digest.model import Finding


def check(
    with_dns: Annotated[
        bool,
        typer.Option(
            "--dns", help="Ask DNS too whether receivers will believe the sender: SPF, DMARC, MX."
        ),
    ] = False,
    dns_server: Annotated[
        str,
        typer.Option(
            "--dns-server",
            metavar="ADDRESS",
            help="Ask this DNS server, such as 9.9.9.9 or 127.0.0.1:5353.",
            show_default="this machine's",
        ),
    ] = "",
    recount: Annotated[
        bool,
        typer.Option(
            "--recount",
            help="Count the deliveries of the last issues anew, where the counts kept are wrong.",
        ),
    ] = False,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Look at settings, database, sources, templates and the mail server, and say what to mend.

    Exit status: 0 nothing is in the way, 1 something is, 2 the settings cannot be used at all.
    """
    failed = 1
    try:
        config = load_config(project_root(folder))
    except SettingsError as error:
        findings, failed = list(refused_settings(error)), error.exit_status
    except UsageError as error:
        if not as_json:
            raise
        findings = [Finding("project", "error", error.message, error.remedy or "")]
        failed = error.exit_status
    else:
        findings = list(
            examine(config, with_dns=with_dns, dns_server=dns_server, recounting=recount)
        )
    if as_json:
        say_json({"findings": [finding_json(finding) for finding in findings]})
    else:
        say_findings(findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(failed)
