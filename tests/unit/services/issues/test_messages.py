"""The mail of somebody who missed something: made when first needed, once for each date."""

from datetime import date, timedelta

from digest.compose.catch_up import catch_up
from digest.model import Claim, MailLayout, NewsletterPictures, Subscriber
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.render.size_limit import BUDGET, largest
from digest.services.issues.fit import fit_to_size
from digest.services.issues.messages import IssueContent, IssueMessages
from tests.builders import DAY, NOON, TREE, issue, newsletter, story

LETTER = newsletter(language="de")
RENDERER = Renderer((), Links("https://news.example.org", "key"))
YESTERDAY = DAY - timedelta(days=1)


def room(asked: list[date], *, is_absence: bool) -> IssueMessages:
    older = issue(story(7, topic="culture"), date=YESTERDAY)
    today = issue(story(1))

    def missed(since: date) -> IssueContent:
        asked.append(since)
        whole = catch_up([older, today], LETTER, TREE)
        return IssueContent(*fit_to_size(RENDERER, whole, LETTER, NewsletterPictures()), is_absence)

    rendered = RENDERER.render(today, LETTER)
    found = IssueMessages(today, rendered, LETTER, RENDERER.links, lambda: NOON)
    found.catch_up = missed
    return found


def claim(
    topics: frozenset[str] = frozenset(),
    since: date | None = None,
    layout: MailLayout | None = None,
) -> Claim:
    return Claim(1, Subscriber(5, "ada@example.org"), topics, 1, since, layout)


def test_it_is_made_once_for_each_date_and_only_where_somebody_missed_something():
    asked: list[date] = []
    messages_of = room(asked, is_absence=False)
    plain = messages_of.envelope(claim())
    assert asked == []
    wishes: list[frozenset[str]] = [frozenset(), frozenset({"culture"})]
    both = [messages_of.envelope(claim(topics, YESTERDAY)) for topics in wishes]
    assert asked == [YESTERDAY]
    assert plain is not None
    assert all(envelope is not None and envelope.name == plain.name for envelope in both)
    assert b"Headline 7" not in plain.message
    assert all(b"Headline 7" in envelope.message for envelope in both if envelope)


def test_what_holds_nothing_for_a_subscribers_topics_is_no_mail():
    messages_of = room([], is_absence=True)
    assert messages_of.envelope(claim(frozenset({"culture"}))) is None
    assert messages_of.envelope(claim(frozenset({"medicine"}), YESTERDAY)) is None


def test_each_layout_is_put_together_once_from_one_render():
    messages_of = room([], is_absence=False)
    plain, same, brief = (
        messages_of.variant(frozenset(), None, layout) for layout in (None, "magazine", "brief")
    )
    assert plain is same
    assert brief is not plain
    short = messages_of.envelope(claim(layout="headlines"))
    long = messages_of.envelope(claim())
    assert short is not None
    assert long is not None
    assert short.name == long.name
    assert len(short.message) < len(long.message)


def test_after_an_absence_the_subject_says_so_with_the_subscribers_own_lead_in_the_language():
    found = room([], is_absence=True).variant(frozenset({"culture"}), YESTERDAY)
    assert found is not None
    assert found.mail.subject == "Während Sie weg waren: Headline 7"


def test_it_keeps_to_the_budget_of_bytes():
    long = tuple(f"{n} {'word ' * 400}" for n in range(4))
    issues = [
        issue(*(story(10 * at + n, bullets=long) for n in range(10)), date=DAY - timedelta(days=at))
        for at in (2, 1, 0)
    ]
    letter = newsletter(max_stories=30, stories_per_topic=30, max_source_share=1.0)
    whole = catch_up(issues, letter, TREE)
    fitted, rendered = fit_to_size(RENDERER, whole, letter, NewsletterPictures())
    assert largest(RENDERER.render(whole, letter), len(whole.stories)) > BUDGET
    assert largest(rendered, len(fitted.stories)) <= BUDGET
    assert len(fitted.stories) < len(whole.stories)
