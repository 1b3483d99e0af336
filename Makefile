# Two commands for a fresh machine: `make demo` audits a simulated fabric, `make test` tests the suite.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: demo test lint types record lock clean

$(VENV)/installed: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# Findings are what an audit is for: the demo has done its job when the report was written, so it ends 0.
demo: $(VENV)/installed
	$(PY) -m pytest --hosts=demo --report-only

test: $(VENV)/installed
	$(PY) -m pytest -c tests_tool/pytest.ini --rootdir=. tests_tool

lint: $(VENV)/installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/installed
	$(PY) -m mypy

# Needs PowerShell (pwsh) on PATH: runs the real collectors on every world and keeps what they printed.
record: $(VENV)/installed
	$(PY) -m lab.record

# Needs uv: resolves pyproject.toml again for every platform.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --extra dev --extra keyring \
	  --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) reports/20* reports/latest
