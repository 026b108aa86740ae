# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
DEMO := qa_data/demo

.PHONY: demo test check format models clean help

help:
	@echo "make demo    install, fetch the models, score the sample calls, write the scorecards"
	@echo "make test    install the test tools; format, lint, types, import contracts, tests"
	@echo "make format  rewrite the code in the house format"
	@echo "make clean   remove what the demo made and the tools' caches (not .venv)"

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# torch first and by its exact version, so that the CPU build on offer is taken.
$(STAMP): pyproject.toml | $(BIN)/python
	@echo "Installing qa_pipeline into $(VENV) (a few minutes the first time) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TEST_STAMP): pyproject.toml $(STAMP)
	@echo "Installing the test tools into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

models: $(STAMP)
	@$(BIN)/qa-pipeline models fetch

demo: models
	@$(BIN)/qa-pipeline run sample_calls --data $(DEMO)
	@$(BIN)/qa-pipeline scorecards --data $(DEMO) --out $(DEMO)/scorecards

check: $(TEST_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check models
	$(BIN)/python -m pytest

format: $(TEST_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
