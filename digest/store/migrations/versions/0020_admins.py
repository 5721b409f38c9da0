"""Who may use the editors' pages: accounts, links, sessions, passkeys; and what they did."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "admins",
        sa.Column("id", Key, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("totp_secret", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admins")),
        sa.UniqueConstraint("email", name=op.f("uq_admins_email")),
        sa.UniqueConstraint("name", name=op.f("uq_admins_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "admin_links",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("admin_id", Key, nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        _of_an_admin("admin_links"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_admin_links")),
    )
    op.create_index(op.f("ix_admin_links_admin_id"), "admin_links", ["admin_id"])
    op.create_index(op.f("ix_admin_links_expires_at"), "admin_links", ["expires_at"])
    op.create_table(
        "admin_sessions",
        sa.Column("id", Key, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("admin_id", Key, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        _of_an_admin("admin_sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_admin_sessions_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_admin_sessions_admin_id"), "admin_sessions", ["admin_id"])
    op.create_index(op.f("ix_admin_sessions_seen_at"), "admin_sessions", ["seen_at"])
    op.create_table(
        "admin_passkeys",
        sa.Column("id", Key, nullable=False),
        sa.Column("admin_id", Key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant()),
        _of_an_admin("admin_passkeys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_admin_passkeys_credential")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_admin_passkeys_admin_id"), "admin_passkeys", ["admin_id"])
    op.create_table(
        "audit_log",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True)),
        sa.Column("after", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_log_subject"), "audit_log", ["subject"])


def _of_an_admin(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["admin_id"], ["admins.id"], name=op.f(f"fk_{table}_admin_id"), ondelete="CASCADE"
    )
