"""Numbers and dates that are written are those that rows and issues can have, or none."""

from datetime import date

import pytest
import typer

from digest.cli.options import number, read_date
from digest.parsing import MOST_NUMBER, read_issue_date, read_number


def test_a_number_is_one_that_a_row_can_have():
    assert read_number("007") == 7
    assert read_number(str(MOST_NUMBER)) == MOST_NUMBER
    for text in ("", "-1", "1.5", "one", "²", "٣", str(MOST_NUMBER + 1), "9" * 5_000):
        assert read_number(text) is None, text


def test_a_date_is_one_with_weeks_before_and_after():
    assert read_issue_date("2026-11-21") == date(2026, 11, 21)
    for text in ("", "2026-13-40", "0001-01-01", "9999-12-31", "1969-12-31", "2200-01-01"):
        with pytest.raises(ValueError, match=r".+"):
            read_issue_date(text)


def test_a_command_refuses_what_is_beyond_them():
    for text in ("9999-12-31", "0001-01-01"):
        with pytest.raises(typer.BadParameter, match="is not between 1970 and 2199"):
            read_date(text)
    with pytest.raises(typer.BadParameter, match="is not a whole number of at least 1"):
        number(1)(str(MOST_NUMBER + 1))
