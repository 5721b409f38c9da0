"""The time zones that a form offers: those that a clock somewhere goes by, by region."""

from functools import cache
from importlib.resources import files

from digest.clock import is_zone

_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def zone_groups() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Each region with its zones: the name of IANA, and how it is shown (`New York`)."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    names = sorted(line.split("\t")[2] for line in lines if line and line[0] != "#")
    return tuple(
        (region, tuple((name, shown_zone(name)) for name in names if name.startswith(f"{region}/")))
        for region in _REGIONS
    )


@cache
def zone_names() -> frozenset[str]:
    """All of them."""
    return frozenset(name for _, zones in zone_groups() for name, _ in zones)


def other_zone(name: str) -> str:
    """A zone that the list lacks, as many an older name does; empty for every other text."""
    listed = name in zone_names() or name == "UTC"
    return name if name and not listed and is_zone(name) else ""


def shown_zone(name: str) -> str:
    """A zone as the list shows it: `New York` for America/New_York."""
    return (name.partition("/")[2] or name).replace("_", " ")
