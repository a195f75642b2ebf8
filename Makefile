# Everything stays in this folder: tools in .tools, Python in .venv, Node's parts in web/node_modules, data in var.
PORT ?= 8000
PACK ?= gaotai
PYTHON ?= python3

export UV_PYTHON_DOWNLOADS := never
export PYTHONUTF8 := 1

UV := .tools/bin/uv
PY := .venv/bin/python
ENVIRONMENT := .venv/gongzhi.stamp
MODULES := web/node_modules/gongzhi.stamp
BUILT := web/node_modules/built.stamp
MESSAGES := .venv/messages.stamp
WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null)
PO_FILES := $(shell find src -name '*.po' 2>/dev/null)

.DELETE_ON_ERROR:
.PHONY: help setup demo reset check test build bench

help: ## list these targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(ENVIRONMENT) $(BUILT) $(MESSAGES) ## build the environment and the pages' assets

demo: setup ## show everything with made-up people on http://127.0.0.1:8000 (PORT=, PACK=)
	@exec $(PY) -m gongzhi.project.cli demo --port $(PORT) --pack $(PACK)

reset: $(ENVIRONMENT) ## forget the demo's data; the next demo begins anew
	@$(PY) -m gongzhi.project.cli forget-demo

check: $(ENVIRONMENT) ## style, types, and who may import whom
	$(PY) -m ruff check --quiet .
	$(PY) -m ruff format --quiet --check .
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' --no-cache

test check: export GONGZHI_HOME = var/test
test: setup check ## everything: checks, Python, pages, field app, browser
	@sh tools/npm run lint
	@sh tools/npm run test
	@sh tools/chromium
	$(PY) -m pytest -n 2

build: setup ## make the wheel, in dist
	@rm -f dist/gongzhi-*.whl
	$(UV) build --quiet --wheel --no-build-isolation --python $(PY)

bench: setup ## measure speed and size (outside the tests; takes a while)
	@for each in bench/[a-z]*.py; do echo "== $$each"; $(PY) "$$each" || exit 1; done

$(UV): requirements-tools.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade \
		--target .tools --require-hashes -r requirements-tools.txt
	@touch $(UV)

$(ENVIRONMENT): $(UV) requirements-dev.txt pyproject.toml
	@test -x $(PY) || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(PY) --require-hashes requirements-dev.txt
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $(ENVIRONMENT)

$(MODULES): $(ENVIRONMENT) web/package-lock.json web/package.json
	sh tools/npm ci --loglevel=error --no-update-notifier --ignore-scripts
	@touch $(MODULES)

$(BUILT): $(MODULES) $(WEB_SOURCES)
	sh tools/npm run --silent build
	@touch $(BUILT)

$(MESSAGES): $(ENVIRONMENT) $(PO_FILES)
	$(PY) tools/translations.py
	@touch $(MESSAGES)
