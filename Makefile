# Everything one does with the portal. `make` alone lists it.
#
# A fresh machine needs Python 3.11 or newer, git and make; the rest is set up on first use and again
# whenever the locked requirements change.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# Half as many again as there are cores: now and then a test waits for a film, a browser or a program that starts.
TEST_WORKERS ?= $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))
PYTEST := $(BIN)/python -m pytest
# Where every tool must be there, a skipped test is a failed one.
NO_SKIPS := $(if $(CI),--fail-on-skip)

##@ Run
.PHONY: help run demo
help: ## List what can be done
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z][a-z-]*:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo

run: ready ## Serve the portal with its worker on http://127.0.0.1:8000; Ctrl-C ends it
	@exec $(BIN)/python -m portal.serving

demo: ready ## Serve a throw-away portal filled with sample people and recordings
	@exec $(BIN)/python -m portal.serving --demo

##@ Change
.PHONY: sure test bench checks lint types imports templates requirements format
sure: dev-ready ## All checks, then the quick tests (SQLite, no browser)
	@$(MAKE) -j2 --keep-going --output-sync=target checks
	@$(PYTEST) -n $(TEST_WORKERS) --ignore=tests/browser --ignore=tests/stack

test: dev-ready ## All tests: SQLite and PostgreSQL, real servers, real browser
	@deploy/setup/system.sh
	@$(PYTEST) -n $(TEST_WORKERS) --database=both $(NO_SKIPS)

bench: dev-ready ## Measure the portal against its limits (docs/performance.md); takes a while
	@failed=0; for each in pages growth listing deciding events searching lists one_range cut_off ranges slow_viewers upload storm first_visit first_frame memory; do \
	  echo; echo "== $$each"; $(BIN)/python -m bench.$$each || failed=1; done; exit $$failed

checks: dev-ready lint types imports templates requirements ## All checks, no tests

lint: dev-ready ## Check the Python code: faults and format (ruff)
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Some files are not formatted: make format" >&2; exit 1; }
	@echo "lint: fine"

types: dev-ready ## Check the types (mypy)
	@$(BIN)/mypy

imports: dev-ready ## Check that imports point down only (import-linter)
	@$(BIN)/lint-imports --no-logo

templates: dev-ready ## Check the templates (djlint)
	@$(BIN)/djlint --quiet --lint templates

requirements: dev-ready ## Check that requirements and imports agree (deptry)
	@$(BIN)/deptry portal 2>&1

format: dev-ready ## Put the Python code in order (ruff)
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

##@ Renew
.PHONY: migration lock assets clean ready dev-ready
migration: dev-ready ## Write a migration from the models: make migration m="Add notes to grants"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="Add notes to grants"' >&2; exit 2; }
	@$(BIN)/flask --app wsgi db migrate -m "$(m)"

lock: dev-ready ## Renew the locked requirements (upgrade=1: to the newest versions)
	@deploy/setup/lock.sh $(if $(upgrade),--upgrade)

assets: ready ## Renew fonts, styles and scripts that come from npm (needs Node 20)
	@command -v npm >/dev/null || { echo "make assets needs Node 20 with npm. Its results are committed: only a change of assets needs it." >&2; exit 1; }
	@npm ci --no-audit --no-fund
	@node deploy/assets/build.mjs
	@$(BIN)/python deploy/assets/fonts.py

clean: ## Remove what was set up and cached; the portal's own data stay
	@rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .cache test-results
	@find portal tests migrations bench deploy -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

ready:
	@deploy/setup/python.sh requirements.txt

dev-ready:
	@deploy/setup/python.sh requirements-dev.txt
