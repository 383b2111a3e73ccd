"""Kills in every window of three runs: the making of a workspace, the first ingest, and one over a changed folder.

Each run is made once without a kill. From the same beginning it is then made again and killed, window by window, each
time followed by a whole run that has to put everything right.
"""

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crash_bugs.campaign import Campaign, Plan, Remembered
from benchmarks.crash_bugs.process import Step
from benchmarks.crash_bugs.windows import windows

_CHANGED = 0.4  # of the folder: some of every kind of change, and much that stays


@dataclass(frozen=True, slots=True)
class Scene:
    """A state from which a command starts, kept as a copy, and the windows of the run that follows."""

    arguments: list[str]
    kept: Path
    known: Remembered
    steps: list[Step]


def aim(campaign: Campaign, most: int, enough: Callable[[], bool]) -> None:
    """At most `most` kills, fewer if it is `enough`; the campaign's workspace is left in the state after the last one."""
    campaign.fresh()
    scenes = list[Scene]()
    for arguments, prepare in ((campaign.init, None), (campaign.ingest, None), (campaign.ingest, _change)):
        if enough():
            return
        if prepare:
            prepare(campaign)
        scenes.append(_rehearsed(campaign, arguments, campaign.base / f"scene{len(scenes)}"))
    if not enough():
        campaign.second_run()
    plans = [[(scene, step) for step in scene.steps] for scene in reversed(scenes)]
    # in turn, since what is wrong may show in one of them only
    turns = [item for turn in itertools.zip_longest(*plans) for item in turn if item is not None]
    for scene, step in turns[:most]:
        if enough():
            return
        _restore(campaign, scene)
        _killed(campaign, scene, step)


def _change(campaign: Campaign) -> None:
    campaign.corpus.change(_CHANGED)
    campaign.regroup()


def _rehearsed(campaign: Campaign, arguments: list[str], kept: Path) -> Scene:
    """The next run without a kill, checked as every run is."""
    for folder in (campaign.root, campaign.corpus.folder):
        shutil.copytree(folder, kept / folder.name)
    known = campaign.remembered()
    rows = campaign.whole(arguments)
    if arguments == campaign.init:
        campaign.write_settings()
    return Scene(arguments, kept, known, windows(rows, campaign.rng))


def _restore(campaign: Campaign, scene: Scene) -> None:
    for folder in (campaign.root, campaign.corpus.folder):
        shutil.rmtree(folder)
        shutil.copytree(scene.kept / folder.name, folder)
    campaign.remember(scene.known)


def _killed(campaign: Campaign, scene: Scene, step: Step) -> None:
    """The run with its kill; then as a user would go on."""
    campaign.once(scene.arguments, Plan(step=step, whole_tree=False))
    if scene.arguments == campaign.init:
        campaign.once(campaign.init, Plan())
        campaign.write_settings()
    campaign.once(campaign.ingest, Plan())
