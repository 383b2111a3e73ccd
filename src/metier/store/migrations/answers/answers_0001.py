"""Every answer with its trace."""

import sqlalchemy as sa
from alembic import op

revision = "answers_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("principal", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("release", sa.String, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),  # JSON, zstd
    )
    op.create_index("answers_principal", "answers", ["principal"])
