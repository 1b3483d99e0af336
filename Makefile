# Two commands for a fresh machine: `make demo` audits a simulated fabric, `make test` tests the suite itself.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: demo test lint types record schemas lock clean

$(VENV)/installed: requirements.lock
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed: make PYTHON=python3.11 ...')"
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

# Findings are what an audit is for: the demo has done its work when the report is written, so it ends 0.
demo: $(VENV)/installed
	$(PY) -m pytest --hosts=demo --report-only

test: $(VENV)/installed
	$(PY) -m pytest tests_tool -n auto

lint: $(VENV)/installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/installed
	$(PY) -m mypy

# Needs PowerShell (pwsh) on PATH: runs the real collectors on every world of the lab and keeps what they printed.
record: $(VENV)/installed
	$(PY) -m lab.record

schemas: $(VENV)/installed
	$(PY) -m hyperv_audit.report.schema
	$(PY) -m hyperv_audit.collect.schema
	$(PY) -m hyperv_audit.inventory inventory

# Needs uv: resolves pyproject.toml anew, for every platform.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --extra dev --extra keyring \
	  --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) reports/2* reports/latest reports/latest.txt
