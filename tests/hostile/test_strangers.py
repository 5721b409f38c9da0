"""Strangers who hold on to the site, beside people who read it: the bench of that, short or whole.

Short it means nothing but that nobody is refused who should not be, and that nothing breaks. Whole
it measures how long people wait: with ALONE=1, where no other test runs (`make hostile`).
"""

import os

from tests.integration.test_bench import bench, cells
from tests.sampling import whole

SHORT = "--seconds=3 --coming=1 --unread=30 --slow=30 --endless=2 --goal=60000 --memory=1000"


@whole
def test_people_are_answered_beside_strangers():
    output = bench("strangers", *([] if os.environ.get("ALONE") else SHORT.split()))
    assert len(cells(output, "beside strangers")) == 1
    assert "head too large" in output
    assert "The goal is met." in output
    assert "Errors in the log: 0." in output
