"""The composition root: Settings + Release -> a ready System. The only place that constructs the rooms."""

from metier.system.core import System, never, open_system
from metier.system.index_state import IndexState
from metier.system.intake import available_cores
from metier.system.reindexing import Reindexed, Reindexer, ReindexPlan
from metier.system.trial import Trial

__all__ = [
    "IndexState",
    "ReindexPlan",
    "Reindexed",
    "Reindexer",
    "System",
    "Trial",
    "available_cores",
    "never",
    "open_system",
]
