"""The composition root: Settings + Release -> a ready System. The only place that constructs the rooms."""

from metier.system.core import System, never, open_system
from metier.system.intake import available_cores
from metier.system.trial import Trial

__all__ = ["System", "Trial", "available_cores", "never", "open_system"]
