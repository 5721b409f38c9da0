"""The tables. Unique keys hold promise 3: one issue a date, one delivery a subscriber an issue."""

import json
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from digest.model import WEEKDAYS, Likes, Weekday

# The condition of an index stands here as `sqlite_where` and holds on PostgreSQL too, and how one
# compares there is its `info`: to name the options of PostgreSQL would load its whole dialect, also
# where the database is SQLite. A test holds the migrations, which say it for both, to it.


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware time, kept as UTC also where the database forgets the zone (SQLite)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a naive time: nobody could say which instant it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Aware, in UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """SQLite's text is read at once: by SQLAlchemy and then by us takes five times as long."""
        if dialect.name == "sqlite":
            return _read_utc
        return super().result_processor(dialect, coltype)


def _read_utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Weekdays(sa.types.TypeDecorator[tuple[Weekday, ...]]):
    """Some days of the week, kept as the sum of 1 for Monday to 64 for Sunday; none is NULL."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        """The sum."""
        return weekday_bits(value or ()) or None

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[Weekday, ...]:  # noqa: ARG002
        """In the order of the week."""
        return _weekdays_of(value) if value else ()


@cache
def _weekdays_of(bits: int) -> tuple[Weekday, ...]:
    return tuple(day for number, day in enumerate(WEEKDAYS) if bits >> number & 1)


class KeywordList(sa.types.TypeDecorator[tuple[str, ...]]):
    """Some keywords in their order, kept as a JSON list; none is NULL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """The text of the list; that of equal ones is equal."""
        return keyword_text(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[str, ...]:  # noqa: ARG002
        """Few differ: each is read once."""
        return _read_keywords(value) if value else ()


def keyword_text(keywords: Collection[str] | None) -> str | None:
    """The text that stands for some keywords; None for none."""
    return json.dumps(list(keywords), ensure_ascii=False) if keywords else None


@lru_cache(maxsize=4096)
def _read_keywords(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


class LikesColumn(sa.types.TypeDecorator[Likes]):
    """What a subscriber wants more or less of, kept as a JSON list of pairs; nothing is NULL."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """The list."""
        return [list(pair) for pair in value or ()] or None

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Likes:  # noqa: ARG002
        """The pairs, in their order."""
        return tuple((key, weight) for key, weight in value or ())


def weekday_bits(days: Collection[Weekday]) -> int:
    """The sum that stands for some days of the week."""
    return sum(1 << number for number, day in enumerate(WEEKDAYS) if day in days)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# 64 bits on PostgreSQL; SQLite numbers rows only in a column that says INTEGER.
Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("bullets", sa.JSON, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("topic_reason", sa.Text, nullable=False),
    sa.Column("dated", sa.Date),
    sa.Column("dropped", sa.Date),
    sa.Column("image", sa.JSON(none_as_null=True)),
    sa.Column("picture", sa.JSON(none_as_null=True)),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("source_count", sa.Integer, nullable=False),
    sa.Column("collected_at", Instant, nullable=False, index=True),
    sa.Column("updated_at", Instant, nullable=False),
    # The story that first told the event, where this one brings news of it; else None.
    sa.Column("event_id", Key, sa.ForeignKey("stories.id"), index=True),
    sa.Column("update_since", sa.Date),
    sa.Column("differing", sa.JSON(none_as_null=True)),
    sa.Column("weight", sa.Float, nullable=False, server_default="1"),
    sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),
    # Of what is pinned the smaller comes first.
    sa.Column("pin_place", sa.Integer, nullable=False, server_default="0"),
    # Of each bullet (digest.model.Origin); None of what was kept before it was noted.
    sa.Column("origins", sa.JSON(none_as_null=True)),
    sa.Column("bullets_reason", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("machine_written", sa.Boolean, nullable=False, server_default=sa.false()),
    # When an admin dropped it (`digest stories drop`): it goes into no issue. Not `dropped`, which
    # is the day of the drop folder that it came from.
    sa.Column("withdrawn_at", Instant),
)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("raw_hash", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False, index=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("collected_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    # None as long as it waits to be merged, is kept back, or was old when its source was new.
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), index=True),
    sa.Column("standing", sa.Text, nullable=False, server_default="told"),
    sa.Column("guid", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("title_hash", sa.Text),
    # None for what was kept before it was noted.
    sa.Column("text_hash", sa.Text),
    sa.Column("published", Instant),
    sa.Column("features", sa.LargeBinary),
    sa.Column("reason", sa.Text),
    # When its text was taken out of `content`, as it had been kept for long enough.
    sa.Column("emptied_at", Instant),
    sa.UniqueConstraint("source", "key"),
    sa.Index("ix_reports_collected_at", "collected_at", sqlite_where=sa.text("emptied_at IS NULL")),
    sa.Index("ix_reports_published", "published"),
    sa.Index("ix_reports_source_collected_at", "source", "collected_at"),
    # The few that wait, among all that were ever told.
    sa.Index(
        "ix_reports_standing",
        "standing",
        "source",
        sqlite_where=sa.text("standing <> 'told'"),
    ),
)

# What the picture of a story was made of, or why it has none: what failed is not tried at each run.
pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("story_id", Key, sa.ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    # Of the bytes as they came: one that many stories have is a logo.
    sa.Column("content_hash", sa.Text, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("tried_at", Instant, nullable=False),
)

# The files of folders that collecting rejected when it looked last. No unique key on the path: an
# index of PostgreSQL takes no 4,000 bytes.
rejections = sa.Table(
    "rejections",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("line", sa.Integer),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("raw_hash", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
)

# What is known of the feeds between two runs; the list itself is config/sources.toml.
feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    # The address in the settings: where that changes, the state begins anew.
    sa.Column("configured", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("etag", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("last_modified", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("next_at", Instant),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_success", Instant),
    sa.Column("last_error", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("error_since", Instant),
    sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("quarantine", sa.Text),
    sa.Column("quarantined_at", Instant),
    sa.Column("first_seen", Instant),
)

# Feeds that editors added, beside those of config/sources.toml.
added_sources = sa.Table(
    "added_sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
)

# What editors saved in place of a list of keywords of the settings, each time anew: of a feed or of
# a newsletter the last that is not undone counts.
keyword_lists = sa.Table(
    "keyword_lists",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # digest.store.keyword_lists.ListKind
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("keywords", KeywordList),
    # Then that of the settings counts again, and there are no `keywords`.
    sa.Column("from_settings", sa.Boolean, nullable=False),
    sa.Column("saved_by", sa.Text, nullable=False),
    sa.Column("saved_at", Instant, nullable=False),
    sa.Column("undone_by", sa.Text),
    sa.Column("undone_at", Instant),
    sa.Index("ix_keyword_lists_owner", "kind", "owner"),
)

# The robots.txt of each origin, as it was read last.
robots = sa.Table(
    "robots",
    metadata,
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("read_at", Instant, nullable=False),
)

# What an admin decided of two reports, for good: `together` or `apart`.
merge_rules = sa.Table(
    "merge_rules",
    metadata,
    sa.Column("first", Key, sa.ForeignKey("reports.id"), primary_key=True),
    sa.Column("second", Key, sa.ForeignKey("reports.id"), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)

# The topic that an admin gave a story, for good: what the rules say of it counts no more.
topic_labels = sa.Table(
    "topic_labels",
    metadata,
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)

issues = sa.Table(
    "issues",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    # Why it came to be so (digest.model.IssueCause), where code asks; `reason` is for people.
    sa.Column("cause", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("content", sa.JSON(none_as_null=True)),
    sa.Column("content_hash", sa.Text),
    sa.Column("rendered", sa.JSON(none_as_null=True)),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("sealed_at", Instant),
    sa.Column("finished_at", Instant),
    # When its sending was paused last.
    sa.Column("paused_at", Instant),
    # What the editors were told of it last (digest.services.issues.drafts).
    sa.Column("editors_told", sa.Text, nullable=False, server_default=sa.text("''")),
    # The links of its draft that did not answer when they were asked, each with what is wrong.
    sa.Column("dead_links", sa.JSON(none_as_null=True)),
    # Since when its deliveries are being deleted or are gone, and counted in issue_figures.
    sa.Column("deliveries_ended_at", Instant),
    sa.UniqueConstraint("newsletter", "date"),
)

# What was counted of records that are gone (digest.services.old_records): deliveries and doubts
# by state and cause, and what came back by kind.
issue_figures = sa.Table(
    "issue_figures",
    metadata,
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id"), primary_key=True),
    sa.Column("records", sa.Text, primary_key=True),  # digest.store.issue_figures.Records
    sa.Column("name", sa.Text, primary_key=True),
    # Empty where there is none: a key cannot be NULL.
    sa.Column("cause", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)

# What editors decided of the issues of a date; one that is undone stays, and counts no more.
edits = sa.Table(
    "edits",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # digest.issue_edits.EditKind
    # No foreign key: a story that was merged into another is gone, the decision is on record.
    sa.Column("story_id", Key),
    sa.Column("lines", sa.JSON, nullable=False),
    # What was made of the image that an editor chose (digest.model.Picture).
    sa.Column("picture", sa.JSON(none_as_null=True)),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("undone_by", sa.Text),
    sa.Column("undone_at", Instant),
    # How often it was undone or redone: with the number of edits it says whether anything changed.
    sa.Column("turns", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_edits_issue", "newsletter", "date"),
    # The few of them that each round asks after.
    sa.Index("ix_edits_hours", "date", sqlite_where=sa.text("kind = 'hour'")),
)

# What people say of a draft: on its page, or in an answer to its test mail.
comments = sa.Table(
    "comments",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Index("ix_comments_issue", "newsletter", "date"),
)

# Who approved which content of the issue of a date, and how that ended, where it did.
approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    # What goes out, byte for byte.
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("rendered", sa.JSON, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    # How often something was decided or undone of this issue until then (digest.store.edits).
    sa.Column("changes_seen", sa.Integer, nullable=False),
    sa.Column("approved_by", sa.Text, nullable=False),
    sa.Column("approved_at", Instant, nullable=False),
    # Not sealed before: until then it can be pulled back for certain.
    sa.Column("final_at", Instant, nullable=False),
    # By nobody, where a change made it void.
    sa.Column("ended_by", sa.Text),
    sa.Column("ended_at", Instant),
    sa.Column("end_reason", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Index("ix_approvals_issue", "newsletter", "date"),
)

# Findings of the gate that somebody let pass for the issue of a date.
waivers = sa.Table(
    "waivers",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("finding", sa.Text, nullable=False),  # digest.model.Finding.id
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.UniqueConstraint("newsletter", "date", "finding"),
)

# What was corrected of a story on the site after it was mailed; the mail stays as it was.
corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("bullets", sa.JSON, nullable=False),
    sa.Column("headline_before", sa.Text, nullable=False),
    sa.Column("bullets_before", sa.JSON, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Index("ix_corrections_story_id", "story_id"),
)

issue_stories = sa.Table(
    "issue_stories",
    metadata,
    sa.Column("newsletter", sa.Text, primary_key=True),
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), primary_key=True),
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id"), nullable=False, index=True),
)

# How often the links of a story were followed on a day (UTC), where a newsletter counts that.
clicks = sa.Table(
    "clicks",
    metadata,
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id"), primary_key=True),
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Index("ix_clicks_day", "day"),
)

subscribers = sa.Table(
    "subscribers",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("address_hash", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    # Of the pages and notices for this person (BCP 47); None: the newsletter's.
    sa.Column("language", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    # By how an address begins, whatever the database's collation.
    sa.Index("ix_subscribers_email", "email", info={"ops": {"email": "text_pattern_ops"}}),
    # A number once given is never given again: it names deliveries and Message-IDs.
    sqlite_autoincrement=True,
)

# The addresses of 64 subscribers a row, one a line, in small letters (digest.store.address_lists).
address_lists = sa.Table(
    "address_lists",
    metadata,
    # Of its subscribers' numbers, divided by 64.
    sa.Column("number", Key, primary_key=True, autoincrement=False),
    sa.Column("emails", sa.Text, nullable=False),
)


subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("newsletter", sa.Text, primary_key=True),
    sa.Column(
        "subscriber_id", Key, sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("topics", sa.JSON, nullable=False),
    sa.Column("timezone", sa.Text),
    # The hour (0 to 23) of their own clock at which mail is due; None: as soon as it is made.
    sa.Column("hour", sa.Integer),
    # The first date on which mail is wanted again.
    sa.Column("paused_until", sa.Date),
    sa.Column("created_at", Instant, nullable=False),
    # How long their mails are; None: as long as the newsletter's.
    sa.Column("layout", sa.Text),
    # The weekdays of their own clock on which they want mail; NULL: whenever there is some.
    sa.Column("days", Weekdays),
    # What they do not want to read of (digest.keywords); NULL: nothing.
    sa.Column("keywords", KeywordList),
    # The weights that they gave to topics and sources, the latest first; NULL: none.
    sa.Column("likes", LikesColumn),
    # A mail has so many stories, or comes after so many days; NULL: it comes with each issue.
    sa.Column("at_least", sa.Integer),
    sa.Column("longest_wait", sa.Integer),
    # Whether they want to be told between issues, and when they were last; NULL: no, never.
    sa.Column("alerts", sa.Boolean),
    sa.Column("alerted_at", Instant),
    sa.Index("ix_subscriptions_subscriber_id", "subscriber_id"),
)

# Those who filled in the form and have not pressed the button in the confirmation mail yet.
signups = sa.Table(
    "signups",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("address_hash", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("topics", sa.JSON, nullable=False),
    sa.Column("timezone", sa.Text),
    sa.Column("hour", sa.Integer),
    sa.Column("language", sa.Text),
    sa.Column("wants_issue", sa.Boolean, nullable=False),
    # The words that were agreed to, and the network that it came from.
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("network", sa.Text),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("mailed_at", Instant),
    sa.UniqueConstraint("newsletter", "address_hash"),
    sa.Index("ix_signups_asked_at", "asked_at"),
    # A link to a sign-up that is over must not open another's.
    sqlite_autoincrement=True,
)

# That a person agreed: when, to which words, how (`web`, `import`, `command`), and from where.
consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column(
        "subscriber_id", Key, sa.ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("network", sa.Text),
    sa.Column("asked_at", Instant),
    sa.Column("given_at", Instant, nullable=False),
    sa.Index("ix_consents_subscriber_id", "subscriber_id"),
    # Networks are forgotten after a time.
    sa.Index(
        "ix_consents_given_at",
        "given_at",
        sqlite_where=sa.text("network IS NOT NULL"),
    ),
)

# Who left a newsletter, and what they got of it, for the undo: no import brings them back.
unsubscribes = sa.Table(
    "unsubscribes",
    metadata,
    sa.Column("newsletter", sa.Text, primary_key=True),
    sa.Column(
        "subscriber_id", Key, sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    ),
    # `one-click`, `page`, `mail`, `command` or `import`.
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("left_at", Instant, nullable=False),
    sa.Column("subscription", sa.JSON(none_as_null=True)),
    sa.Index("ix_unsubscribes_subscriber_id", "subscriber_id"),
)

# How many came and left on a day, a row for each time that some did: what was counted stays so,
# whoever is erased (digest.store.subscriber_figures).
subscriber_figures = sa.Table(
    "subscriber_figures",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("joined", sa.Integer, nullable=False),
    sa.Column("left", sa.Integer, nullable=False),
    sa.Index("ix_subscriber_figures_day", "newsletter", "day"),
)

# New addresses that wait for their confirmation.
address_changes = sa.Table(
    "address_changes",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column(
        "subscriber_id", Key, sa.ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Index("ix_address_changes_subscriber_id", "subscriber_id"),
    sqlite_autoincrement=True,
)

# Mails to one person that are no issue: confirmations, welcomes. Deleted some time after the end.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("newsletter", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("address_hash", sa.Text, nullable=False, server_default=sa.text("''"), index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    # What its template is filled with; links are made when it is sent.
    sa.Column("details", sa.JSON, nullable=False),
    # Of an alert: the mail, to which subscriber, and until when it may go out.
    sa.Column("alert_id", Key),
    sa.Column("subscriber_id", Key),
    sa.Column("expires_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("cause", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("worker", sa.Text),
    sa.Column("next_attempt_at", Instant),
    sa.Column("finished_at", Instant),
    # When it was last not known whether it had arrived; stays, whatever became of it.
    sa.Column("doubted_at", Instant),
    sa.Column("server", sa.Text),
    sa.Column("code", sa.Integer),
    sa.Column("reply", sa.Text),
    # What somebody waits for comes before the alerts, however many these are.
    sa.Index("ix_notices_turn", "state", "alert_id", "id"),
    # An alert is mailed once to each subscriber.
    sa.Index(
        "ix_notices_alert_id",
        "alert_id",
        "subscriber_id",
        unique=True,
        sqlite_where=sa.text("alert_id IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

# The stories that were told between issues.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("newsletter", sa.Text, primary_key=True),
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), primary_key=True),
    sa.Column("told_at", Instant, nullable=False),
    sa.Column("subscribers", sa.Integer, nullable=False),
)

# What an alert says to all who get it. One with an error of the gate is held: it went to nobody.
alert_mails = sa.Table(
    "alert_mails",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("newsletter", sa.Text, nullable=False),
    # No foreign key: a story may be taken into another while its mails are on their way.
    sa.Column("story_id", sa.BigInteger, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("held", sa.Text),
    sa.UniqueConstraint("newsletter", "story_id"),
    sqlite_autoincrement=True,
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("address_hash", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

# Which installation this is: one row, made when the database is first opened. A file beside the
# database, which no backup copies, says the same (digest.services.installation).
installation = sa.Table(
    "installation",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    # Counts the adoptions: of two copies the later one is at home.
    sa.Column("epoch", sa.Integer, nullable=False),
    # Where it is at home: the server, database and timeline of PostgreSQL; what the file says.
    sa.Column("home", sa.Text, nullable=False),
    # Messages that were ever claimed to be sent, and when the last of them was.
    sa.Column("claimed", sa.BigInteger, nullable=False),
    sa.Column("claimed_at", Instant),
    # When collecting or sending began last.
    sa.Column("ran_at", Instant),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("born", sa.Float, nullable=False),
    # Boot and PID namespace: who has the same one sees whether the process lives.
    sa.Column("pid_space", sa.Text),
    # By the database's clock; silent for so many seconds, the worker is dead.
    sa.Column("heartbeat_at", Instant, nullable=False),
    sa.Column("silence", sa.Float),
    # The numbers of what may be on the wire, as a JSON list; without one, all that it claimed.
    sa.Column("handed_out", sa.Text),
    # The latest turn (digest.store.attempt_times) of all that it claimed; NULL: not known.
    sa.Column("claimed_until", Instant),
    # What it is at, for `digest status` in another shell.
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id")),
    sa.Column("began_at", Instant),
    sa.Column("done", sa.Integer, nullable=False, server_default="0"),
)

milestones = sa.Table(
    "milestones",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("reached_at", Instant, nullable=False),
)

schedulers = sa.Table(
    "schedulers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)


def _partial_index(name: str, where: str, column: str) -> sa.Index:
    """An index of those deliveries of an issue for which that holds."""
    return sa.Index(name, "issue_id", column, "subscriber_id", sqlite_where=sa.text(where))


_OPEN = "finished_at IS NULL"

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id"), primary_key=True),
    # No foreign key: the record outlives an erased subscriber.
    sa.Column("subscriber_id", Key, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    # Why it came to be so (digest.model.DeliveryCause); `reply` is what the server said last.
    sa.Column("cause", sa.Text),
    # The subscriber's hour: not claimed before it.
    sa.Column("due_at", Instant, nullable=False, server_default="1970-01-01 00:00:00.000000"),
    # Where set, the mail tells what was sealed from this date on: they have had none of it.
    sa.Column("since", sa.Date),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("worker", sa.Text),
    sa.Column("claimed_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("next_attempt_at", Instant),
    sa.Column("doubted_at", Instant),
    sa.Column("server", sa.Text),
    sa.Column("code", sa.Integer),
    sa.Column("reply", sa.Text),
    sa.Index("ix_deliveries_subscriber_id", "subscriber_id"),
    # What a claim changes (state, worker, claimed_at, attempts) is in no index and in no condition
    # of one, and half of a page is left empty for it (its fillfactor on PostgreSQL is 50): so that
    # need not write into any (HOT).
    _partial_index("ix_deliveries_turn", f"{_OPEN} AND next_attempt_at IS NULL", "due_at"),
    _partial_index(
        "ix_deliveries_put_off", f"{_OPEN} AND next_attempt_at IS NOT NULL", "next_attempt_at"
    ),
    _partial_index("ix_deliveries_finished_at", "finished_at IS NOT NULL", "finished_at"),
    _partial_index("ix_deliveries_cause", "cause IS NOT NULL", "cause"),
)

# How many of an issue's deliveries are in a state, those that wait by when they are due: the sum of
# all parts. On PostgreSQL each session counts in rows of its own.
delivery_counts = sa.Table(
    "delivery_counts",
    metadata,
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id"), primary_key=True),
    sa.Column("state", sa.Text, primary_key=True),
    sa.Column("due_at", Instant, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)

# The attempts that did not end in `sent`: what came before a delivery's present state.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id"), primary_key=True),
    sa.Column("subscriber_id", Key, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("cause", sa.Text),
    sa.Column("server", sa.Text),
    sa.Column("code", sa.Integer),
    sa.Column("reply", sa.Text),
    sa.Index("ix_attempts_subscriber_id", "subscriber_id"),
)

# Messages that a backend handed over, in slices of a span (seconds): its limits, for all processes.
rate_usage = sa.Table(
    "rate_usage",
    metadata,
    sa.Column("backend", sa.Text, primary_key=True),
    sa.Column("span", sa.Integer, primary_key=True),
    sa.Column("slice", sa.BigInteger, primary_key=True),
    sa.Column("used", sa.Integer, nullable=False),
)

# How many of a backend's connections (or of the messages to one domain at a time) a worker has.
connection_slots = sa.Table(
    "connection_slots",
    metadata,
    sa.Column("backend", sa.Text, primary_key=True),
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("worker", sa.Text, sa.ForeignKey("workers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),
)

# What came back: delivery reports and complaints, each once, whatever is read twice.
bounces = sa.Table(
    "bounces",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("message_hash", sa.Text, nullable=False),
    sa.Column("address_hash", sa.Text, nullable=False),
    sa.Column("subscriber_id", Key),
    sa.Column("issue_id", Key, sa.ForeignKey("issues.id")),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.UniqueConstraint("message_hash", "address_hash"),
    sa.Index("ix_bounces_address_hash", "address_hash", "received_at"),
    sa.Index("ix_bounces_issue_id_kind", "issue_id", "kind"),
    sa.Index("ix_bounces_received_at", "received_at"),
)

# Who may use the editors' pages, and with what role (digest.roles).
admins = sa.Table(
    "admins",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    # Stands beside what they did, also when the account is gone.
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    # By argon2; empty until the link was used that lets them choose one.
    sa.Column("password_hash", sa.Text, nullable=False, server_default=sa.text("''")),
    # Encrypted with the project's key; empty: no codes are asked for.
    sa.Column("totp_secret", sa.Text, nullable=False, server_default=sa.text("''")),
    # The number of the half minute of the last code, which works once.
    sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

admin_links = sa.Table(
    "admin_links",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column(
        "admin_id",
        Key,
        sa.ForeignKey("admins.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

admin_sessions = sa.Table(
    "admin_sessions",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column(
        "admin_id",
        Key,
        sa.ForeignKey("admins.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False, index=True),
    # When the password was last typed, which what is grave asks for.
    sa.Column("confirmed_at", Instant, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

admin_passkeys = sa.Table(
    "admin_passkeys",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column(
        "admin_id",
        Key,
        sa.ForeignKey("admins.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("credential", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sqlite_autoincrement=True,
)

# What lets a program use the API; the token itself is known to whoever was given it.
api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("id", Key, primary_key=True),
    # Stands beside what was done by it, also when it works no more: no other has it.
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.Text),
    sa.Column("used_at", Instant),
    sqlite_autoincrement=True,
)

# What the API answered to requests with an Idempotency-Key, so that one sent again does nothing.
api_answers = sa.Table(
    "api_answers",
    metadata,
    sa.Column(
        "token_id", Key, sa.ForeignKey("api_tokens.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("key", sa.Text, primary_key=True),
    # Of method, path and body: the same key with another request is refused.
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False, index=True),
    # None of these as long as it is being answered.
    sa.Column("status", sa.Integer),
    sa.Column("headers", sa.JSON(none_as_null=True)),
    sa.Column("body", sa.LargeBinary),
)

# What people did by pages and commands. Nothing here is changed, and no address of a subscriber.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)

# Where events are told, as Standard Webhooks has it (docs/webhooks.md).
webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    # An empty list is all.
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("with_addresses", sa.Boolean, nullable=False),
    # Both encrypted with the project's key; the old one signs as well until its time is over.
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("old_secret", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("old_secret_until", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    # Rounds in which nothing was taken, one after another; it is not asked before a time.
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failing_since", Instant),
    sa.Column("next_attempt_at", Instant),
    # Who is sending to it: one at a time.
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_until", Instant),
    sa.Column("disabled_at", Instant),
    sa.Column("disabled_reason", sa.Text, nullable=False, server_default=sa.text("''")),
    sqlite_autoincrement=True,
)

# An event for one webhook, written with what happened. No address: that is looked up when it is
# sent, where the webhook asks for it.
webhook_messages = sa.Table(
    "webhook_messages",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("webhook_id", Key, sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    # The same for each webhook that it is told to.
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # What it is about: of those of one subject the earlier is told first.
    sa.Column("subject", sa.Text, nullable=False),
    # No foreign key: that somebody was erased is told after it was done.
    sa.Column("subscriber_id", sa.BigInteger),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Instant, nullable=False),
    sa.Column("give_up_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("code", sa.Integer),
    sa.Column("reply", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Index("ix_webhook_messages_webhook_id", "webhook_id", "id"),
    sa.Index(
        "ix_webhook_messages_waiting",
        "webhook_id",
        "subject",
        "id",
        sqlite_where=sa.text("state = 'waiting'"),
    ),
    sa.Index(
        "ix_webhook_messages_subscriber_id",
        "subscriber_id",
        sqlite_where=sa.text("subscriber_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_webhook_messages_finished_at",
        "finished_at",
        sqlite_where=sa.text("finished_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)
