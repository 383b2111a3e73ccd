"""One file per claim: `python -m benchmarks.NAME --data DIR` prints one JSON object as its last line."""
