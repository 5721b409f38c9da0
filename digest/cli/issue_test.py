"""Mail the next issue as a test."""

from typing import Annotated

import typer

from digest.app import make_backends, make_previewer, make_rehearsal
from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.editing import issue_meant
from digest.cli.options import NextDate, OneNewsletterId, ProjectFolder
from digest.cli.output import say
from digest.errors import DigestError, UsageError
from digest.model import TopicTree
from digest.services.issues.preview import Viewpoint
from digest.services.issues.send_test import send_tests


def test(
    addresses: Annotated[list[str], typer.Argument(metavar="EMAIL...", help="Where to.")],
    as_subscriber: Annotated[
        str | None,
        typer.Option("--as", metavar="EMAIL", help="As this subscriber would get it."),
    ] = None,
    topics: Annotated[
        str, typer.Option("--topics", metavar="'A;B'", help="As who chose these topics.")
    ] = "",
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    folder: ProjectFolder = None,
) -> None:
    """Mail the issue to one address, or a few, marked as a test: it counts for nobody.

    It is what `digest preview` shows, with what lies in the folders and was not collected yet. Its
    links to leave and to change are nobody's.
    """
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        previewer = make_previewer(project)
        viewpoint = Viewpoint(topics=_topic_ids(topics, project.config.topics))
        if as_subscriber is not None:
            viewpoint = previewer.viewpoint(chosen, as_subscriber)
        mail = make_rehearsal(project).find(chosen, day)
        if mail is None:
            raise DigestError(
                f"{chosen.id}-{day} holds nothing yet",
                remedy="`digest issue show` says what is new",
            )
        sent = send_tests(
            project,
            previewer,
            mail,
            viewpoint,
            addresses,
            lambda: make_backends(project.config),
            name_of(None),
        )
    for test_mail in sent:
        if test_mail.is_sent:
            say(f"{mail.issue.key}: a test to {test_mail.address}: {test_mail.outcome.reply}")
    failed = [test_mail for test_mail in sent if not test_mail.is_sent]
    if failed:
        refusals = (f"{each.address}: {each.outcome.reply}" for each in failed)
        raise DigestError(
            f"the test was not sent to {'; '.join(refusals)}", remedy="`digest check`"
        )


def _topic_ids(names: str, tree: TopicTree) -> frozenset[str]:
    ids = set()
    for name in filter(None, map(str.strip, names.split(";"))):
        topic = tree.find(name)
        if topic is None:
            raise UsageError(
                f"there is no topic {name!r}", remedy="`digest topics list` names them"
            )
        ids.add(topic.id)
    return frozenset(ids)
