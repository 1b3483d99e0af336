"""What reading the checklist's own files asks for."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """The checklist's markers: its files are imported here too, to see what they read."""
    for name in ("recommendation(id)", "applicable(condition, why)"):
        config.addinivalue_line("markers", f"{name}: of the checklist")
