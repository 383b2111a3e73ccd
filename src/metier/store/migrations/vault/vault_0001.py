"""Sealed suites, one row a generation, and the chain of looks at them."""

import sqlalchemy as sa
from alembic import op

revision = "vault_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "suites",
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("alpha", sa.Float, nullable=False),
        sa.Column("salt", sa.String, nullable=False),
        sa.Column("prints", sa.JSON, nullable=False),
    )
    op.create_table(
        "chain",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table("tip", sa.Column("seal", sa.String, nullable=False))
