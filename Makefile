# Everything a contributor runs. Each target does its own set-up, in .venv; nothing is written outside the tree.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.ready-run
DEV    := $(VENV)/.ready-dev
# what is linted: not what a user generates beside it
OURS   := generator spec/ublk tests generated_tests/pytest
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-cache-dir

.DEFAULT_GOAL := help
.PHONY: help check dev test lint generate fuzz mutate bench schema clean

help:
	@echo 'make check   check spec/ublk.yaml: every revision, every property'
	@echo 'make dev     set up .venv with pytest and all other tools'
	@echo 'make test    lint, types, tests, and the generated ones on spec and driver; what CI runs'
	@echo 'make lint    ruff and mypy'
	@echo 'make generate  write generated_tests/ anew from spec/ublk.yaml'
	@echo 'make fuzz    engines against each other, and driver against spec, at random, for long'
	@echo 'make mutate  how many faults of the ublk spec and of its driver the generated tests notice'
	@echo 'make schema  write spec/specgen.schema.json, for editors'
	@echo 'make bench   start-up and engines, beside bare Python and Spin'
	@echo 'make clean   remove what make made'

check: $(RUN)
	@$(BIN)/specgen check spec/ublk.yaml

dev: $(DEV)
	@:

test: lint
	@$(BIN)/specgen generate spec/ublk.yaml --check
	@$(BIN)/python -m pytest -q -n 2
	@$(BIN)/python -m pytest -q -n 2 generated_tests/pytest
	@$(BIN)/python -m pytest -q -n 2 generated_tests/pytest --specgen-system driver

generate: $(RUN)
	@$(BIN)/specgen generate spec/ublk.yaml

lint: $(DEV)
	@$(BIN)/ruff check $(OURS)
	@$(BIN)/mypy

fuzz: $(DEV)
	@$(BIN)/python -m tests.property.fuzz --seconds $${SECONDS_OF_FUZZ:-600}
	@SPECGEN_FUZZ=$${SPECGEN_FUZZ:-5000} $(BIN)/python -m pytest -q tests/property/test_mutations.py

mutate: $(DEV)
	@$(BIN)/specgen mutate spec/ublk.yaml -r $${REVISION:-v6.1}
	@$(BIN)/python -m tests.quality.driver_mutants $${REVISION:-v6.1} \
	  --watching memory --watching errors --watching judge --watching future

schema: $(RUN)
	@$(BIN)/specgen schema > spec/specgen.schema.json

bench: $(RUN)
	@$(BIN)/python -m tests.bench.bench

clean:
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'specgen needs Python 3.11 or newer as python3; on Debian 12: apt-get install python3 python3-venv' >&2; \
	  echo 'or name another one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo 'a virtual environment could not be made; on Debian: apt-get install python3-venv' >&2; exit 1; }

$(RUN): pyproject.toml | $(VENV)/pyvenv.cfg
	@echo 'setting up .venv (once)' >&2
	@$(PIP) install --editable . || { \
	  echo 'the dependencies in pyproject.toml could not be installed; see the message above' >&2; exit 1; }
	@touch $@

$(DEV): pyproject.toml $(RUN)
	@echo 'adding the tools of the tests to .venv (once)' >&2
	@$(PIP) install --editable '.[dev]' || { \
	  echo 'the dev dependencies in pyproject.toml could not be installed; see the message above' >&2; exit 1; }
	@touch $@
