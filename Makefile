# The few commands people type. Each makes the environment itself from requirements.lock.
PYTHON ?= python3
VENV := .venv
OUT ?= .
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test slow twin lint types layers check bench readme clean

help:            ## list the commands
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

$(READY): requirements.lock pyproject.toml
	@echo "Making the environment in $(VENV) (once)."
	@$(PYTHON) -c 'import sys; sys.exit("churnsim needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)   ## the first five minutes: a decision, a ladder, a figure
	$(BIN)/churnsim demo -o $(OUT)

test: $(READY)   ## the tests
	$(BIN)/python -m pytest -n auto --dist loadscope

slow: $(READY)   ## the slow suites as well
	$(BIN)/python -m pytest -m "not twin"

twin: $(READY)   ## a thousand companies against the naive twin
	$(BIN)/python -m pytest -m twin tests/naive_twin

lint: $(READY)   ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## types
	$(BIN)/mypy

layers: $(READY) ## the layer contract
	$(BIN)/lint-imports

check: lint types layers test ## all of the above

bench: $(READY)  ## speeds, side by side
	$(BIN)/python -m benchmarks.core

readme: $(READY) ## write the outputs that README quotes, by running their commands
	$(BIN)/python -m experiments.readme

clean:           ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis out
