"""Parts of pages are made once for as long as pages are kept."""

from markupsafe import Markup

from digest.web.page_parts import PageParts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_part_is_made_once_until_its_seconds_are_over():
    clock, made = Clock(), []

    def make() -> Markup:
        made.append(clock.now)
        return Markup("<p>foot</p>")

    parts = PageParts(30.0, clock)
    for clock.now in (1.0, 2.0, 30.9, 31.0, 32.0):
        assert parts.kept("foot", "en", caller=make) == "<p>foot</p>"
    parts.kept("foot", "de", caller=make)
    assert made == [1.0, 31.0, 32.0]


def test_where_no_page_is_kept_no_part_is():
    made = []
    parts = PageParts(0.0, Clock())
    for _ in range(2):
        parts.kept("foot", caller=lambda: made.append(1) or Markup(""))
    assert len(made) == 2
