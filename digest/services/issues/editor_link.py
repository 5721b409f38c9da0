"""Whose link to a draft it is, and what they may decide by it."""

from dataclasses import dataclass
from datetime import date

from digest.model import Newsletter
from digest.project import Project
from digest.render.links import editor_key
from digest.roles import Role
from digest.store import admins


@dataclass(frozen=True, slots=True)
class EditorLink:
    """An editor of a newsletter, and the issue that the link in their mail is about.

    `who` is the name of their account, or their address; `may_decide` is not for whoever has an
    account of a lesser role than a publisher's.
    """

    newsletter: Newsletter
    date: date
    who: str
    may_decide: bool


def read_editor_link(project: Project, token: str) -> EditorLink | None:
    """Whose link this is; None where we did not sign it, or its editor is none any more."""
    named = project.links.read_review(token)
    if named is None:
        return None
    newsletter = project.config.newsletter(named[0])
    if newsletter is None:
        return None
    address = next((one for one in newsletter.editors if editor_key(one) == named[2]), None)
    if address is None:
        return None
    with project.database.read() as connection:
        admin = admins.find(connection, address.lower())
    if admin is None:
        return EditorLink(newsletter, named[1], address, may_decide=True)
    return EditorLink(newsletter, named[1], admin.name, admin.role.includes(Role.PUBLISHER))
