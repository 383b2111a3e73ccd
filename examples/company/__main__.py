"""`python -m examples.company OUTDIR [--seed N] [--documents 120]`."""

import argparse
import sys
from pathlib import Path

from examples.company.generate import generate


def main() -> int:
    """Generate the company; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m examples.company", description=__doc__)
    parser.add_argument(
        "outdir", type=Path, help="folder that receives documents/, metier.yaml and cases.jsonl"
    )
    parser.add_argument("--seed", type=int, default=1, help="1 = tuning, 2 = checking, 3 = benchmarks")
    parser.add_argument(
        "--documents", type=int, default=120, help="how many documents; beyond the base: distractors"
    )
    options = parser.parse_args()
    try:
        counts = generate(options.outdir, options.seed, options.documents)
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 1
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
