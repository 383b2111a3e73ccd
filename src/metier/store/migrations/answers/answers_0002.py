"""Why a question was asked; what was stored before counts as asked by a person."""

import sqlalchemy as sa
from alembic import op

revision = "answers_0002"
down_revision = "answers_0001"


def upgrade() -> None:
    op.add_column("answers", sa.Column("occasion", sa.String, nullable=False, server_default="person"))
