"""What tells a copy from the installation: the rules alone, and the file that is the mark."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.services.installation.mark import machine_id, place_of, read_mark, write_mark
from digest.services.installation.rules import (
    BACKWARD,
    FORWARD,
    FilePlace,
    Mark,
    Why,
    is_clock_wrong,
    why_refused,
)
from digest.store.installations import Installation

HERE = FilePlace("machine", "/srv/news/var/digest.db.mark", device=7, inode=11)
AT = datetime(2026, 11, 21, 6, 12, tzinfo=UTC)
THIS = Installation("id", 1, "home", claimed=30, claimed_at=AT)
MARK = Mark("id", 1, "home", 30, AT, {"daily": date(2026, 11, 21)}, HERE)


def why(this=THIS, mark=MARK, place=HERE, server_home=None):
    return why_refused(this, mark, place=place, server_home=server_home)


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (replace(HERE, path="/srv/moved/var/digest.db.mark"), True),
        (replace(HERE, device=8), True),  # mounted anew, as after a restart
        (replace(HERE, machine=""), True),  # in a container
        (replace(HERE, inode=12), False),
        (replace(HERE, machine="another"), False),
        (replace(HERE, path="/mnt/copy/digest.db.mark", device=8), False),
    ],
)
def test_a_file_is_known_after_a_move_and_a_copy_of_it_is_not(now, same):
    assert HERE.is_same(now) is same
    assert why(place=now) == (None if same else Why.COPIED_FOLDER)


@pytest.mark.parametrize(
    ("this", "mark", "expected"),
    [
        (THIS, MARK, None),
        (THIS, replace(MARK, claimed=20), None),  # a crash before the mark was raised
        (None, None, None),  # new, or only just brought up to date
        (None, replace(MARK, claimed=0), None),  # a crash before the row was written
        (None, MARK, Why.OTHER_DATABASE),
        (replace(THIS, id="another"), MARK, Why.OTHER_DATABASE),
        (THIS, None, Why.NO_MARK),
        (replace(THIS, claimed=29), MARK, Why.BEHIND),
        (replace(THIS, epoch=2, claimed=0), MARK, None),
        (replace(THIS, epoch=1), replace(MARK, epoch=2, claimed=0), Why.BEHIND),
        (replace(THIS, home="elsewhere"), MARK, Why.OTHER_HOME),
    ],
)
def test_a_database_file_may_send_where_its_mark_says_so(this, mark, expected):
    assert why(this, mark) == expected


@pytest.mark.parametrize(
    ("this", "mark", "home", "expected"),
    [
        (THIS, None, "home", None),  # another machine on the same database
        (THIS, MARK, "home", None),
        (replace(THIS, epoch=2, home="new"), MARK, "new", None),  # adopted by another machine
        (THIS, MARK, "", None),  # the server does not tell
        (THIS, MARK, "restored", Why.OTHER_HOME),
        (THIS, None, "restored", Why.OTHER_HOME),
        (replace(THIS, claimed=29), MARK, "home", Why.BEHIND),
    ],
)
def test_a_server_says_where_a_database_is_and_the_mark_how_far_it_was(this, mark, home, expected):
    copied = replace(HERE, inode=99, machine="another")  # folders of machines are copies
    assert why(this, mark, copied, home) == expected


def test_the_clock_may_differ_a_little_and_rest_a_month():
    for now, wrong in (
        (AT - BACKWARD, False),
        (AT - BACKWARD - timedelta(seconds=1), True),
        (AT + FORWARD, False),
        (AT + FORWARD + timedelta(seconds=1), True),
    ):
        assert is_clock_wrong(now, AT) is wrong
    assert not is_clock_wrong(AT, None)


def read(file):
    found = read_mark(file)
    assert found is not None
    return found


def test_a_mark_is_known_by_its_file_and_a_copy_of_the_file_is_not(tmp_path):
    file = tmp_path / "var" / "digest.db.mark"
    write_mark(file, THIS, MARK.sealed)
    mark, place = read(file)
    assert mark == replace(MARK, place=place)
    assert file.stat().st_mode & 0o777 == 0o600
    shutil.copytree(tmp_path / "var", tmp_path / "copy")
    copied, elsewhere = read(tmp_path / "copy" / "digest.db.mark")
    assert copied == mark
    assert not copied.place.is_same(elsewhere)
    (tmp_path / "var").rename(tmp_path / "moved")
    moved, there = read(tmp_path / "moved" / "digest.db.mark")
    assert moved.place.is_same(there)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"installation": 1}), "\xff"])
def test_what_is_no_mark_is_none(tmp_path, text):
    (tmp_path / "digest.db.mark").write_bytes(text.encode("latin-1"))
    assert read_mark(tmp_path / "digest.db.mark") is None
    assert read_mark(tmp_path / "nothing") is None


def test_a_machine_is_known_by_its_id_but_not_in_a_container(tmp_path):
    assert machine_id(tmp_path) == ""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("3d1219c7\n")
    assert machine_id(tmp_path) == "3d1219c7"
    assert place_of(tmp_path / "etc", tmp_path).machine == "3d1219c7"
    (tmp_path / ".dockerenv").touch()
    assert machine_id(tmp_path) == ""
