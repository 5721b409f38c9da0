"""The index by which the archive is searched, with what was published before it."""

from alembic import op

from digest.store import search

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    connection = op.get_bind()
    search.create(connection)
    search.index_all(connection)
