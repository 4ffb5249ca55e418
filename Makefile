# Two commands on a fresh machine with Python 3.11+ and make: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
ARGS ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "mockex needs Python 3.11 or newer; say which one: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(PIP) install --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[test,check]'
	@touch $@ $(VENV)/.run

.PHONY: run
run: $(VENV)/.run ## Start the exchange with its default scenario (ARGS='--port 0 --scenario quiet' for another)
	@$(BIN)/mockex serve $(ARGS)

.PHONY: test
test: $(VENV)/.test ## Run the tests, on every core
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

.PHONY: lint
lint: $(VENV)/.test ## Check style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

.PHONY: check
check: lint test ## Lint, types and tests

.PHONY: docs
docs: $(VENV)/.test ## Write anew the pages that are generated
	@$(BIN)/mockex schema > docs/scenario.schema.json
	@$(BIN)/mockex openapi > docs/openapi.json
	@$(BIN)/python -m mockex.fidelity > docs/fidelity.md
	@$(BIN)/python -m mockex.faults_page > docs/faults.md

.PHONY: clients
clients: $(VENV)/.test ## Run published clients, unmodified, against the exchange (each in an environment of its own)
	@$(BIN)/python -m pytest tests/clients --run-clients $(ARGS)

.PHONY: matrix
matrix: $(VENV)/.test ## Grade published clients, and write docs/clients.md anew (ARGS=ccxt for one; ARGS='ccxt --only SIG' aside)
	@$(BIN)/python -m tests.clients.grading $(ARGS)

FUZZ_EXAMPLES ?= 5000
ifndef SEED
SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif

.PHONY: fuzz
fuzz: $(VENV)/.test ## Drive the reference client through thousands of examples (SEED=… repeats a run)
	@echo "seed $(SEED), $(FUZZ_EXAMPLES) examples; again: make fuzz SEED=$(SEED) FUZZ_EXAMPLES=$(FUZZ_EXAMPLES)"
	@FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest tests/fuzz/test_reference_client.py --hypothesis-seed=$(SEED) $(ARGS)

.PHONY: bench
bench: $(VENV)/.test ## Measure mockex, its peers and the floor, and write docs/performance.md anew (ARGS=--quick: a minute, no page)
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: mutants
mutants: $(VENV)/.test ## Break one rule at a time and see that a test turns red
	@$(BIN)/python tests/mutants.py

.PHONY: clean
clean: ## Remove what was made
	rm -rf $(VENV) .venv-clients .venv-bench build dist .hypothesis .pytest_cache .mypy_cache .ruff_cache
