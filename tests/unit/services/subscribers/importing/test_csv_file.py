"""CSV as others write it: encodings, records over several lines, quotes that never end."""

from io import BufferedReader, BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.services.subscribers.importing.csv_file import (
    LIMIT,
    RECORD_LINES,
    BadLine,
    Header,
    bounded_lines,
    decoded,
    read_header,
    records,
)


def text_of(content: bytes) -> str:
    return "".join(bounded_lines(decoded(BufferedReader(BytesIO(content)))))


def found_in(text: str) -> list[tuple[int, list[str] | BadLine]]:
    lines = bounded_lines(decoded(BufferedReader(BytesIO(text.encode()))))
    return list(records(lines, ","))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_that_spreadsheets_write(encoding):
    assert text_of("email\nzoë@example.org\n".encode(encoding)) == "email\nzoë@example.org\n"


def test_bytes_of_another_encoding_stay_recognisable():
    assert text_of("zoë".encode("cp1252")) == "zo\udceb"
    assert text_of(b"\xff\xfea\x00\x00") == "a\ufffd"
    assert text_of(b"") == ""


def test_a_line_without_end_is_cut_and_the_next_one_is_whole():
    lines = bounded_lines(decoded(BufferedReader(BytesIO(b"x" * 5 * LIMIT + b"\nnext\n"))))
    first, second = lines
    assert len(first) == LIMIT + 1
    assert second == "next\n"


def test_the_header_names_columns_as_they_are_written():
    header = read_header('\ufeff"Email Address","What, if anything?", TAGS ,TAGS\r\n')
    assert header == Header(",", ("Email Address", "What, if anything?", "TAGS", "TAGS"))
    assert header.positions == {"email address": 0, "what, if anything?": 1, "tags": 2}


def test_a_record_may_hold_line_breaks_and_is_named_by_its_first_line():
    text = 'a,"note,\nof ""three""\r\nlines"\n\nb,x\n'
    assert found_in(text) == [(1, ["a", 'note,\nof "three"\r\nlines']), (5, ["b", "x"])]


def test_an_unclosed_quote_takes_no_other_line_with_it():
    good = [f"{number},x\n" for number in range(200)]
    (first, bad), *rest = found_in('a,"open\n' + "".join(good))
    assert first == 1
    assert isinstance(bad, BadLine)
    assert "nothing closes" in bad.reason
    assert rest == [(2 + number, [str(number), "x"]) for number in range(200)]


def test_a_quote_that_another_record_closes_wrongly_costs_its_line_alone():
    found = found_in('a,"open\nb,"closed"\nc,x\n')
    assert isinstance(found[0][1], BadLine)
    assert found[1:] == [(2, ["b", "closed"]), (3, ["c", "x"])]


def test_a_record_has_at_most_so_many_lines_and_so_many_bytes():
    longest = "a," + '"' + "\n" * (RECORD_LINES - 1) + '"\n'
    assert len(found_in(longest)) == 1
    assert isinstance(found_in(f"{longest[:-2]}\n{longest[-2:]}")[0][1], BadLine)
    wide = f'a,"{"x" * (LIMIT // 2)}\n{"y" * (LIMIT // 2)}"\nb,x\n'
    assert isinstance(found_in(wide)[0][1], BadLine)
    assert found_in(wide)[-1] == (3, ["b", "x"])
    (number, bad), second = found_in("z" * (LIMIT + 5) + "\nb,x\n")
    assert (number, bad) == (1, BadLine(1, "longer than 64 KB"))
    assert second == (2, ["b", "x"])


@given(st.text(alphabet='ab",\n', max_size=200))
def test_every_line_belongs_to_exactly_one_record_or_is_blank(text):
    lines = text.splitlines(keepends=True)
    starts = [number for number, _ in found_in(text)]
    assert starts == sorted(set(starts))
    assert all(1 <= number <= len(lines) for number in starts)
