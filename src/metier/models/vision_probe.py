"""What a model of `models.vision` does: pictures drawn here, whose printed words it has to mention.

Enough to tell a model that sees from one that does not, no more: three pictures say nothing of drawings and photographs.
"""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from PIL import Image, ImageDraw, ImageFont

from metier.models.probe import holds, wilson
from metier.stages import Describer
from metier.types import Estimate, Usage

_SIZE = (480, 320)
# title, bars with their labels, and one word or value of it that a description of the picture mentions
PICTURES: tuple[tuple[str, tuple[tuple[str, int], ...], str], ...] = (
    ("Visitors of the harbour", (("May", 120), ("June", 47)), "harbour"),
    ("Pump test in Lisbon", (("HX-40", 38), ("HX-55", 52)), "Lisbon"),
    ("Orders by month", (("April", 318), ("May", 205)), "318"),
)


@dataclass(frozen=True, slots=True)
class VisionProbe:
    """How a model did."""

    model: str
    right: Estimate
    seconds: float  # median of a picture
    usage: Usage


def probe_vision(
    model: Describer, most: int = len(PICTURES), clock: Callable[[], float] = time.perf_counter
) -> VisionProbe:
    """In how many pictures it mentions what is printed there. Raises ModelUnavailable."""
    right, times, usage = 0, [], Usage()
    for title, bars, told in PICTURES[:most]:
        before = clock()
        said = model.describe(drawn(title, bars), "en")
        times.append(clock() - before)
        usage += said.usage
        right += holds(said.text, told)
    return VisionProbe(model.identity, wilson(right, len(times)), median(times), usage)


def drawn(title: str, bars: tuple[tuple[str, int], ...]) -> bytes:
    """A bar chart as PNG."""
    picture = Image.new("RGB", _SIZE, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(24)
    pen.text((20, 10), title, "black", font)
    tallest = max(value for _, value in bars)
    for place, (label, value) in enumerate(bars):
        left, top = 80 + 180 * place, 270 - 180 * value // tallest
        pen.rectangle((left, top, left + 90, 270), "steelblue")
        pen.text((left, top - 30), str(value), "black", font)
        pen.text((left, 280), label, "black", font)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
