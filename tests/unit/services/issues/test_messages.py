"""The mail of somebody who missed something: made when first needed, once for each date."""

from datetime import date, timedelta

from digest.compose.catch_up import catch_up
from digest.model import (
    Claim,
    DeliveryCause,
    Envelope,
    MailLayout,
    NewsletterPictures,
    Subscriber,
)
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.render.size_limit import BUDGET, largest
from digest.services.issues.fit_size import fit_to_size
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
    keywords: tuple[str, ...] = (),
) -> Claim:
    return Claim(1, Subscriber(5, "ada@example.org"), topics, 1, since, layout, keywords)


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


# Keywords.


def many_stories() -> IssueMessages:
    told = [
        story(n, headline=f"About thing{n}", topic=TOPICS[n % 2], bullets=(f"It is word{n}.",))
        for n in range(1, 13)
    ]
    whole = issue(*told[:8], more=tuple(told[8:]))
    letter = newsletter(max_stories=8, stories_per_topic=4)
    rendered = RENDERER.render(whole, letter)
    return IssueMessages(whole, rendered, letter, RENDERER.links, lambda: NOON)


TOPICS = ("space", "culture")


def test_a_subscribers_keywords_take_stories_out_and_the_next_one_leads():
    found = many_stories().variant(frozenset(), keywords=("title:thing1", "word2", "thing9"))
    assert found is not None
    assert [told.id for told in found.issue.all_stories] == [3, 4, 5, 6, 7, 8, 10, 11, 12]
    assert found.mail.subject == "About thing3"
    for part in (found.mail.html, found.mail.text):
        assert "About thing3" in part
        assert "About thing12" in part
        assert not any(f"About thing{n}<" in part or f"thing{n}\n" in part for n in (1, 2, 9))


def test_where_nothing_is_left_that_was_rendered_in_full_the_mail_has_headlines_alone():
    blocked = tuple(f"thing{n}" for n in range(1, 9))
    found = many_stories().variant(frozenset(), keywords=blocked)
    assert found is not None
    assert [told.id for told in found.issue.all_stories] == [9, 10, 11, 12]
    assert found.mail.subject == "About thing9"
    assert all("About thing12" in part for part in (found.mail.html, found.mail.text))
    assert "It is word10" not in found.mail.html


def test_what_is_told_may_be_what_has_a_keyword_alone():
    found = many_stories().variant(frozenset({"culture"}), keywords=("+thing3", "+thing4", "word5"))
    assert found is not None
    assert [told.id for told in found.issue.all_stories] == [3]


def test_lists_that_take_the_same_stories_out_share_a_mail_and_one_that_takes_none_has_the_plain():
    messages_of = many_stories()
    plain = messages_of.variant(frozenset())
    lists: list[tuple[str, ...]] = [(f"nothing{n}",) for n in range(400)]
    lists += [(f"thing{1 + n % 12}", f"other{n}") for n in range(400)]
    lists += [(f"thing{1 + n % 12}", f"word{1 + n % 12}", f"third{n}") for n in range(200)]
    variants = [messages_of.variant(frozenset(), keywords=keywords) for keywords in lists]
    assert len(set(lists)) == 1000
    assert all(variant is plain for variant in variants[:400])
    assert len({id(variant) for variant in variants}) == 13
    # A story that is on none of their topics takes nothing out.
    culture = messages_of.variant(frozenset({"culture"}))
    assert messages_of.variant(frozenset({"culture"}), keywords=("thing2",)) is culture


def test_where_the_keywords_leave_nothing_there_is_no_mail_and_they_are_why():
    messages_of = many_stories()
    assert messages_of.address(claim(keywords=("thing*",))) is DeliveryCause.KEYWORDS
    assert messages_of.address(claim(frozenset({"medicine"}), keywords=("thing*",))) is None
    assert isinstance(messages_of.address(claim(keywords=("thing1",))), Envelope)


def test_keywords_are_those_of_the_day_also_of_what_was_missed():
    messages_of = room([], is_absence=True)
    found = messages_of.variant(frozenset(), YESTERDAY, keywords=("title:1",))
    assert found is not None
    assert [told.id for told in found.issue.all_stories] == [7]
