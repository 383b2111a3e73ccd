# Two commands for contributors: `make run` and `make test`. Users install the wheel: see README.md.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo
DOCS   ?=
SEED   ?= 3

.PHONY: run test install lint types demo bench lock clean

## run: install, write the example company (or take DOCS=/some/folder), ingest, ask one question, serve
run: $(VENV)/.running
	@examples/system-packages ocr
	@$(BIN)/python -m examples.run --workspace "$(DEMO)" --seed $(SEED) $(if $(DOCS),--docs "$(DOCS)")

## test: install and run everything: linters, types, import contracts, the whole suite
test: install lint types
	@examples/system-packages tests
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest  # two workers share two cores; BLAS threads that spin would starve them
	@$(BIN)/python -m tests.skipped

install: $(VENV)/.installed

# what a user needs, and what writes the example company; the developers' tools come on top of it
$(VENV)/.running: pyproject.toml requirements/run.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.installed: pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types:
	$(BIN)/mypy

## bench: all benchmarks on small settings; DATA is the folder of test data
bench: install
	@for name in extract_quality extract_tables extract_speed company lists multi_step retrieval_speed peers first_answer crash verify_quality attacks eval_coverage eval_certificate eval_hillclimb eval_speed attribution; do $(BIN)/python -m benchmarks.$$name --data "$(DATA)" --record || exit 1; done
	$(BIN)/python -m benchmarks.report

## lock: resolve the dependencies again, with hashes, for all systems
lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra dev pyproject.toml --output-file requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra example --constraint requirements/dev.txt pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --constraint requirements/dev.txt pyproject.toml --output-file requirements/base.txt

clean:
	rm -rf $(VENV) $(DEMO) build dist *.egg-info
