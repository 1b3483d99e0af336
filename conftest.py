"""Loads the plug-in. Its fixtures are imported here because a fixture of conftest.py beats testinfra's `host`."""

from hyperv_audit.fixtures import host, vm

pytest_plugins = ["hyperv_audit.plugin"]

__all__ = ["host", "vm"]
