"""A believable mid-size company as a folder of documents with people, groups, versions and gold questions.

`python -m examples.company OUTDIR --seed 1` writes `documents/`, `metier.yaml` and `cases.jsonl`. The wording lives in
`content/*.yaml`, the seed-dependent facts in `world.py`, and every number is said once: documents, amendments and gold
answers are filled from the same facts.
"""
