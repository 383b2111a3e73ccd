"""One process per system under comparison. Each runs in its own environment and must not import metier's rivals' code
or metier itself (but for metier's own worker): this package imports the standard library alone."""
