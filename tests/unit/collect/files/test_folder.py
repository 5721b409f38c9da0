"""A drop folder of real files: each is read, held or named, whatever lies there (promise 9)."""

import hashlib
import os
import socket
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from digest.collect.files.folder import read_folder
from digest.collect.files.result import Held, ReadStory, Rejected, Unchanged
from digest.collect.lengths import MAX_BYTES

TODAY = date(2026, 11, 21)
STORY = "A headline\n• A bullet.\n"


def write(path, text=STORY):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def collect(root, **changes):
    options = {"source": "seeds", "today": TODAY, "hashes": {}, **changes}
    return list(read_folder(root, **options))


def keys(items):
    return [item.report.key for item in items if isinstance(item, ReadStory)]


def faults(items):
    return {Path(i.file).name: (i.line, i.reason) for i in items if isinstance(i, Rejected)}


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


def test_files_are_read_in_the_order_of_their_names_with_the_day_of_their_folder(root):
    write(root / "b.txt")
    write(root / "a.md", "---\ntitle: A title\n---\n- a bullet\n")
    write(root / "2026-11-21" / "c.txt")
    write(root / "2026-11-20" / "deeper" / "d")
    items = collect(root)
    assert keys(items) == ["2026-11-20/deeper/d", "2026-11-21/c.txt", "a.md", "b.txt"]
    assert [item.report.dropped for item in items] == [date(2026, 11, 20), TODAY, None, None]
    assert {item.report.source for item in items} == {"seeds"}
    assert items[-1].file == str(root / "b.txt")
    assert items[-1].raw_hash == hashlib.sha256(STORY.encode()).hexdigest()


def test_what_lies_in_no_dated_folder_is_of_the_given_day(root):
    write(root / "a.txt")
    write(root / "2026-11-20" / "b.txt")
    days = [item.report.dropped for item in collect(root, day=date(2026, 11, 19))]
    assert days == [date(2026, 11, 20), date(2026, 11, 19)]


def test_the_outermost_dated_folder_counts(root):
    write(root / "2026-11-20" / "2026-11-19" / "a.txt")
    assert [item.report.dropped for item in collect(root)] == [date(2026, 11, 20)]


def test_nothing_is_moved_or_changed(root):
    files = [write(root / "a.txt"), write(root / "bad.txt", b"\xff"), write(root / "b.txt~")]
    before = [(f.read_bytes(), f.stat().st_mtime_ns) for f in files]
    collect(root)
    assert [(f.read_bytes(), f.stat().st_mtime_ns) for f in files] == before
    assert sorted(root.iterdir()) == sorted(files)


def test_bytes_that_are_known_are_not_read_again_and_a_changed_file_is(root):
    write(root / "a.txt")
    write(root / "b.txt")
    known = {item.report.key: item.raw_hash for item in collect(root)}
    write(root / "b.txt", STORY + "• Another.\n")
    write(root / "c.txt")
    unchanged, changed, new = collect(root, hashes=known)
    assert unchanged == Unchanged(str(root / "a.txt"))
    assert changed.report.bullets == ("A bullet.", "Another.")
    assert new.report.key == "c.txt"


def test_what_was_rejected_is_not_read_again_before_it_changes(root):
    write(root / "a.txt", b"no bullet")
    write(root / "b.txt", b"no bullet")
    first = {item.file: replace(item, reason="as before") for item in collect(root)}
    write(root / "b.txt", b"no bullet still")
    same, changed = collect(root, rejected=first)
    assert same == first[str(root / "a.txt")]
    assert changed.reason != "as before"
    other_version = {name: replace(item, raw_hash="other") for name, item in first.items()}
    assert {item.reason for item in collect(root, rejected=other_version)} == {changed.reason}


def test_a_story_of_a_later_date_is_held_until_that_date(root):
    write(root / "2026-11-22" / "a.txt")
    write(root / "b.txt", "A headline\nNovember 23, 2026\n• A bullet.\n")
    write(root / "c.md", "---\ntitle: A title\ndate: 2026-11-24\n---\n- a bullet\n")
    write(root / "d.txt", "A headline\nNovember 21, 2026\n• A bullet.\n")
    a, b, c = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
    items = collect(root)
    assert [item.until for item in items if isinstance(item, Held)] == [a, b, c]
    assert keys(items) == ["d.txt"]
    assert keys(collect(root, today=a)) == ["2026-11-22/a.txt", "d.txt"]
    assert keys(collect(root, today=b)) == ["2026-11-22/a.txt", "b.txt", "d.txt"]
    assert len(keys(collect(root, today=c))) == 4
    assert not keys(collect(root, today=date(2026, 11, 20), day=TODAY))


def test_a_file_that_was_moved_is_known_by_its_bytes_and_a_copy_is_not(root):
    write(root / "a.txt")
    (read,) = collect(root)
    known = {"a.txt": read.raw_hash}
    (root / "2026-11-22").mkdir()
    (root / "a.txt").rename(root / "2026-11-22" / "a.txt")

    (held,) = collect(root, hashes=known)
    (moved,) = collect(root, hashes=known, today=date(2026, 11, 22))
    write(root / "a.txt")
    beside, _ = collect(root, hashes=known)

    assert (held.key, held.collected_as) == ("2026-11-22/a.txt", "a.txt")
    assert moved.collected_as == "a.txt"
    assert beside.collected_as is None


def test_a_file_that_cannot_be_read_is_named_with_line_and_reason_and_the_rest_go_on(root):
    write(root / "a.txt")
    write(root / "binary.txt", b"A headline\n\xff\xfe\n")
    write(root / "empty.txt", b"")
    write(root / "front.md", "---\ntitle: a: b\n---\n- c\n")
    write(root / "headless.txt", "• a bullet\n")
    write(root / "large.txt", b"a" * (MAX_BYTES + 1))
    write(root / "listless.txt", "A headline\n\nA paragraph.\n")
    write(root / "z.txt")
    items = collect(root)
    found = faults(items)
    assert keys(items) == ["a.txt", "z.txt"]
    assert {name: line for name, (line, _) in found.items()} == {
        "binary.txt": 2,
        "empty.txt": 1,
        "front.md": 2,
        "headless.txt": 1,
        "large.txt": None,
        "listless.txt": 3,
    }
    assert found["large.txt"][1].startswith("over 1 MB (1,000,001 bytes)")
    rejected = {str(item) for item in items if isinstance(item, Rejected)}
    assert f"{root}/headless.txt:1: no headline: begin the file with one" in rejected
    assert f"{root}/large.txt: over 1 MB (1,000,001 bytes): this cannot be one story" in rejected


def test_a_folder_whose_name_is_a_date_that_does_not_exist_is_named(root):
    write(root / "2026-02-30" / "a.txt")
    write(root / "0000-01-01" / "b.txt")
    write(root / "2026-1-1" / "c.txt")
    write(root / "2026-02-28" / "d.txt")
    items = collect(root)
    assert keys(items) == ["2026-02-28/d.txt", "2026-1-1/c.txt"]
    assert faults(items) == {
        "a.txt": (None, "the folder 2026-02-30 is not a date that exists"),
        "b.txt": (None, "the folder 0000-01-01 is not a date that exists"),
    }


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.txt",
        ".a.txt.swp",
        "a.txt.swp",
        "a.txt.swo",
        "a.txt~",
        "~$a.docx",
        "#a.txt#",
        "a.txt.bak",
        "a.txt.part",
        "a.TMP",
        "picture.JPG",
        "picture.png",
        ".git/a.txt",
        "old~/a.txt",
    ],
)
def test_hidden_files_leftovers_of_editors_and_pictures_are_left_alone(root, name):
    write(root / name)
    assert collect(root) == []


def test_an_empty_folder_has_no_stories(root):
    (root / "2026-11-21").mkdir()
    assert collect(root) == []


def test_links_that_stay_in_the_folder_are_followed(root):
    write(root / ".store" / "a.txt")
    (root / "a.txt").symlink_to(".store/a.txt")
    (root / "2026-11-20").symlink_to(".store")
    assert keys(collect(root)) == ["2026-11-20/a.txt", "a.txt"]


def test_the_folder_itself_may_be_a_link(root, tmp_path):
    write(root / "a.txt")
    (tmp_path / "link").symlink_to(root)
    assert keys(collect(tmp_path / "link")) == ["a.txt"]


def test_links_that_leave_the_folder_are_named_and_not_followed(root, tmp_path):
    write(tmp_path / "outside.txt")
    write(tmp_path / "seeds-too" / "a.txt")
    write(root / "z.txt")
    (root / "absolute.txt").symlink_to(tmp_path / "outside.txt")
    (root / "relative.txt").symlink_to("../outside.txt")
    (root / "folder").symlink_to(tmp_path / "seeds-too")
    (root / "parent").symlink_to("..")
    (root / "twice.txt").symlink_to("relative.txt")
    items = collect(root)
    leaves = (None, "this link leaves the folder: put the file itself here")
    names = ("absolute.txt", "folder", "parent", "relative.txt", "twice.txt")
    assert faults(items) == dict.fromkeys(names, leaves)
    assert keys(items) == ["z.txt"]


def test_links_that_lead_nowhere_or_round_in_a_circle_are_named(root):
    write(root / "sub" / "a.txt")
    (root / "broken.txt").symlink_to("missing.txt")
    (root / "itself").symlink_to("itself")
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    (root / "root").symlink_to(".")
    (root / "sub" / "up").symlink_to("..")
    (root / "sub" / "here").symlink_to(".")
    items = collect(root)
    nowhere = (None, "this link leads nowhere")
    circle = (None, "this link leads round in a circle")
    assert faults(items) == {
        **dict.fromkeys(("broken.txt", "itself", "one", "two"), nowhere),
        **dict.fromkeys(("root", "up", "here"), circle),
    }
    assert keys(items) == ["sub/a.txt"]


def test_two_folders_that_lead_to_each_other_come_to_an_end(root):
    write(root / "a" / "1.txt")
    write(root / "b" / "2.txt")
    (root / "a" / "to-b").symlink_to("../b")
    (root / "b" / "to-a").symlink_to("../a")
    items = collect(root)
    assert keys(items) == ["a/1.txt", "a/to-b/2.txt", "b/2.txt", "b/to-a/1.txt"]
    assert {reason for _, reason in faults(items).values()} == {"this link leads round in a circle"}


def test_what_is_no_file_is_named_and_not_waited_for(root, monkeypatch):
    os.mkfifo(root / "pipe.txt")
    monkeypatch.chdir(root)  # the address of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
    (root / "link.txt").symlink_to("pipe.txt")
    write(root / "z.txt")
    items = collect(root)
    not_a_file = (None, "not a file")
    assert faults(items) == dict.fromkeys(("pipe.txt", "socket.txt", "link.txt"), not_a_file)
    assert keys(items) == ["z.txt"]


def test_names_that_are_not_utf8_or_hold_control_characters_can_be_stored_and_shown(root):
    names = [b"caf\xe9.txt", b"a\nb.txt", b"a\\nb.txt", b"\x1b[31m.txt", "naïve 🦠.txt".encode()]
    names += ["\u202egnp.txt".encode(), b"no headline \xff.txt"]
    for name in names:
        text = "• a bullet\n" if name.startswith(b"no") else STORY
        write(Path(os.fsdecode(os.path.join(os.fsencode(root), name))), text)  # noqa: PTH118
    items = collect(root)
    assert sorted(keys(items)) == sorted(
        [
            r"caf\xe9.txt",
            r"a\nb.txt",
            r"a\\nb.txt",
            r"\x1b[31m.txt",
            "naïve 🦠.txt",
            r"\u202egnp.txt",
        ]
    )
    assert faults(items)[r"no headline \xff.txt"][0] == 1
    for item in items:
        assert item.file.isprintable()
        item.file.encode("utf-8")


def test_a_name_with_a_line_end_after_a_leftover_is_left_alone_too(root):
    write(root / "a.txt~\n")
    assert collect(root) == []


def test_a_folder_that_does_not_exist_or_is_a_file_is_named(root):
    reason = "no such folder: make it, or mend config/sources.toml"
    for missing in (root / "missing", write(root / "a.txt"), root / "a.txt" / "below"):
        assert collect(missing) == [Rejected(str(missing), None, reason)]


def test_a_folder_that_leads_to_itself_is_named(root):
    (root / "loop").symlink_to("loop")
    ((_, reason),) = faults(collect(root / "loop")).values()
    assert reason.startswith("cannot be opened: ")


def test_a_path_that_is_too_long_is_named_and_the_rest_go_on(root, monkeypatch):
    ((_, reason),) = faults(collect(root / ("x" * 300))).values()
    assert reason == "cannot be opened: File name too long"
    write(root / "a.txt")
    write(root / "z.txt")
    monkeypatch.chdir(root)
    for _ in range(17):
        Path("m" * 250).mkdir()
        os.chdir("m" * 250)
    items = collect(root)
    assert keys(items) == ["a.txt", "z.txt"]
    assert [reason for _, reason in faults(items).values()] == [
        "cannot be read: File name too long"
    ]


def test_folders_within_folders_without_end_are_named(root):
    write(root / Path(*"m" * 60) / "a.txt")
    write(root / Path(*"n" * 49) / "a.txt")
    items = collect(root)
    assert faults(items) == {"m": (None, "more than 50 folders inside each other")}
    assert len(keys(items)) == 1


def test_files_and_folders_without_permission_are_named_and_the_rest_go_on(root):
    write(root / "closed.txt").chmod(0)
    if os.access(root / "closed.txt", os.R_OK):
        pytest.skip("this user may read everything")
    write(root / "closed" / "a.txt").parent.chmod(0)
    write(root / "listed" / "b.txt").parent.chmod(0o400)
    write(root / "z.txt")
    try:
        items = collect(root)
        ((_, reason),) = faults(collect(root / "closed" / "a.txt")).values()
        (root / "listed").chmod(0)
        ((_, closed),) = faults(collect(root / "listed")).values()
    finally:
        for name in ("closed", "listed"):
            (root / name).chmod(0o700)
    assert faults(items) == {
        "closed.txt": (None, "cannot be read: Permission denied"),
        "closed": (None, "cannot be opened: Permission denied"),
        "b.txt": (None, "cannot be read: Permission denied"),
    }
    assert keys(items) == ["z.txt"]
    assert reason == closed == "cannot be opened: Permission denied"
