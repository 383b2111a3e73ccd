"""Feedback rows, appended only."""

import sqlalchemy as sa
from alembic import op

revision = "feedback_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("statement", sa.String, nullable=False),
        sa.Column("citation", sa.String, nullable=False),
        sa.Column("access", sa.JSON, nullable=False),
        sa.Column("consent", sa.Boolean, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("propensity", sa.Float, nullable=True),
        sa.Column("supersedes", sa.String, nullable=False),
    )
    op.create_index("feedback_answer", "feedback", ["answer"])
