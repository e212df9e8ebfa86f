# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A list of commands; what they do is in scripts/. ARGS="..." goes to pytest, the benchmarks or the simulator,
# PYTHON=/path/to/python3 chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format unit contract integration browser soak screenshot molecule simulator bench build schema requirements clean chromium
export PYTHON

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[a-z ]*## \(.*\)/make \1	\2/p' Makefile | expand -t 20

setup: ## set up .venv (targets that need it do this first)
	@sh scripts/setup.sh

demo: setup ## try the collection on a simulated NGCP
	@$(FOREGROUND) python -m example.demo

test: setup chromium ## run every test and lint

lint: setup ## ruff, mypy, ansible-lint, ansible-test sanity, changelog and docs

format: setup ## format the Python files and fix what ruff can fix
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

unit: setup ## run only tests/unit

contract: setup ## run only tests/contract

integration: setup ## run only tests/integration

browser: setup chromium ## run only tests/browser: reports in Chromium

soak: setup ## run thousands of items and hundreds of tasks to find leaks (two minutes)

screenshot: setup chromium ## renew docs/images/report.png

molecule: setup ## run only the molecule scenarios

simulator: setup ## run the simulated NGCP with the example company until Ctrl-C
	@$(FOREGROUND) python -m example.simulator $(ARGS)

bench: setup ## measure the speed (20 minutes)
	@$(FOREGROUND) python -m benchmarks $(ARGS)

build: setup ## build the archive for ansible-galaxy into build/

schema: setup ## generate the JSON Schemas in docs/ from the tables in the code

requirements: setup ## pin requirements-dev.txt from requirements-dev.in
	@sh scripts/requirements.sh

clean: ## remove everything that these targets have made in the checkout
	@rm -rf .venv .cache .ansible build tests/output .mypy_cache .pytest_cache .ruff_cache
	@find . -name .git -prune -o -type d -name __pycache__ -exec rm -rf {} +

chromium: setup
	@$(FOREGROUND) python -m tests.browser.chromium

# Below here: the commands that consist of steps. Two steps run side by side, the longest first, so that both cores have
# work to the end. A step that fails does not end the others: the summary says how each ended, and fails if one did.
FOREGROUND = .venv/bin/python scripts/step.py --terminal $@
STEP = @.venv/bin/python scripts/step.py $(@:step-%=%)
PYTEST := python -m pytest -n 2

lint_steps := ansible-test-sanity ansible-lint ruff-check ruff-format mypy-plugins mypy-tests mypy-scripts changelog docs
# Not before setup: it makes the environment of the newest ansible-core only where there is a Python for it.
newest_core = $(shell test ! -e .cache/newest-core/bin/python || echo newest-core)
test_steps = pytest $(lint_steps) molecule reports $(newest_core) build
schema_steps := schema report-schema

test lint unit contract integration browser soak screenshot molecule build schema:
	@$(MAKE) --no-print-directory -j2 $(addprefix step-,$(or $($@_steps),$@))
	@.venv/bin/python scripts/step.py --summary $(or $($@_steps),$@)

step-pytest:
	$(STEP) $(PYTEST) $(ARGS)

step-unit step-contract step-integration step-browser step-soak:
	$(STEP) $(PYTEST) $(@:step-%=tests/%) $(ARGS)

# Not among the others: Playwright keeps an event loop running in its process.
step-reports:
	$(STEP) $(PYTEST) tests/browser

step-screenshot:
	$(STEP) env SCREENSHOT=1 $(PYTEST) tests/browser -k picture $(ARGS)

step-newest-core:
	$(STEP) env TEST_ANSIBLE_PYTHON=$(CURDIR)/.cache/newest-core/bin/python $(PYTEST) tests/integration -m newest_core

step-ruff-check:
	$(STEP) ruff check --no-fix

step-ruff-format:
	$(STEP) ruff format --check --diff

step-mypy-plugins:
	$(STEP) python -m mypy --python-version 3.10 -p ansible_collections.ngcp.fax.plugins.module_utils

step-mypy-tests:
	$(STEP) python -m mypy -p tests -p example -p benchmarks

step-mypy-scripts: step-mypy-tests # they share a cache
	$(STEP) python -m mypy scripts

step-changelog:
	$(STEP) antsibull-changelog lint

step-docs:
	$(STEP) antsibull-docs lint-collection-docs --plugin-docs .

step-ansible-lint:
	$(STEP) ansible-lint --offline --profile production

# It has a HOME of its own, and reads the caller's settings of pip.
step-ansible-test-sanity:
	$(STEP) env HOME="$(HOME)" python scripts/sanity.py

step-molecule:
	$(STEP) python -m molecule test --all

step-build:
	$(STEP) python scripts/build.py

step-schema:
	$(STEP) python scripts/schema.py

step-report-schema:
	$(STEP) python scripts/report_schema.py
