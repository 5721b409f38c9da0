"""Parts of pages are made once for as long as pages are kept."""

from markupsafe import Markup

from digest.web.page_parts import PageParts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_part_is_made_once_until_its_seconds_are_over():
    clock = Clock()
    made: list[float] = []

    def make() -> Markup:
        made.append(clock.now)
        return Markup("<p>foot</p>")

    parts = PageParts(30.0, clock)
    for clock.now in (1.0, 2.0, 30.9, 31.0, 32.0):
        assert parts.kept("foot", "en", caller=make) == "<p>foot</p>"
    parts.kept("foot", "de", caller=make)
    assert made == [1.0, 31.0, 32.0]
    where_nothing_is_kept = PageParts(0.0, clock)
    for _ in range(2):
        where_nothing_is_kept.kept("foot", caller=make)
    assert len(made) == 5
