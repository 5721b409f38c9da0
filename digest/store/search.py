"""The index of published stories, by which the archive is searched: FTS5, or a tsvector.

    seal ──index──> story_search <──find── the search page

Its words are made by digest.search_terms, the same for both databases, which know no language.
The table is none of digest.store.schema, since FTS5 has a kind of its own. It holds nothing that is
not in `stories`: `index_all` makes it anew.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from digest.search_terms import SearchQuery, Term, words_of
from digest.store.schema import issue_stories, issues, stories

TABLE = "story_search"
_AT_ONCE = 1000

# The words of each part of a story by which it is found: `headline`, `sources` and `body`.
Parts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What is said otherwise to either database; `number` is the column with the story's."""

    number: str
    create: tuple[str, ...]
    clear: str
    delete: str
    insert: str
    matches: str
    row: Callable[[Parts], dict[str, str]]
    expression: Callable[[SearchQuery], str]


def create(connection: sa.Connection) -> None:
    """Make the empty index."""
    for statement in _dialect(connection).create:
        connection.execute(sa.text(statement))


def index_all(connection: sa.Connection) -> None:
    """Make the index of all published stories anew."""
    connection.execute(sa.text(_dialect(connection).clear))
    query = sa.select(issue_stories.c.story_id).distinct().order_by(issue_stories.c.story_id)
    ids = list(connection.scalars(query))
    for start in range(0, len(ids), _AT_ONCE):
        index(connection, ids[start : start + _AT_ONCE])


def index(connection: sa.Connection, story_ids: Collection[int]) -> None:
    """Published stories can be found, as they are now."""
    dialect = _dialect(connection)
    query = sa.select(stories.c.id, stories.c.headline, stories.c.bullets, stories.c.sources)
    rows = []
    for story in connection.execute(query.where(stories.c.id.in_(story_ids))):
        parts = {
            "headline": words_of(story.headline),
            "sources": [word for source in story.sources for word in words_of(source["name"])],
            "body": [word for bullet in story.bullets for word in words_of(bullet)],
        }
        rows.append({"id": story.id, **dialect.row(parts)})
    if rows:
        connection.execute(sa.text(dialect.delete), rows)
        connection.execute(sa.text(dialect.insert), rows)


def find(
    connection: sa.Connection,
    query: SearchQuery,
    newsletters: Sequence[str],
    *,
    topics: Collection[str] = (),
    limit: int,
    offset: int = 0,
) -> list[int]:
    """The numbers of the public stories that a query asks for, newest first.

    `topics` are those that count for its topic; none are all.
    """
    dialect = _dialect(connection)
    expression = dialect.expression(query)
    is_told = _is_told(newsletters, query, of_few=bool(expression))
    statement = sa.select(stories.c.id).where(is_told)
    if topics:
        statement = statement.where(stories.c.topic.in_(sorted(topics)))
    order: sa.ColumnElement[int] = stories.c.id
    if expression:
        # Ordered by the index's own number, it ends after the first page of what is found often.
        index = sa.table(TABLE, sa.column(dialect.number, sa.BigInteger))
        order = index.c[dialect.number]
        statement = statement.join_from(stories, index, order == stories.c.id).where(
            sa.text(dialect.matches).bindparams(expression=expression)
        )
    statement = statement.order_by(order.desc()).limit(limit).offset(offset)
    return list(connection.scalars(statement))


def _dialect(connection: sa.Connection) -> _Dialect:
    return _DIALECTS[connection.dialect.name]


def _is_told(
    newsletters: Sequence[str], query: SearchQuery, *, of_few: bool
) -> sa.ColumnElement[bool]:
    """Whether a story stood in a sealed issue, of the query's dates where it has any.

    It is asked story by story where they are `of_few` that have the words, or where the newest will
    do; the stories of some days, of all that there are, are looked up by their days.
    """
    told_stories = sa.select(issue_stories.c.story_id).where(
        issue_stories.c.newsletter.in_(newsletters)
    )
    if query.since or query.until:
        told_stories = told_stories.join_from(issue_stories, issues)
    if query.since:
        told_stories = told_stories.where(issues.c.date >= query.since)
    if query.until:
        told_stories = told_stories.where(issues.c.date <= query.until)
    if of_few or not (query.since or query.until):
        return told_stories.where(issue_stories.c.story_id == stories.c.id).exists()
    return stories.c.id.in_(told_stories)


# Words are letters and digits alone: they need no escape in either language.


def _fts5_row(parts: Parts) -> dict[str, str]:
    return {part: " ".join(words) for part, words in parts.items()}


def _fts5_expression(query: SearchQuery) -> str:
    """The query in the language of https://sqlite.org/fts5.html, section 3."""
    conditions = []
    if query.wanted:
        words = " AND ".join(map(_fts5_phrase, query.wanted))
        if query.unwanted:
            words = f"({words}) NOT ({' OR '.join(map(_fts5_phrase, query.unwanted))})"
        conditions.append(f"({{headline body}} : ({words}))")
    if query.publisher:
        conditions.append(f"(sources : {_fts5_phrase(query.publisher)})")
    return " AND ".join(conditions)


def _fts5_phrase(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.is_beginning else "")


# The part in which a word stands, as the weight that a tsvector notes with each of its places.
_WEIGHTS = {"headline": "A", "sources": "B", "body": "D"}


def _tsvector_row(parts: Parts) -> dict[str, str]:
    """A tsvector as it is written: each word with its places."""
    places: dict[str, list[str]] = {}
    at = 0
    for part, words in parts.items():
        at += 1  # no phrase reaches from one part into the next
        for word in words:
            at += 1
            places.setdefault(word, []).append(f"{at}{_WEIGHTS[part]}")
    return {"words": " ".join(f"'{word}':{','.join(where)}" for word, where in places.items())}


def _tsquery_expression(query: SearchQuery) -> str:
    """The query as PostgreSQL's manual has it, section 8.11.2."""
    conditions = [_tsquery_phrase(term, "AD") for term in query.wanted]
    if query.wanted:
        conditions += [f"!{_tsquery_phrase(term, 'AD')}" for term in query.unwanted]
    if query.publisher:
        conditions.append(_tsquery_phrase(query.publisher, "B"))
    return " & ".join(conditions)


def _tsquery_phrase(term: Term, weights: str) -> str:
    *firsts, last = term.words
    star = "*" if term.is_beginning else ""
    words = [*(f"'{word}':{weights}" for word in firsts), f"'{last}':{star}{weights}"]
    return f"({' <-> '.join(words)})"


_DIALECTS = {
    "sqlite": _Dialect(
        number="rowid",
        # The beginnings of words, of these lengths, have an index of their own.
        create=(
            "CREATE VIRTUAL TABLE story_search USING fts5(headline, sources, body, prefix='3 5')",
        ),
        clear="DELETE FROM story_search",
        delete="DELETE FROM story_search WHERE rowid = :id",
        insert="INSERT INTO story_search (rowid, headline, sources, body)"
        " VALUES (:id, :headline, :sources, :body)",
        matches="story_search MATCH :expression",
        row=_fts5_row,
        expression=_fts5_expression,
    ),
    "postgresql": _Dialect(
        number="story_id",
        create=(
            "CREATE TABLE story_search (story_id BIGINT PRIMARY KEY, words tsvector NOT NULL)",
            "CREATE INDEX ix_story_search_words ON story_search USING gin (words)",
        ),
        clear="DELETE FROM story_search",
        delete="DELETE FROM story_search WHERE story_id = :id",
        insert="INSERT INTO story_search (story_id, words) VALUES (:id, CAST(:words AS tsvector))",
        matches="words @@ CAST(:expression AS tsquery)",
        row=_tsvector_row,
        expression=_tsquery_expression,
    ),
}
