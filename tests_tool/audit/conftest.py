"""Runs that several tests read, each made once; and `audit`, which makes one of a test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests_tool.audit.running import CANARY, PASSWORD, Ran, run

Audit = Callable[..., Ran]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Runs the audit with the given arguments; its reports lie in a folder of the test's own."""

    def audit(*arguments: str, **options: object) -> Ran:
        return run(tmp_path / "reports", *arguments, **options)  # type: ignore[arg-type] # keywords of `run`

    return audit


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The first thing that anybody tries."""
    return run(tmp_path_factory.mktemp("demo"), "--hosts=demo", env={PASSWORD: CANARY})


@pytest.fixture(scope="session")
def parallel(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same in two worker processes, as loud as can be."""
    loud = ("-vv", "--log-level=DEBUG", "-o", "log_cli=true")
    return run(tmp_path_factory.mktemp("parallel"), "--hosts=demo", "-n", "2", *loud, env={PASSWORD: CANARY})


@pytest.fixture(scope="session")
def judged_again(demo: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The evidence of the demo, judged with no lab."""
    return run(tmp_path_factory.mktemp("again"), f"--evidence={demo.evidence}")
