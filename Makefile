# Witryna: what one can ask of this folder. `make` alone explains.
# Needs git, make, python3 (3.11 or newer) and python3-venv; all else comes from the hashed lock files.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT   ?= 8000
VAR    ?= var
TESTS  ?= tests
ARGS   ?=

# Whatever the shell says, Python keeps what it compiled: tests and demo start dozens of programs, a third of each start.
export PYTHONDONTWRITEBYTECODE :=

# English is the source language and has no catalog.
LANGUAGES := pl de sk hu ro

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --no-input
UV   := uv==0.13.9

.PHONY: help demo install test test-full test-browsers lint bench lighthouse lock messages clean

help: ## Explain every target (this page)
	@echo "Witryna. Targets:"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20
	@echo "Settings: PORT=8000 (demo), VAR=var (demo's data), TESTS=tests/... and ARGS='-k sqlite' (tests), PYTHON=python3"

demo: $(VENV)/.product ## Install, prepare and start everything; prints addresses and sign-ins. Ctrl-C ends it
	@exec $(BIN)/python -m demo --var "$(VAR)" --port "$(PORT)"

install: $(VENV)/.product ## Install the product's packages into .venv, and nothing else (docs/operate.md)

test: $(VENV)/.dev ## Run the fast tier of the tests (SQLite and PostgreSQL, real Chromium)
	@$(BIN)/python -m tests.harness.chromium
	@WITRYNA_TEST_TIER=fast $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS) $(TESTS)

test-full: $(VENV)/.dev ## Run every test (up to an hour)
	@$(BIN)/python -m tests.harness.chromium
	@WITRYNA_TEST_TIER=full $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS) $(TESTS)

test-browsers: $(VENV)/.browsers ## Install Firefox, WebKitGTK and WordPress (Debian) and run the frames in them
	@$(BIN)/python -m tests.harness.debian
	@WITRYNA_TEST_TIER=browsers $(BIN)/python -m pytest -p no:randomly $(ARGS) tests/browsers

lint: $(VENV)/.dev ## Check style (ruff), types (mypy --strict) and the floors of the house (import-linter)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(VENV)/.dev ## Measure against references (BENCH_SECONDS=8, ARGS="rivals weight editor frames" for these); writes bench/*.md and README
	@$(BIN)/python -m tests.harness.chromium
	@$(BIN)/python -m bench $(ARGS)

lighthouse: $(VENV)/.dev ## Lighthouse (npm) on four pages in every theme; writes bench/LIGHTHOUSE.md. ARGS=kiosk for one theme
	@$(BIN)/python -m tests.harness.chromium
	@$(BIN)/python -m bench.scores $(ARGS)

messages: $(VENV)/.product ## Collect the texts that people read and bring the catalogs in translations/ up to date
	@mkdir -p translations
	@$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k lazy --sort-output --no-location --no-wrap \
	  --project Witryna --version 0.1 --copyright-holder "The Witryna authors" -o translations/witryna.pot .
	@for language in $(LANGUAGES); do \
	  if [ -e translations/$$language/LC_MESSAGES/witryna.po ]; then how="update --no-fuzzy-matching --no-wrap"; else how=init; fi; \
	  $(BIN)/pybabel -q $$how -D witryna -i translations/witryna.pot -d translations -l $$language; \
	done

lock: $(VENV)/.lock-tools ## Remake the lock files from pyproject.toml (UPGRADE=1 takes the newest versions)
	@$(BIN)/uv pip compile -q $(LOCK) pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q $(LOCK) --extra dev --extra bench -c requirements.lock pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile -q $(LOCK) $(MOZ) --all-extras -c requirements-dev.lock pyproject.toml -o requirements-browsers.lock

clean: ## Remove caches and the installed packages (the demo's data stay)
	@rm -rf $(VENV) .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Some releases of Mozilla's packages have no wheel.
MOZ := $(foreach name,mozprofile mozrunner mozdevice mozprocess mozversion mozlog,--only-binary $(name))
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

# A stamp file per lock: the second start compares two dates and installs nothing.
$(VENV)/bin/python:
	@echo "Preparing $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Witryna needs Python 3.11 or newer; PYTHON=... names another one." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Cannot make $(VENV): on Debian install python3-venv." >&2; exit 1; }

$(VENV)/.product: requirements.lock | $(VENV)/bin/python
	@echo "Installing the packages of $< (hashes checked) ..."
	@$(PIP) install -qq --require-hashes --only-binary :all: -r $<
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing the packages of $< (hashes checked) ..."
	@$(PIP) install -qq --require-hashes --only-binary :all: -r $<
	@touch $@ $(VENV)/.product

$(VENV)/.browsers: requirements-browsers.lock | $(VENV)/.dev
	@echo "Installing the packages of $< (hashes checked) ..."
	@$(PIP) install -qq --require-hashes --only-binary :all: -r $<
	@touch $@

$(VENV)/.lock-tools: | $(VENV)/bin/python
	@$(PIP) install -q $(UV) && touch $@
