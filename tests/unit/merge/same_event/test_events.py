"""Which reports become one story: the measured promises, and the rules that hold for any text."""

import csv
import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.merge.same_event.agglomerate import ALONE as TWO_ALONE
from digest.merge.same_event.events import THRESHOLD, Constraints, Grouping, MergeInput, group
from digest.merge.same_event.evidence import LEARNED
from digest.merge.same_event.features import Features, StaleFeaturesError, make_features
from digest.merge.same_event.links import chance
from digest.merge.same_event.series import is_series
from tests.bench.merge_eval import Known, b_cubed, choose, measure, place, read
from tests.paths import DATA
from tests.sampling import examples

FILES = ("events-hard.csv", "events-languages.csv")
NOON = datetime(2026, 9, 7, 12, tzinfo=UTC)


def account(key: str, headline: str, hours: float = 0, story: int | None = None) -> MergeInput:
    return MergeInput(key, make_features(headline), NOON + timedelta(hours=hours), story)


def members(grouping: Grouping) -> set[frozenset[str]]:
    return {frozenset(one.members) for one in grouping.groups}


def one_story(*headlines: str, hours: float = 1) -> bool:
    accounts = [account(str(at), text, at * hours) for at, text in enumerate(headlines)]
    return len(group(accounts).groups) == 1


@pytest.fixture(scope="module", params=FILES)
def known(request) -> list[Known]:
    return read(DATA / request.param)


def test_the_files_are_merged_precisely_and_nearly_whole(known):
    groups, _ = place(known, THRESHOLD)
    scores = b_cubed([one.event for one in known], groups)

    assert len(known) >= 150
    assert scores.precision >= 0.96
    assert scores.f1 >= 0.965


def test_a_threshold_chosen_on_the_one_file_serves_the_other():
    one, other = (read(DATA / name) for name in FILES)

    for training, held in ((one, other), (other, one)):
        scores = measure(held, choose([training]))
        assert scores.precision >= 0.94
        assert scores.f1 >= 0.95


def test_pairs_that_look_alike_stay_apart_and_pairs_that_look_different_meet():
    wrong, missed, kinds = [], [], []
    with (DATA / "pairs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            accounts = [
                MergeInput(
                    side,
                    make_features(row[f"{side}_title"], row[f"{side}_summary"]),
                    datetime.fromisoformat(row[f"{side}_published"]),
                )
                for side in "ab"
            ]
            merged = len(group(accounts).groups) == 1
            kinds.append(row["kind"])
            if merged and row["kind"] == "two":
                wrong.append(row["a_title"])
            if not merged and row["kind"] == "one":
                missed.append(row["a_title"])

    assert kinds.count("two") >= 60
    assert kinds.count("one") >= 60
    assert len(wrong) <= 2, wrong
    assert len(missed) <= 10, missed


def test_the_order_of_the_reports_does_not_matter(known):
    accounts = [one.account for one in known]
    shuffled = random.Random(3).sample(accounts, len(accounts))

    assert group(accounts).groups == group(shuffled).groups


def add_in_batches(known: list[Known], batches: Iterable[list[Known]]) -> list[int]:
    """The story of each report where they come batch by batch, and what is placed stays."""
    stories: dict[str, int] = {}
    placed: list[MergeInput] = []
    for batch in batches:
        grouping = group([*placed, *(one.account for one in batch)])
        for found in grouping.groups:
            story = len(stories) + 1_000 if found.story is None else found.story
            for key in found.members:
                assert stories.setdefault(key, story) == story
        placed += [
            MergeInput(
                one.account.key,
                one.account.features,
                one.account.published,
                stories[one.account.key],
            )
            for one in batch
        ]
    return [stories[one.account.key] for one in known]


@pytest.mark.parametrize("size", [1, 20])
def test_reports_that_come_bit_by_bit_end_up_much_as_all_at_once(known, size):
    batches = [known[at : at + size] for at in range(0, len(known), size)]
    together, _ = place(known, THRESHOLD)

    bit_by_bit = add_in_batches(known, batches)

    agreement = b_cubed([str(number) for number in together], bit_by_bit)
    assert agreement.f1 >= 0.95
    assert b_cubed([one.event for one in known], bit_by_bit).precision >= 0.94


def test_a_settled_story_takes_a_report_and_gives_none_away():
    accounts = [
        account("a", "Hurricane Odette slams Florida coast", 0, 7),
        account("b", "Bakers in Lyon strike over flour prices", 1, 7),
        account("c", "Florida counts dead after Hurricane Odette", 2),
    ]

    grouping = group(accounts)

    assert [(one.story, one.members) for one in grouping.groups] == [(7, ("a", "b", "c"))]


def test_two_settled_stories_never_join():
    accounts = [
        account("a", "Hurricane Odette slams Florida coast", 0, 7),
        account("b", "Hurricane Odette slams Florida coast", 1, 8),
        account("c", "Hurricane Odette slams Florida coast", 2),
    ]

    stories = sorted(one.story or 0 for one in group(accounts).groups)

    assert stories == [7, 8]


def test_a_story_spans_72_hours_however_long_its_event_goes_on():
    accounts = [account(str(at), "Hurricane Odette slams Florida", at * 20) for at in range(9)]

    grouping = group(accounts)

    for found in grouping.groups:
        days = [int(key) * 20 for key in found.members]
        assert max(days) - min(days) <= 72
    assert len(grouping.groups) <= 4


def test_what_an_admin_joined_stays_together_and_takes_more_of_the_same():
    texts = ("Hurricane Odette slams Florida", "Bakers in Lyon strike over flour")
    accounts = [account(str(at), text, at) for at, text in enumerate(texts)]
    together = Constraints(together=frozenset({("0", "1")}))

    assert members(group(accounts)) == {frozenset("0"), frozenset("1")}
    assert members(group(accounts, together)) == {frozenset("01")}


def test_what_an_admin_split_stays_apart_though_a_third_is_like_both():
    accounts = [account(str(at), "Hurricane Odette slams Florida", at) for at in range(3)]
    apart = Constraints(apart=frozenset({("2", "0")}))

    found = members(group(accounts, apart))

    assert len(found) == 2
    assert not any({"0", "2"} <= one for one in found)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (
            "Magnitude 6.1 quake hits Peru",
            "Magnitude 5.4 quake hits Peru",
            "different numbers: magnitude 6.1 / 5.4",
        ),
        ("Tanvex profit up in Q2", "Tanvex profit up in Q3", "different numbers: period Q2 / Q3"),
        ("Rovers beat City 2-1", "Rovers beat City 3-0", "different numbers: score 2-1 / 3-0"),
        (
            "Keller wins stage 16 of Vuelta",
            "Keller wins stage 17 of Vuelta",
            "different numbers: stage 16 / 17",
        ),
        ("Marsh to resign over deal", "Marsh will not resign over deal", "negation: resign"),
        (
            "Study of coffee and dementia published",
            "Study of coffee and dementia retracted",
            "only one is a retraction",
        ),
        ("Marsh took bribes", "Marsh denies she took bribes", "only one is a denial"),
        ("Jury convicts Harlan", "Jury acquits Harlan", "opposite outcome: verdict"),
        (
            "Hurricane Odette hits coast of Florida",
            "Hurricane Pascal hits coast of Louisiana",
            "different names: Odette / Pascal",
        ),
        ("台風10号が沖縄に接近", "台風十一号が沖縄に接近", "different numbers: 号 10 / 11"),
    ],
)
def test_a_veto_is_named(one, other, reason):
    grouping = group([account("a", one), account("b", other, 1)])

    assert len(grouping.groups) == 2
    assert reason in grouping.explain("b").against[0]


def test_an_explanation_names_the_shared_words_and_the_score():
    grouping = group(
        [
            account("a", "Hurricane Odette slams Florida coast"),
            account("b", "Florida counts dead after Hurricane Odette", 1),
        ]
    )

    reason = grouping.explain("b")

    assert reason.joined
    assert reason.nearest == "a"
    assert reason.score >= reason.threshold
    assert {one.word for one in reason.shared} == {"Hurricane", "Odette", "Florida"}
    assert str(reason).startswith("with a: score 0.")


def test_two_reports_that_nobody_else_joins_are_asked_for_more():
    first = account("first", "Orrin mayor Tove Lind defends works at old mill")
    between = account("between", "Orrin mayor Tove Lind calls millers to talks at old mill", 11)
    last = account("last", "Orrin: mayor meets millers", 22)

    two = group([first, last])

    assert len(two.groups) == 2
    assert THRESHOLD < two.explain("last").score < two.explain("last").threshold == TWO_ALONE
    assert len(group([first, between, last]).groups) == 1


def test_the_parts_of_an_explanation_add_up_to_its_score():
    grouping = group(
        [
            account("a", "Hurricane Odette slams Florida coast"),
            account("b", "Tampa counts dead after Hurricane Odette", 5),
        ]
    )

    reason = grouping.explain("b")

    assert float(chance(sum(part.weight for part in reason.parts))) == pytest.approx(reason.score)
    assert {"rarity shared", "time between"} <= {part.name for part in reason.parts}


def test_what_was_learned_is_small():
    assert len(json.dumps(LEARNED)) < 2000


ALONE = (
    ("Top 10 pears for a windy garden", "Top 10 errors in tax returns"),
    ("Meet the man who tunes bells", "Meet the drone that counts seals"),
    ("Chapter 9 of a lost diary turns up", "Soyuz 9 letters go on sale"),
    ("A new element of the town hall opens", "Last element of the antidote is found"),
    ("Budget 2026: what bakers asked for", "Biathlon World Cup 2026: the misses"),
    ("Six questions for a beekeeper", "Six ways to mend a zip"),
    ("Season 4 of the quiz begins", "Formula 4 driver buys a mill"),
    ("Room 12 is painted", "Highway 12 is flooded"),
    ("Five days in Lisbon", "Five days of frost ahead"),
)


@pytest.mark.parametrize("headlines", ALONE)
def test_one_shared_word_or_number_is_no_event(headlines):
    assert not one_story(*headlines)


def test_two_reports_that_share_the_rarest_word_alone_stay_apart():
    assert not one_story("Quorbit dazzles critics", "Wallpapers: our Quorbit collection")


SERIES = (
    ("Talking maps #92: the river", "Talking maps #93: the coast"),
    ("Lecture 132: Rings and ideals", "Lecture 133: Rings and fields"),
    ("Wordle 1,234 hints", "Wordle 1,235 hints"),
    ("Daily briefing, October 9", "Daily briefing, October 10"),
    ("Daily briefing, October 31", "Daily briefing, November 1"),
    ("Monday market notes", "Tuesday market notes"),
    ("Planet of bees, part 3", "Planet of bees, part 4"),
)


@pytest.mark.parametrize("headlines", SERIES)
def test_parts_of_a_series_of_one_source_are_stories_of_their_own(headlines):
    accounts = [
        MergeInput(str(at), make_features(text), NOON + timedelta(hours=at), source="maps")
        for at, text in enumerate(headlines)
    ]

    grouping = group(accounts)

    assert len(grouping.groups) == 2
    assert is_series(*(one.features.facts for one in accounts))


@pytest.mark.parametrize(
    "headlines",
    [
        ("Fire kills 12 in Lima market", "Fire kills 15 in Lima market"),
        ("Fire kills 12 in Lima market", "Fire kills dozens in Lima market"),
        ("Lima market burns", "Lima market burns"),
        ("", ""),
    ],
)
def test_another_figure_in_one_sentence_is_no_series(headlines):
    assert not is_series(*(make_features(text).facts for text in headlines))


def test_the_same_number_of_another_source_is_no_series_of_ours():
    texts = ("Harbour bridge collapses, 12 missing", "Harbour bridge collapses, 14 missing")
    accounts = [
        MergeInput(name, make_features(text), NOON, source=name)
        for name, text in zip("ab", texts, strict=True)
    ]

    assert len(group(accounts).groups) == 1


def by_address(source: str, headline: str, path: str) -> MergeInput:
    features = make_features(headline, address=f"https://{source}.test/{path}")
    return MergeInput(f"{source} {headline}", features, NOON, source=source)


def test_the_words_of_an_address_tell_what_a_headline_leaves_out():
    one = by_address("a", "Spritz lets you read a whole novel in an hour", "1")
    other = "Why you may never read slowly again"

    for path, stories in (
        ("spritz-whole-novel-in-an-hour-why-you-may-never-read-slowly", 1),
        ("why-you-may-never-read-slowly-again", 2),
    ):
        assert len(group([one, by_address("b", other, path)]).groups) == stories


def test_what_a_site_puts_into_all_its_addresses_is_no_evidence():
    headlines = ("Harbour bakers strike", "Winter volcano wakes", "Owls return to Brava")
    reports = [
        by_address("a", text, f"lomar-harbour-podcast-episode-{text.replace(' ', '-')}")
        for text in headlines
    ]

    grouping = group(reports)

    assert len(grouping.groups) == 3
    assert "podcast" not in str(grouping.explain(reports[1].key))


def test_the_words_of_an_address_that_has_none_of_the_headline_are_the_sites():
    headline = "Bakers strike over flour prices"

    features = make_features(headline, address="https://a.test/press-release-details/17")

    assert features == make_features(headline)


def test_a_report_without_like_says_so():
    grouping = group([account("a", "Bakers strike"), account("b", "Volcano wakes", 1)])

    assert str(grouping.explain("a")) == "no report of the last days shares enough words"


@pytest.mark.parametrize(
    "headlines",
    [
        ("Marsh found not guilty of fraud", "Jury acquits Marsh of fraud"),
        ("Death toll in Lima fire rises to 12", "Lima fire: 15 dead"),
        ("M6.1 quake off Peru coast", "Peru rattled by 6.0-magnitude quake"),
        ("UPDATE 2-Tanvex to buy Ardent", "Tanvex to buy Ardent - Harbour Post"),
        ("Storm Odette hits Tampa as a Category 3 gale", "LIVE: Storm Odette hits Tampa Bay"),
        ("Marsh wins Tampa vote", "No surprise, not Keller: Marsh wins Tampa vote"),
        ("10月8号台北马拉松开跑", "台北马拉松开跑: 10月9号前封路"),
    ],
)
def test_what_only_seems_to_contradict_is_merged(headlines):
    assert one_story(*headlines)


def test_two_reports_are_compared_alike_from_either_side():
    texts = ("Rovers beat City 2-1", "Okafor strikes late as Rovers win", "City lose again")
    for one in texts:
        for other in texts:
            forth = group([account("a", one), account("b", other)])
            back = group([account("a", other), account("b", one)])
            assert len(forth.groups) == len(back.groups)


@given(st.lists(st.text(max_size=80), max_size=8), st.integers(0, 100))
@settings(max_examples=examples(150), deadline=None)
def test_any_text_is_grouped_once_the_same_in_any_order(texts, hours):
    accounts = [account(str(at), text, at * hours % 90) for at, text in enumerate(texts)]

    grouping = group(accounts)

    assert sorted(key for one in grouping.groups for key in one.members) == sorted(
        one.key for one in accounts
    )
    assert members(group(reversed(accounts))) == members(grouping)
    for one in accounts:
        assert str(grouping.explain(one.key))


@given(
    st.lists(st.sampled_from(("Odette", "Florida", "not", "6.1", "Q2")), max_size=6).map(" ".join)
)
def test_grouping_again_what_is_settled_changes_nothing(text):
    accounts = [account(str(at), f"{text} storm {at % 2}", at) for at in range(4)]
    first = group(accounts)
    story = {key: at for at, one in enumerate(first.groups) for key in one.members}
    settled = [MergeInput(a.key, a.features, a.published, story[a.key]) for a in accounts]

    assert members(group(settled)) == members(first)


@given(st.text(max_size=200), st.text(max_size=700), st.text(max_size=20), st.text(max_size=80))
def test_features_come_back_from_their_bytes(headline, summary, publisher, path):
    features = make_features(headline, summary, publisher, f"https://a.test/{path}")

    again = Features.from_bytes(features.to_bytes())

    assert again == features
    assert again.facts == features.facts
    assert len(again.words) == len(features.counts)


@pytest.mark.parametrize("stored", [b"", b"\x00\x00\x00", b"\xff\x01\x00abcd"])
def test_bytes_of_another_version_are_refused(stored):
    with pytest.raises(StaleFeaturesError):
        Features.from_bytes(stored)


def test_no_reports_make_no_groups():
    assert group([]).groups == ()


def test_one_text_that_many_publish_is_one_story_however_many():
    text = make_features("Ferry runs aground off Lomar harbour", "All 240 on board are safe.")
    copies = [MergeInput(f"{n:04}", text, NOON + timedelta(minutes=n % 60)) for n in range(3000)]
    grouping = group(copies)
    assert [len(found.members) for found in grouping.groups] == [3000]
    assert grouping.groups[0].members[0] == "0000"
    assert "very text of" in str(grouping.explain("2999"))


def test_a_copy_joins_the_story_of_its_text_and_stays_apart_where_an_admin_says_so():
    text = make_features("Ferry runs aground off Lomar harbour", "All 240 on board are safe.")
    told = MergeInput("a", text, NOON, story=7)
    copy = MergeInput("b", text, NOON + timedelta(hours=5))
    (found,) = group([told, copy]).groups
    assert (found.story, found.members) == (7, ("a", "b"))
    kept_apart = group([told, copy], Constraints(apart=frozenset({("a", "b")})))
    assert len(kept_apart.groups) == 2


def test_the_same_words_a_week_later_are_another_event():
    text = make_features("Crossword of the day")
    first, later = MergeInput("a", text, NOON), MergeInput("b", text, NOON + timedelta(days=7))
    assert len(group([first, later]).groups) == 2
