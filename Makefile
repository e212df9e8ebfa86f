# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A list of commands; what they do is in scripts/. ARGS="..." goes to pytest, the benchmarks or the simulator,
# PYTHON=/path/to/python3 chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format unit contract integration browser soak screenshot molecule simulator bench build schema requirements clean
export PYTHON

RUN := .venv/bin/python scripts/run.py

help: ## list the commands
	@sed -n 's/^\([a-z]*\):[a-z ]*## \(.*\)/make \1	\2/p' Makefile | expand -t 20

setup: ## set up .venv (demo and test do this first; a second time does nothing)
	@sh scripts/setup.sh

demo: setup ## try the collection on a simulated NGCP
	@$(RUN) demo

test: setup ## run every test and lint
	@$(RUN) test $(ARGS)

lint: setup ## ruff, mypy, ansible-lint, ansible-test sanity, changelog and docs
	@$(RUN) lint

format: setup ## format the Python files, and mend what ruff can mend
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

unit: setup ## run tests/unit only
	@$(RUN) unit $(ARGS)

contract: setup ## run tests/contract only
	@$(RUN) contract $(ARGS)

integration: setup ## run tests/integration only
	@$(RUN) integration $(ARGS)

browser: setup ## run tests/browser only: reports in Chromium
	@$(RUN) browser $(ARGS)

soak: setup ## run thousands of items and hundreds of tasks, and check that nothing leaks (two minutes)
	@$(RUN) soak $(ARGS)

screenshot: setup ## make docs/images/report.png anew
	@$(RUN) screenshot

molecule: setup ## run the molecule scenarios only
	@$(RUN) molecule

simulator: setup ## run the simulated NGCP with the example company until Ctrl-C
	@$(RUN) simulator $(ARGS)

bench: setup ## measure the speed
	@$(RUN) bench $(ARGS)

build: setup ## build the archive for ansible-galaxy into build/
	@$(RUN) build

schema: setup ## make the JSON Schemas in docs/ anew from the tables in the code
	@$(RUN) schema

requirements: setup ## pin requirements-dev.txt anew from requirements-dev.in
	@sh scripts/requirements.sh

clean: ## remove everything made inside the checkout
	@rm -rf .venv .cache .ansible build tests/output .mypy_cache .pytest_cache .ruff_cache
	@find . -name .git -prune -o -type d -name __pycache__ -exec rm -rf {} +
