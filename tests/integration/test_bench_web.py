"""The benches of the site run, in their smallest size; what they measure then means nothing."""

from tests.integration.test_bench import bench, cells


def test_the_pages_are_asked_for_at_a_rate_and_as_fast_as_can_be():
    output = bench("web", "--seconds=1", "--rate=20", "--days=2", "--goal=60000")
    for page in ("story pages", "archive"):
        rows = cells(output, page)
        assert [row[1] for row in rows] == ["all it can", "20", "all it can"]
        assert {row[-1] for row in rows} == {"0.00%"}
    assert "The goal is met." in output


def test_the_pages_are_asked_for_beside_strangers():
    output = bench(
        "strangers",
        *("--seconds=5", "--unread=30", "--slow=30", "--endless=2"),
        *("--goal=60000", "--memory=1000"),
    )
    assert len(cells(output, "beside strangers")) == 1
    assert "head too large" in output
    assert "The goal is met." in output
    assert "Errors in the log: 0." in output
