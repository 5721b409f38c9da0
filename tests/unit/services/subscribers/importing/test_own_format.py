"""Our own CSV of subscribers: every broken line is named, and none takes another with it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.model import Subscription
from digest.services.subscribers.importing.csv_file import LIMIT, BadLine, read_header, take_header
from digest.services.subscribers.importing.own_format import quoted_cell, read_rows
from digest.services.subscribers.importing.rows import ImportRow
from tests.builders import TREE


def read(text: str) -> list[Subscription | BadLine]:
    return [entry.subscription if isinstance(entry, ImportRow) else entry for entry in rows(text)]


def rows(text: str) -> list[ImportRow | BadLine]:
    lines = iter(text.splitlines(keepends=True))
    return [entry for _, entry in read_rows(take_header(lines), lines, TREE)]


def test_all_columns_are_read_by_their_names_in_any_order_and_case():
    (entry,) = read(
        "Name,TOPICS,Email,timezone,paused_until,hour\n"
        '"Doe, Ada",space;Medicine,ada@example.org,UTC,2026-12-01,7\n'
    )
    topics, away = ("space", "medicine"), date(2026, 12, 1)
    assert entry == Subscription("ada@example.org", "Doe, Ada", topics, "UTC", 7, away)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_signs_that_spreadsheets_use_between_columns(sign):
    (entry,) = read(f"email{sign}name\nada@example.org{sign}Ada\n")
    assert entry == Subscription("ada@example.org", "Ada")


def test_the_sign_is_not_looked_for_in_a_quoted_name():
    (entry,) = read('"name, all of it";email;"a,b,c"\n"Doe, Ada";ada@example.org;\n')
    assert entry == Subscription("ada@example.org")


def test_only_email_is_needed_and_other_columns_are_passed_over():
    assert read("email\nada@example.org\n\nben@example.org\n") == [
        Subscription("ada@example.org"),
        Subscription("ben@example.org"),
    ]
    assert read("shoe size,email\n42,ada@example.org\n") == [Subscription("ada@example.org")]


def test_a_column_that_is_absent_is_not_meant_and_an_empty_value_is():
    (plain,) = rows("email\nada@example.org\n")
    (meant,) = rows("email,hour,topics\nada@example.org,,\n")
    assert isinstance(plain, ImportRow)
    assert isinstance(meant, ImportRow)
    assert plain.given == frozenset()
    assert meant.given == {"hour", "topics"}
    assert meant.subscription.hour is None


def test_alerts_are_wanted_by_a_yes_and_what_is_neither_that_nor_a_no_is_named():
    values = ("yes", "No", "", "maybe")
    lines = "".join(f"{place}@example.org,{value}\n" for place, value in enumerate(values))
    *wishes, odd = rows(f"email,alerts\n{lines}")
    for row, wanted in zip(wishes, (True, False, False), strict=True):
        assert isinstance(row, ImportRow)
        assert row.subscription.alerts is wanted
        assert row.given == {"alerts"}
    assert odd == BadLine(5, "'maybe' is neither yes nor no")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not-an-address", "is not an address"),
        ("", None),
        ("a@example.org,A,space,UTC,7,2026-12-01,more", "7 values under 6 columns"),
        ("a@example.org,A,cooking", "'cooking' is not a topic"),
        ("a@example.org,A,,,24", "'24' is not an hour from 0 to 23"),
        ("a@example.org,A,,,-1", "'-1' is not an hour from 0 to 23"),
        ("a@example.org,A,,,٧", "'٧' is not an hour from 0 to 23"),
        ("a@example.org,A,,,7,soon", "'soon' is not a date"),
        ('a@example.org,"A', "unexpected end of data"),
        ("a@example.org,\udcfc", "not UTF-8"),
        (f"a@example.org,{'A' * LIMIT}", "longer than 64 KB"),
        (",Ada", "is not an address"),
        ("a@example.org\x00,A", "is not an address"),
    ],
)
def test_a_broken_line_is_named_and_the_next_one_is_in(line, reason):
    found = read(f"email,name,topics,timezone,hour,paused_until\n{line}\nben@example.org\n")
    assert found[-1] == Subscription("ben@example.org")
    if reason is None:
        assert len(found) == 1
    else:
        bad = found[0]
        assert isinstance(bad, BadLine)
        assert bad.line == 2
        assert reason in bad.reason


@pytest.mark.parametrize("zone", ["Mars/Base", "GMT+2", "Eastern Time (US & Canada)"])
def test_a_misspelt_zone_costs_the_zone_and_is_named(zone):
    (taken, other) = rows(
        f"email,timezone,hour\na@example.org,{zone},7\nb@example.org,Europe/Paris,\n"
    )
    assert isinstance(taken, ImportRow)
    assert taken.subscription == Subscription("a@example.org", hour=7)
    assert taken.given == {"hour"}  # who is here already keeps the zone that they chose
    assert taken.remark == f"'{zone}' is not a time zone such as Europe/Paris: left out"
    assert isinstance(other, ImportRow)
    assert (other.subscription.timezone, other.remark) == ("Europe/Paris", "")


@pytest.mark.parametrize("first", ["sep=,", "SEP=;", '"sep=;"', "sep=\t", "sep=|"])
def test_the_line_that_excel_begins_with_names_the_sign_and_is_no_header(first):
    sign = first.strip('"')[-1]
    text = f"\ufeff{first}\r\nemail{sign}name\r\nada@example.org{sign}Ada\r\nnobody\r\n"
    entry, bad = read(text)
    assert entry == Subscription("ada@example.org", "Ada")
    assert isinstance(bad, BadLine)
    assert bad.line == 4


def test_a_file_without_the_column_email_is_refused():
    with pytest.raises(UsageError, match="no column named email"):
        read("name\nAda\n")
    with pytest.raises(UsageError):
        read("")


def test_a_name_is_one_clean_line():
    (entry,) = read("email,name\nada@example.org,Ada\x1b[31m \u202eevil\n")
    assert isinstance(entry, Subscription)
    assert entry.name == "Ada [31m evil"


@given(st.lists(st.text(max_size=40), max_size=20))
def test_whatever_the_lines_are_each_is_an_entry_or_named(lines):
    text = [line.replace("\n", " ").replace("\r", " ") + "\n" for line in lines]
    found = list(read_rows(read_header("email,name\n"), text, TREE))
    assert len(found) == sum(bool(line.strip()) for line in text)


@given(st.text("'=+-@\uff1dab", max_size=8))
def test_a_name_in_a_cell_that_no_spreadsheet_runs_is_read_as_it_was(name):
    cell = quoted_cell(name)
    assert cell[:1] not in {"=", "+", "-", "@", "\uff1d"}
    (entry,) = read(f'email,name\nada@example.org,"{cell}"\n')
    assert entry == Subscription("ada@example.org", name)
