"""Alerts, behind their own link: to stop them, and to have them again."""

from dataclasses import dataclass

from digest.model import Newsletter
from digest.project import Project
from digest.services.subscribers import preferences
from digest.services.subscribers.preferences import Preferences, read_preferences


@dataclass(frozen=True, slots=True)
class AlertChoice:
    """Whether somebody gets alerts of a newsletter; `gets_it`: they get its issues."""

    newsletter: Newsletter
    language: str
    gets_it: bool
    wants_alerts: bool


def read_alert_choice(project: Project, named_by: tuple[str, int]) -> AlertChoice | None:
    """What the page of a link shows; None where nobody has the number (any more)."""
    with project.database.read() as connection:
        current = read_preferences(connection, project.config, *named_by, project.clock())
    return _choice_of(current, named_by[0]) if current else None


def change_alerts(project: Project, named_by: tuple[str, int], *, wanted: bool) -> bool:
    """Let somebody get alerts of a newsletter, or none from now on; False where nobody is there."""
    with project.database.write() as connection:
        current = read_preferences(connection, project.config, *named_by, project.clock())
        if current is None:
            return False
        preferences.choose_alerts(connection, current, wanted=wanted)
        return True


def _choice_of(current: Preferences, newsletter: str) -> AlertChoice:
    subscription = current.subscriptions.get(newsletter)
    return AlertChoice(
        current.newsletter,
        current.language,
        subscription is not None,
        bool(subscription and subscription.alerts),
    )
