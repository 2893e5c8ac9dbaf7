# `make help` says what each target does. Everything runs from .venv, which set-up makes and keeps current.
.DEFAULT_GOAL := help
.PHONY: help setup format lint types fast check test demo bench bench-pdf profile-gallery storm kafka clean

PYTHON ?= python3
BIN := .venv/bin
# Extra words for pytest, the demo or a benchmark: make test ARGS="-k ledger", make demo ARGS=--keep
ARGS ?=
# One worker makes storms, the other does the rest; ARGS="-n 0" runs everything in one process, as a debugger wants it.
TWO_CORES := -n 2 --no-loadscope-reorder
RIVALS := $(BIN)/uv sync --frozen --inexact --quiet --group bench

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  ARGS="..."      is handed on: make test ARGS="-k ledger", make demo ARGS=--keep'

setup: ## install what is missing: .venv from uv.lock, Chromium, fonts (PYTHON=... picks the interpreter)
	@$(PYTHON) -m tools.setup

format: setup ## rewrite the code in the project's form, with safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint: setup ## form, lint and who-may-import-whom, changing nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: setup ## strict mypy, tests included
	$(BIN)/mypy

fast: setup ## unit tests and laws alone: no broker, no database, no browser
	$(BIN)/pytest -q -m "not service and not browser and not chaos and not e2e" tests/unit tests/laws $(ARGS)

check: lint types fast ## what to run before each commit: under a minute

test: lint types ## everything but the long storms, on real parts: what README says and CI runs; counts by folder
	$(BIN)/pytest -m "not long" $(TWO_CORES) $(ARGS)

demo: setup ## the whole service on this machine with a believable history (ARGS=--keep leaves it running)
	$(BIN)/ats-sync demo $(ARGS)

bench: setup ## profiles/s and events/s, each as a ratio to a bare baseline in the same run
	$(RIVALS)
	$(BIN)/python -m tests.benchmarks.bench_pdf --rounds 2
	$(BIN)/python -m tests.benchmarks.bench_ingest

bench-pdf: setup ## the PDF half of bench, more rounds (ARGS=--long adds the memory run)
	$(RIVALS)
	$(BIN)/python -m tests.benchmarks.bench_pdf $(ARGS)

storm: setup ## the long fault runs: storms, rebalances, poison, real Kafka, every outcome 1,000 times (ARGS="-k poison")
	$(BIN)/pytest -m long tests/storm tests/chaos $(ARGS)

profile-gallery: setup ## render docs/profile/*.png anew: the finished profiles to look at
	$(BIN)/python -m tests.browser.render_gallery

kafka: setup ## fetch Apache Kafka (needs Java 17 and Maven) for machines without the embedded broker
	$(BIN)/python -m app.embedded.kafka_files

clean: ## remove .venv, caches and var/
	rm -rf .venv var dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
