# Yankao. `make help` lists everything.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
BIN := .venv/bin
# One process more than there are cores: some tests wait for processes of their own.
SIDE_BY_SIDE := -n $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))) --maxprocesses 4 --dist worksteal --durations=15

.PHONY: help run test check install install-dev assets format lint types contracts house lock messages bench spark scale chaos kills eval walls new-system clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with make PYTHON=python3.x"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing (Debian: apt install python3-venv)"; exit 1; }
	@touch $@

.venv/installed: .venv/made requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@echo "$(CURDIR)/src" > $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/yankao.pth
	@printf '#!%s\nimport sys\nfrom yankao.__main__ import main\nsys.exit(main())\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/yankao && chmod +x $(BIN)/yankao
	@touch $@

WORDS := src/yankao/locale/en/LC_MESSAGES/django.mo
$(WORDS): .venv/installed src/yankao/locale/en/LC_MESSAGES/django.po
	@$(BIN)/python -m tools.messages compile

.venv/installed-dev: .venv/installed requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.venv/installed-spark: .venv/installed-dev requirements-spark.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

build/assets/made: .venv/made frontend/package-lock.json frontend/build.mjs $(shell find frontend/src -type f 2>/dev/null) $(wildcard citypacks/*/city.toml)
	@bash frontend/build.sh $(BIN)
	@touch $@

# Compiled here, since the service may not write beside the program: it starts in half the time.
install: .venv/installed $(WORDS) build/assets/made ## Install into .venv and build the assets
	@$(BIN)/python -m compileall -q src
install-dev: .venv/installed-dev $(WORDS) build/assets/made ## Install also what tests and checks need
assets: build/assets/made ## Build styles, scripts, fonts and boundaries

run: install ## Start everything (PORT, HOST, YANKAO_HOME, DATABASE_URL are honoured)
	@YANKAO_DEMO=$${YANKAO_DEMO-1} YANKAO_DEMO_YEAR=$${YANKAO_DEMO_YEAR-108} exec $(BIN)/python -m yankao run --with-parent

test: install-dev ## Run the tests, side by side (ARGS chooses, else all)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

check: lint types contracts house ## Format, lint, types, contracts, and the house's own rules

format: install-dev ## Put the code in form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: install-dev
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: install-dev
	@$(BIN)/mypy

contracts: install-dev
	@$(BIN)/lint-imports

house: install-dev
	@$(BIN)/python -m pytest -q tests/house

KILLS ?= 200
chaos: install-dev ## Kill processes of a house at work, count what is lost (KILLS, SEED, WRITE=1)
	@$(BIN)/python -m tools.chaos --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(WRITE),--write)

kills: install-dev ## Kill closings of months at random, then look for half ones (KILLS, SEED, WRITE=1)
	@$(BIN)/python -m tools.closing_kills --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(WRITE),--write)

lock: ## Make the lock files anew (needs uv)
	@uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements.lock
	@uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-dev.lock
	@uv pip compile pyproject.toml --extra spark --constraint requirements.lock --universal --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-spark.lock

messages: install-dev ## Take new sentences into the English catalogue
	@$(BIN)/python -m tools.messages update

bench: install-dev ## Measure on 1,000,000 generated cases (SIZE=…, REUSE=1 keeps them, WRITE=1 into the docs)
	@PYTHONPATH=. $(BIN)/python -m tools.bench --size $(or $(SIZE),1000000) $(if $(REUSE),--reuse) $(if $(WRITE),--write)

spark: install-dev .venv/installed-spark ## Every figure's digits on PostgreSQL, DuckDB and Spark (minutes; needs Java 17)
	@$(BIN)/python -m pytest -m spark -q tests/test_three_engines.py $(ARGS)

scale: install-dev .venv/installed-spark ## What counting over 22 generated cities costs (ROWS=1000000, KEEP=1, ONLY=write,duckdb,spark)
	@PYTHONPATH=. $(BIN)/python -m tools.scale --rows $(or $(ROWS),1000000) --all-figures $(if $(KEEP),--keep) $(if $(ONLY),--only $(ONLY))

eval: install-dev ## How well questions are answered, on the real entries beside (YANKAO_SHARED; WRITE=1 into the docs)
	@$(BIN)/python -m tools.answers $(if $(WRITE),--write)

walls: install-dev ## Random steps against the walls between agencies (STEPS=20000, SEED=1, ONLY=29,118; PLANTS=1)
	@WALLS_STEPS=$(or $(STEPS),2000) WALLS_SEED=$(or $(SEED),1) WALLS_ONLY=$(ONLY) $(BIN)/python -m pytest -q -s $(if $(PLANTS),tests/walls/plants.py,tests/test_walls.py)

new-system: install-dev ## Skeleton of a system: make new-system NAME=department/system
	@$(BIN)/python -m tools.new_system $(NAME)

clean: ## Remove what was built (not YANKAO_HOME)
	@rm -rf build .venv frontend/node_modules
