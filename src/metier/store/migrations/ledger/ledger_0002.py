"""No index of states: every row of it moved with every state, and those who ask by state read most rows anyway."""

from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"


def upgrade() -> None:
    op.drop_index("documents_tenant_state", "documents")
