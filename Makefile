# BotCafé: `make help` lists what can be done.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# COVERAGE=1 also measures coverage; `make coverage` then prints it by room.
COVERAGE ?=
PYTEST := $(if $(COVERAGE),coverage run -m pytest,pytest)
.DEFAULT_GOAL := help
.PHONY: help run test test-postgresql coverage check format messages bench fuzz lock

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(BIN)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "BotCafé needs Python 3.11 or newer; try make run PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "This Python has no venv: install the package python3-venv, then try again."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(BIN)/.dev: $(BIN)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(BIN)/.run ## Install what is needed and open the café at http://127.0.0.1:8000
	@$(BIN)/botcafe serve

test: $(BIN)/.dev ## Run the whole test suite on SQLite (COVERAGE=1: and measure coverage, from nothing)
	$(if $(COVERAGE),$(BIN)/python -m coverage erase)
	$(BIN)/python -m $(PYTEST) -n 2 --dist worksteal

test-postgresql: $(BIN)/.dev ## Run the suite on a PostgreSQL that the tests start (COVERAGE=1: and add to the coverage of test)
	BOTCAFE_TEST_DATABASE=postgresql $(BIN)/python -m $(PYTEST) -n 2 --dist worksteal -m "not browser and not slow"

coverage: $(BIN)/.dev ## Hold what both suites have measured to the floor of each room
	$(BIN)/python tools/coverage_floors.py

check: $(BIN)/.dev ## Format, lint, types, contracts, migrations and generated files in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python tools/house.py
	$(BIN)/lint-imports
	$(BIN)/mypy botcafe tests tools
	$(BIN)/python -m botcafe.cli.main docs --check
	$(BIN)/python tools/messages.py --check
	DJANGO_SETTINGS_MODULE=botcafe.config.settings BOTCAFE_DATA=$$(mktemp -d) $(BIN)/django-admin makemigrations --check --dry-run

format: $(BIN)/.dev ## Put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: $(BIN)/.dev ## Collect what people read for translators, and write the two languages of the tests anew
	$(BIN)/python tools/messages.py

bench: $(BIN)/.run ## Measure the API (see botcafe bench --help)
	$(BIN)/botcafe bench rest

fuzz: $(BIN)/.dev ## Attack the parsers for ten minutes
	BOTCAFE_FUZZ_EXAMPLES=20000 $(BIN)/python -m pytest -n 2 -k "fuzz or hypothesis or any_ or anything or hostile or routes_do"

lock: $(BIN)/.dev ## Write the lock files anew
	$(BIN)/uv pip compile -q pyproject.toml --generate-hashes --no-emit-index-url --python-version 3.11 -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --group dev --generate-hashes --no-emit-index-url --python-version 3.11 -o requirements-dev.lock
