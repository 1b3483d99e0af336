"""Runs that several tests read, each made once; runs that are made ahead; and `audit`, for those of a test's own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests_tool.audit.running import CANARY, PASSWORD, Ran, run
from tests_tool.report.conftest import browser, visit

__all__ = ["browser", "visit"]  # fixtures, found here by their names

Audit = Callable[..., Ran]
Ahead = dict[tuple[str, ...], Future[Ran]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "audited(*arguments): the arguments of the run that the fixture `ran` is")


@pytest.fixture(scope="session")
def ahead(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ahead]:
    """The runs of all tests marked `audited`, one after another beside the tests: most of a run is starting Python."""
    marked = (item.get_closest_marker("audited") for item in request.session.items)
    wanted = dict.fromkeys(marker.args for marker in marked if marker)
    with ThreadPoolExecutor(1) as pool:
        yield {arguments: pool.submit(run, tmp_path_factory.mktemp("ahead"), *arguments) for arguments in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def ran(request: pytest.FixtureRequest, ahead: Ahead) -> Ran:
    """The run that the test's mark describes."""
    marker = request.node.get_closest_marker("audited")
    assert marker
    return ahead[marker.args].result()


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Runs the audit with the given arguments; its reports lie in a folder of the test's own."""

    def audit(*arguments: str, **options: object) -> Ran:
        return run(tmp_path / "run", *arguments, **options)  # type: ignore[arg-type] # keywords of `run`

    return audit


@pytest.fixture(scope="session")
def demo(ahead: Ahead, tmp_path_factory: pytest.TempPathFactory) -> Ran:  # noqa: ARG001 - the others begin meanwhile
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
