"""The index by which the archive is searched, with what was published before it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

# How words were told apart and kept when this landed: what the search does today does not count
# here, since a later migration begins with what this one left.
_LONGEST_WORD = 60
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_WEIGHTS = {"headline": "A", "sources": "B", "body": "D"}
_AT_ONCE = 1000

_CREATE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE story_search USING fts5(headline, sources, body, prefix='3 5')",
    ),
    "postgresql": (
        "CREATE TABLE story_search (story_id BIGINT PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_story_search_words ON story_search USING gin (words)",
    ),
}
_INSERT = {
    "sqlite": "INSERT INTO story_search (rowid, headline, sources, body)"
    " VALUES (:id, :headline, :sources, :body)",
    "postgresql": "INSERT INTO story_search (story_id, words)"
    " VALUES (:id, CAST(:words AS tsvector))",
}
_issue_stories = sa.table("issue_stories", sa.column("story_id", sa.BigInteger))
_stories = sa.table(
    "stories",
    sa.column("id", sa.BigInteger),
    sa.column("headline", sa.Text),
    sa.column("bullets", sa.JSON),
    sa.column("sources", sa.JSON),
)


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    for statement in _CREATE[dialect]:
        op.execute(statement)
    told = sa.select(_issue_stories.c.story_id).distinct().order_by(_issue_stories.c.story_id)
    ids = list(connection.scalars(told))
    row_of = _fts5_row if dialect == "sqlite" else _tsvector_row
    for start in range(0, len(ids), _AT_ONCE):
        which = _stories.c.id.in_(ids[start : start + _AT_ONCE])
        rows = []
        for story in connection.execute(sa.select(_stories).where(which)):
            parts = {
                "headline": _words_of(story.headline),
                "sources": [word for of in story.sources for word in _words_of(of["name"])],
                "body": [word for bullet in story.bullets for word in _words_of(bullet)],
            }
            rows.append({"id": story.id, **row_of(parts)})
        if rows:
            connection.execute(sa.text(_INSERT[dialect]), rows)


def _words_of(text: str) -> list[str]:
    words = []
    for word in _WORD.findall(text):
        if word.isascii():
            folded = word.lower()
        else:
            decomposed = unicodedata.normalize("NFKD", word).casefold()
            folded = "".join(sign for sign in decomposed if sign.isalnum())
        if folded:
            words.append(folded[:_LONGEST_WORD])
    return words


def _fts5_row(parts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {part: " ".join(words) for part, words in parts.items()}


def _tsvector_row(parts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    places: dict[str, list[str]] = {}
    at = 0
    for part, words in parts.items():
        at += 1  # no phrase reaches from one part into the next
        for word in words:
            at += 1
            places.setdefault(word, []).append(f"{at}{_WEIGHTS[part]}")
    return {"words": " ".join(f"'{word}':{','.join(where)}" for word, where in places.items())}
