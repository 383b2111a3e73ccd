"""One writer per file format: rendered documents in, bytes out, byte-identical for the same input where possible."""
