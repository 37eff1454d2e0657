# chipflows: `make help` lists what can be made. GNU make 3.81 or newer.
#
# Files are made by make, tables by SQL: this file only knows folders. A stamp in .make/ says when a step last
# succeeded, so that a second run finds nothing to do and starts no Python.

PROFILE ?= live
PYTHON ?= python3

FOLDER := $(or $(CHIPFLOWS_CONFIG),config)
BIN := .venv/bin
CHIPFLOWS := $(BIN)/python -m chipflows
CONFIG := $(wildcard $(FOLDER)/*.csv $(FOLDER)/*.toml $(FOLDER)/profiles/*.toml)
ASKED := $(addprefix $(FOLDER)/,project.toml sources.toml economies.csv hs_codes.csv hs_links.csv) \
         $(wildcard $(FOLDER)/profiles/*.toml)
SQL := $(wildcard sql/*/*.sql)
CODE := $(wildcard src/chipflows/*.py)
SOURCES := $(wildcard src/chipflows/raw/*.py src/chipflows/sources/*.py)
DEMO := $(wildcard src/chipflows/demo/*.py) $(addprefix $(FOLDER)/,demo.toml published_facts.csv)
WAREHOUSE := $(wildcard src/chipflows/warehouse/*.py)
PAGES := $(wildcard notebooks/*.ipynb src/chipflows/analysis/*.py src/chipflows/figures/* src/chipflows/report/*.py \
         src/chipflows/report/templates/* src/chipflows/report/templates/*/*) docs/methods.md docs/data_dictionary.md

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: report demo pdf test lint validate torture supply bench lab refresh clean help environment

report: .make/$(PROFILE).pages  ## tables and pages of PROFILE (default live: downloads what is missing first)
	@if [ -f .make/$(PROFILE).incomplete ]; then cat .make/$(PROFILE).incomplete >&2; exit 3; fi
	@echo "reports/$(PROFILE)/index.html"

demo: .make/demo.pages  ## the whole product on synthetic data: offline, no key
	@echo "reports/demo/index.html"

.make/demo.raw: $(DEMO) $(ASKED) $(SOURCES) | .make/environment
	@$(CHIPFLOWS) --profile demo demo
	@touch $@

.make/%-demo.raw: $(DEMO) $(ASKED) $(SOURCES) | .make/environment
	@$(CHIPFLOWS) --profile $*-demo demo
	@touch $@

# Exit 3 means: incomplete, everything received is kept. The pages are made from what there is, the stamp is dated
# back so that the next run asks again, and `make` ends with the list of what is missing.
.make/%.raw: $(ASKED) | .make/environment
	@rm -f .make/$*.incomplete; \
	if [ ! -f $(FOLDER)/profiles/$*.toml ]; then touch $@; exit 0; fi; \
	$(CHIPFLOWS) --profile $* download; code=$$?; \
	if [ $$code -eq 0 ]; then touch $@; \
	elif [ $$code -eq 3 ]; then \
	  echo "incomplete: \`chipflows --profile $* plan\` lists what is missing; run make again to ask for it" > .make/$*.incomplete; \
	  touch -t 197001020000 $@; \
	else exit $$code; fi

.make/%.tables: .make/%.raw $(CONFIG) $(SQL) $(CODE) $(WAREHOUSE) | .make/environment
	@$(CHIPFLOWS) --profile $* build
	@touch $@

.make/%.pages: .make/%.tables $(PAGES) | .make/environment
	@$(CHIPFLOWS) --profile $* render
	@touch $@

environment: .make/environment  ## the Python environment in .venv, from requirements.lock

.make/environment: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "chipflows needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1). Name another one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python can't make environments here. On Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@test ! -L .venv || { \
	  echo ".venv is a link, and a new environment would empty the folder it points to: remove the link, or touch $@ to keep it" >&2; exit 2; }
	@mkdir -p .make
	@echo "installing the locked environment into .venv (about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

spark: .make/environment  ## Spark in .venv, for `chipflows build --engine spark` (needs Java 17)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-spark.lock

pdf: .make/$(PROFILE).pages  ## the pages of PROFILE as PDF, A4 and tagged (needs Chromium)
	@$(CHIPFLOWS) --profile $(PROFILE) pdf

test: .make/environment  ## every test; needs no network
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .make/environment  ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/mypy

validate: .make/environment  ## the estimators against planted truths, RUNS worlds each (default 500, ten minutes); writes docs/validation.md
	@$(BIN)/python -m validation

torture: .make/environment  ## breaks things on purpose, thousands of times, and counts what was lost; writes docs/reliability.md (20 minutes; SMOKE=1: one and a half, writes nothing)
	@$(BIN)/python -m torture

supply: .make/environment  ## licences of all packages (docs/licences.csv) and the bill of materials (build/)
	@$(BIN)/python -m supply

bench: .make/demo.pages  ## speed, as ratios measured in one run; writes docs/performance.md
	@$(BIN)/python -m bench

# The environment's own kernel comes before one of the same name that a person has installed elsewhere.
lab: .make/environment  ## JupyterLab on notebooks/explore.ipynb, with PROFILE's tables
	@CHIPFLOWS_PROFILE=$(PROFILE) JUPYTER_PREFER_ENV_PATH=1 JUPYTER_CONFIG_PATH=notebooks/.jupyter \
	  $(BIN)/python -m jupyterlab --notebook-dir notebooks notebooks/explore.ipynb

refresh: .make/environment  ## ask the sources what was published since, then tables and pages
	@$(CHIPFLOWS) --profile $(PROFILE) download --refresh; code=$$?; [ $$code -eq 0 ] || [ $$code -eq 3 ] || exit $$code; \
	touch .make/$(PROFILE).raw; $(MAKE) --no-print-directory report PROFILE=$(PROFILE) && exit $$code

clean:  ## delete tables and pages; what was downloaded stays
	rm -rf data/processed reports .make/*.tables .make/*.pages

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
