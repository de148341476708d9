# The commands people type. `make` alone lists them; ARGS goes through to the command below.
PYTHON ?= python3
ARGS ?=
VENV := .venv/bin
SETUP := $(PYTHON) tools/setup.py
# Two at a time: most tests wait for something. A file's tests share what they have started.
TESTS := $(VENV)/pytest -n 2 --dist loadfile
# What pytest says where none of the tests that were asked for is of that kind.
NONE := 5
COMPILE := $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# Tests start tools by name (node, for one), which may live in the environment only.
export PATH := $(CURDIR)/$(VENV):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup e2e defects mutants incident soak-healthy report-demo supabase-up supabase-down \
	test check bench lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  options go through ARGS: make e2e ARGS="--users 40"'

setup: ## prepare everything; quick when already done
	@$(SETUP) --tests

e2e: ## the rehearsal: 400 users chat on the embedded EventLive, or on the target in .env
	@$(SETUP)
	$(VENV)/pytest -n 16 e2e/ $(ARGS)

defects: ## break the embedded EventLive in every known way; ARGS names some of them
	@$(SETUP)
	$(VENV)/python -m tools.defects $(ARGS)

mutants: ## change a line of EventLive here and there: the promises named for it must break
	@$(SETUP)
	$(VENV)/python -m tools.mutants $(ARGS)

incident: ## replay 2026-02-06 small, before its fix (NO-GO, with the chain) and after it (GO)
	@$(SETUP)
	$(VENV)/python -m tools.incident $(ARGS)

report-demo: ## the report page of the largest GO and the newest NO-GO stored; ARGS names others
	@$(SETUP)
	$(VENV)/python -m tools.report_demo $(ARGS)

soak-healthy: ## twenty healthy rehearsals in a row, none of which may turn anything red
	@$(SETUP)
	$(VENV)/python -m tools.soak $(ARGS)

supabase-up: ## EventLive over a real Supabase on this machine, by Docker, until Ctrl-C
	@$(SETUP)
	$(VENV)/python -m tools.supabase_local up $(ARGS)

supabase-down: ## stop that Supabase; its data stays
	@$(SETUP)
	$(VENV)/python -m tools.supabase_local down $(ARGS)

test: ## the suite's own tests
	@$(SETUP) --tests
	$(TESTS) -m "not alone" $(ARGS)
	$(VENV)/pytest -m alone $(ARGS) || [ $$? -eq $(NONE) ]

check: ## lint, format, types, import contracts and the pure tests; under a minute
	@$(SETUP)
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(TESTS) -m "not real" $(ARGS)

bench: ## one journey driven in three ways, judging, recording: ratios and figures; 20 minutes
	@$(SETUP) --tests
	$(VENV)/python -m tools.bench $(ARGS)

lock: ## write the lock files anew; ARGS=--upgrade takes newer versions
	@$(SETUP)
	@test -x $(VENV)/uv || $(VENV)/python -m pip install --quiet uv
	$(COMPILE) $(ARGS) --group check pyproject.toml -o requirements.lock
	$(COMPILE) $(ARGS) tests/clients/requirements.in -o tests/clients/requirements.lock
	$(COMPILE) $(ARGS) tools/node.in -o tools/node.lock
	$(COMPILE) $(ARGS) tools/bench/rivals/requirements.in -o tools/bench/rivals/requirements.lock

clean: ## remove what set-up made and every cache; runs in reports/runs stay
	rm -rf .venv .venv-supabase-py .venv-locust eventlive/site/node_modules eventlive/site/dist
	rm -rf reports/page/node_modules reports/page/dist
	rm -rf test-results .sessions
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
