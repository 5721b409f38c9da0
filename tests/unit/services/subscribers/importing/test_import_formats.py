"""Exports of listmonk, Mailchimp, Substack and Ghost: what is carried over, and what never is."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from io import BufferedReader, BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.model import Subscription
from digest.services.subscribers.importing.csv_file import BadLine, decoded
from digest.services.subscribers.importing.import_formats import SERVICES
from digest.services.subscribers.importing.rows import ImportedStatus, ImportRow
from digest.services.subscribers.importing.run import FileFormat, OpenedFile, Request, read
from tests.builders import TREE
from tests.paths import DATA
from tests.sampling import examples

SAMPLES = DATA / "exports"


def reading(content: str | bytes, name: str = "file.csv", **request: object) -> OpenedFile:
    data = content if isinstance(content, bytes) else content.encode()
    text = decoded(BufferedReader(BytesIO(data)))
    return read(text, name, TREE, Request(**request))  # type: ignore[arg-type]


def sample(name: str, **request: object) -> OpenedFile:
    return reading((SAMPLES / name).read_bytes(), name, **request)


def rows(found: OpenedFile) -> Iterator[ImportRow]:
    for _, entry in found.entries:
        assert isinstance(entry, ImportRow), entry
        yield entry


def standings(found: OpenedFile) -> dict[str, ImportedStatus]:
    return {each.subscription.email.partition("@")[0]: each.status for each in rows(found)}


def bad(found: OpenedFile) -> BadLine:
    ((_, entry),) = found.entries
    assert isinstance(entry, BadLine)
    return entry


# what is recognised


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("listmonk.csv", "listmonk"),
        ("subscribed_email_audience_export_1f2e3d4c5b.csv", "mailchimp"),
        ("unsubscribed_email_audience_export_1f2e3d4c5b.csv", "mailchimp"),
        ("cleaned_email_audience_export_1f2e3d4c5b.csv", "mailchimp"),
        ("nonsubscribed_email_audience_export_1f2e3d4c5b.csv", "mailchimp"),
        ("email_list.example.csv", "substack"),
        ("substack-subscribers.csv", "substack"),
        ("members.example.csv", "ghost"),
    ],
)
def test_each_export_is_known_by_its_columns(name, service):
    found = sample(name).service
    assert found is not None
    assert found.id == service


def test_what_is_nobodys_export_is_our_own_form():
    found = reading("email,shoe size\nada@example.org,42\n")
    assert found.service is None
    assert found.not_read == ("shoe size",)
    assert list(rows(found)) == [ImportRow(Subscription("ada@example.org"))]


def test_a_form_that_is_named_is_taken_even_where_the_columns_do_not_tell():
    (found,) = rows(
        reading("Email,Start date\nada@example.org,2024-01-10\n", form=FileFormat.SUBSTACK)
    )
    assert found.consent_at == datetime(2024, 1, 10, tzinfo=UTC)
    assert reading((SAMPLES / "listmonk.csv").read_bytes(), form=FileFormat.OWN).service is None
    with pytest.raises(UsageError, match="no column named email address"):
        reading("e-mail\nada@example.org\n", form=FileFormat.MAILCHIMP)


@pytest.mark.parametrize("sign", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_export_that_went_through_a_spreadsheet_is_known_still(sign, encoding):
    lines = [
        "id,email,name,subscribed_to_emails,created_at",
        "1,zoe@example.org,Zoë,TRUE,2024-02-01",
    ]
    found = reading("\r\n".join(lines).replace(",", sign).encode(encoding))
    (zoe,) = rows(found)
    assert zoe.subscription == Subscription("zoe@example.org", "Zoë")


def test_the_columns_that_are_not_read_are_named_once_and_as_one_clean_line():
    found = reading(
        "email,subscribed_to_emails,note,note,\x1b[31m,,Shoe\nada@example.org,true,,,,,\n"
    )
    assert found.not_read == ("note", "[31m", "Shoe")


# what is carried over


def test_listmonk_carries_name_zone_and_the_time_of_joining():
    ada, ben, *_ = rows(sample("listmonk.csv"))
    assert ada.subscription == Subscription("ada@example.org", "Ada Example", (), "Asia/Kolkata")
    assert ada.consent_at == datetime(2024, 5, 1, 7, 4, 56, tzinfo=UTC)
    assert ada.given == {"timezone"}
    assert ben.subscription == Subscription("ben@example.org", "Example, Ben")
    assert ben.given == frozenset()


def test_a_time_of_consent_that_cannot_be_read_is_a_broken_line_but_not_of_who_left():
    lines = [
        "email,subscribed_to_emails,created_at",
        "ada@example.org,true,not a date",
        "ben@example.org,false,not a date",
        "cleo@example.org,true,",
    ]
    ada, *others = [entry for _, entry in reading("\n".join(lines)).entries]
    assert ada == BadLine(2, "created_at is 'not a date', which is no time")
    assert others == [
        ImportRow(Subscription("ben@example.org"), status=ImportedStatus.UNSUBSCRIBED),
        ImportRow(Subscription("cleo@example.org")),
    ]


def test_listmonk_tells_who_was_blocked_and_who_was_disabled():
    assert standings(sample("listmonk.csv")) == {
        "ada": ImportedStatus.ACTIVE,
        "ben": ImportedStatus.ACTIVE,
        "cleo": ImportedStatus.COMPLAINED,
        "dora": ImportedStatus.DISABLED,
    }


def test_listmonk_by_the_status_of_the_list_where_a_query_added_it():
    rows = ["confirmed", "unconfirmed", "unsubscribed", ""]
    lines = [f"u,{word or 'none'}@example.org,,{{}},enabled,{word}" for word in rows]
    text = "\n".join(["uuid,email,name,attributes,status,subscription_status", *lines])
    assert list(standings(reading(text)).values()) == [
        ImportedStatus.ACTIVE,
        ImportedStatus.UNCONFIRMED,
        ImportedStatus.UNSUBSCRIBED,
        ImportedStatus.ACTIVE,
    ]


@pytest.mark.parametrize("attributes", ["[1]", "{", "null", '"x"', "[" * 9_000, '{"timezone": 7}'])
def test_attributes_that_say_nothing_are_passed_over(attributes):
    quoted = attributes.replace('"', '""')
    text = f'uuid,email,status,attributes\nu,ada@example.org,enabled,"{quoted}"\n'
    (ada,) = rows(reading(text, tags_as_topics=True))
    assert ada.subscription == Subscription("ada@example.org")


def test_mailchimp_carries_both_names_the_zone_and_the_confirmation():
    ada, ben = rows(sample("subscribed_email_audience_export_1f2e3d4c5b.csv"))
    assert ada.subscription == Subscription("ada@example.org", "Ada Example", (), "Europe/Paris")
    assert ada.consent_at == datetime(2021, 3, 4, 5, 10, 11, tzinfo=UTC)
    assert ben.subscription == Subscription("ben@example.org", "Ben")
    assert {ada.status, ben.status} == {ImportedStatus.ACTIVE}


def test_a_mailchimp_audience_may_name_its_fields_as_it_likes():
    text = "Email,Name,Status,MEMBER_RATING,LEID,EUID\nada@example.org,Ada,VIP,2,1,2\n"
    (ada,) = rows(reading(text, "subscribed_x.csv"))
    assert ada == ImportRow(Subscription("ada@example.org", "Ada"))
    (left,) = rows(reading(text.replace("VIP", "unsubscribed"), "subscribed_x.csv"))
    assert left.status is ImportedStatus.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("unsubscribed_email_audience_export_1f2e3d4c5b.csv", ImportedStatus.UNSUBSCRIBED),
        ("cleaned_email_audience_export_1f2e3d4c5b.csv", ImportedStatus.BOUNCED),
    ],
)
def test_mailchimp_tells_who_left_by_a_column_and_by_the_name_of_the_file(name, standing):
    content = (SAMPLES / name).read_bytes()
    assert set(standings(reading(content, "renamed.csv")).values()) == {standing}
    undated = content.replace(b"2022-02-02 02:02:02", b"").replace(b"2023-03-03 03:03:03", b"")
    assert set(standings(reading(undated, name)).values()) == {standing}


def test_those_who_never_subscribed_at_mailchimp_are_told_by_the_name_of_the_file():
    name = "nonsubscribed_email_audience_export_1f2e3d4c5b.csv"
    assert standings(sample(name)) == {"emil": ImportedStatus.UNCONFIRMED}
    assert "never subscribed" in reading((SAMPLES / name).read_bytes()).caution


def test_substack_tells_who_wants_no_mail():
    assert standings(sample("email_list.example.csv")) == {
        "ada": ImportedStatus.ACTIVE,
        "ben": ImportedStatus.ACTIVE,
        "cleo": ImportedStatus.UNSUBSCRIBED,
    }


def test_ghost_may_have_notes_of_several_lines():
    ada, ben, cleo = rows(sample("members.example.csv"))
    assert ada.subscription == Subscription("ada@example.org", "Ada Example")
    assert ada.consent_at == datetime(2024, 1, 15, 10, tzinfo=UTC)
    assert (ben.status, cleo.status) == (ImportedStatus.ACTIVE, ImportedStatus.UNSUBSCRIBED)


@pytest.mark.parametrize(
    "name",
    ["listmonk.csv", "members.example.csv", "subscribed_email_audience_export_1f2e3d4c5b.csv"],
)
def test_tags_that_are_topics_count_only_where_it_was_asked_for(name):
    first, *_ = rows(sample(name))
    assert first.subscription.topics == ()
    assert "topics" not in first.given
    first, second, *_ = rows(sample(name, tags_as_topics=True))
    assert first.subscription.topics == ("space",)
    assert "topics" in first.given
    assert "topics" not in second.given


# what is doubtful


@pytest.mark.parametrize(
    ("name", "caution"),
    [
        ("listmonk.csv", "who left a list"),
        ("substack-subscribers.csv", "who wants no mail"),
        ("email_list.example.csv", ""),
        ("members.example.csv", ""),
        ("subscribed_email_audience_export_1f2e3d4c5b.csv", ""),
    ],
)
def test_what_an_export_keeps_to_itself_is_said(name, caution):
    found = sample(name).caution
    assert caution in found
    assert bool(caution) == bool(found)
    assert not sample(name, everyone=ImportedStatus.UNSUBSCRIBED).caution


@pytest.mark.parametrize("form", [FileFormat.AUTO, FileFormat.OWN])
def test_everyone_in_a_file_may_be_said_to_have_left_and_the_weightier_counts(form):
    found = standings(sample("listmonk.csv", form=form, everyone=ImportedStatus.BOUNCED))
    blocked = ImportedStatus.COMPLAINED if form is FileFormat.AUTO else ImportedStatus.BOUNCED
    assert found == {
        **dict.fromkeys(("ada", "ben", "dora"), ImportedStatus.BOUNCED),
        "cleo": blocked,
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ada@example.org,maybe,,", "subscribed_to_emails is 'maybe', which we do not know"),
        ("ada@example.org,,,", "subscribed_to_emails is '', which we do not know"),
        ("nobody,true,,", "'nobody' is not an address"),
        ("ada@example.org,true", "2 values under 4 columns"),
        ("ada@example.org,true,,,", "5 values under 4 columns"),
        ('ada@example.org,true,,"open', "a quotation mark is opened that nothing closes"),
    ],
)
def test_a_broken_record_is_named_by_its_line(line, reason):
    found = bad(reading(f"email,subscribed_to_emails,name,note\n\n{line}\n"))
    assert found.line == 3
    assert reason in found.reason


def test_a_record_that_is_not_utf8_is_named():
    found = bad(
        reading("email,subscribed_to_emails,name\nzoe@example.org,true,Zoë\n".encode("cp1252"))
    )
    assert "not UTF-8" in found.reason


def test_a_zone_that_we_do_not_know_costs_the_zone_and_is_named():
    text = "Email Address,MEMBER_RATING,TIMEZONE,CONFIRM_TIME\nada@example.org,2,Mars/Base,\n"
    (ada,) = rows(reading(text, "subscribed_x.csv"))
    assert ada == ImportRow(Subscription("ada@example.org"), remark=ada.remark)
    assert "Mars/Base" in ada.remark


# whatever it is


HEADERS = [",".join(sorted(mark)) for service in SERVICES for mark in service.marks]


@settings(max_examples=examples(300))
@given(
    st.one_of(st.sampled_from(HEADERS), st.text(max_size=60)),
    st.text(max_size=300) | st.text(alphabet='a@.",;\n\r\t{}[]:1', max_size=300),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
    st.sampled_from(FileFormat),
    st.booleans(),
)
def test_whatever_a_file_holds_it_is_read_or_refused_and_every_line_is_in_order(
    header, body, encoding, form, tags
):
    content = f"{header}\n{body}".encode(encoding, "replace")
    with suppress(UsageError):
        found = reading(content, form=form, tags_as_topics=tags)
        numbers = [number for number, _ in found.entries]
        assert numbers == sorted(set(numbers))
