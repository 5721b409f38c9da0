"""Commands for addresses that get nothing more: list, lift."""

from digest.cli.options import Json, Project, pipeline_of
from digest.cli.output import say, say_json, say_table
from digest.cli.people import Email
from digest.errors import DigestError
from digest.services.subscribers.manage import lift_suppression
from digest.store import suppressions


def list_all(project: Project = None, as_json: Json = False) -> None:
    """List the addresses that get nothing more, and why. One that was erased has no name."""
    with pipeline_of(project) as pipeline, pipeline.database.read() as connection:
        rows = list(suppressions.everyone(connection))
    if as_json:
        say_json({"suppressions": rows})
    elif not rows:
        say("None.")
    else:
        say_table(
            ["Email", "Reason", "Since"],
            [(r["email"] or "?", r["reason"], f"{r['created_at']:%Y-%m-%d}") for r in rows],
        )


def lift(email: Email, project: Project = None) -> None:
    """Let an address get mail again that was suppressed; only if it asked, or works again."""
    with pipeline_of(project) as pipeline:
        reason = lift_suppression(pipeline.database, email)
    if reason is None:
        raise DigestError(f"{email} is not suppressed", remedy="see `digest suppressions list`")
    say(f"{email} was suppressed ({reason}), and is no more.")
