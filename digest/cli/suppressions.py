"""Commands for addresses that get nothing more: list, lift."""

from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.json_output import say_json
from digest.cli.options import Email, Json, ProjectFolder
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.errors import DigestError
from digest.services.subscribers.manage import lift_suppression
from digest.store import suppressions


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the addresses that get nothing more, and why. One that was erased has no name."""
    with project_of(folder) as project, project.database.read() as connection:
        rows = list(suppressions.everyone(connection))
    if as_json:
        entries = [{key: row[key] for key in ("email", "reason", "created_at")} for row in rows]
        say_json({"suppressions": entries})
    elif not rows:
        say("None.")
    else:
        say_table(
            ["Email", "Reason", "Since"],
            [(r["email"] or "?", r["reason"], f"{r['created_at']:%Y-%m-%d}") for r in rows],
        )


def lift(email: Email, folder: ProjectFolder = None) -> None:
    """Let an address get mail again that was suppressed; only if it asked, or works again."""
    with project_of(folder) as project:
        reason = lift_suppression(project.database, email, project.clock(), who=name_of(None))
    if reason is None:
        raise DigestError(f"{email} is not suppressed", remedy="see `digest suppressions list`")
    say(f"{email} was suppressed ({reason}), and is no more.")
