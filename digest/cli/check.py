"""The command that looks for what is to be mended."""

import typer

from digest.cli.context import project_root
from digest.cli.findings import say_findings
from digest.cli.json_output import finding_json, say_json
from digest.cli.options import Json, Project
from digest.health import examine


def check(project: Project = None, as_json: Json = False) -> None:
    """Look at settings, database, sources, templates and the mail server, and say what to mend."""
    findings = list(examine(project_root(project)))
    if as_json:
        say_json({"findings": [finding_json(finding) for finding in findings]})
    else:
        say_findings(findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)
