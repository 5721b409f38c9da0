"""The bench of the site runs, in its smallest size; what it measures then means nothing."""

from tests.integration.test_bench import bench, cells
from tests.sampling import whole


@whole
def test_the_pages_are_asked_for_at_a_rate_and_as_fast_as_can_be():
    output = bench("web", "--seconds=1", "--rate=20", "--days=2", "--goal=60000")
    first = ["all it can"]
    not_made_yet = {
        "story pages": first,
        "archive": [],
        "counted links": first,
    }  # of one page the first is it
    for page, first in not_made_yet.items():
        rows = cells(output, page)
        assert [row[1] for row in rows] == [*first, "20", "all it can"]
        assert {row[-2] for row in rows} == {"0.00%"}
    assert "The goal is met." in output
