"""The conftest of the run that `test_pytest_html` starts: a test for each line of a stream, with its verdict."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.report.pytest_html import PROPERTY, PytestHtmlLog
from hyperv_audit.report.results import Result, Verdict, read_results


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--budget", type=int, default=2000)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(PytestHtmlLog(budget=config.getoption("--budget")))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "result" in metafunc.fixturenames:
        results = list(read_results(Path("results.jsonl"))[1])
        # As ids the very names that must not be ids: the log has to hold without the caller's care.
        names = [each.subject.vm.name if each.subject.vm else each.subject.host for each in results]
        metafunc.parametrize("result", results, ids=names, indirect=True)


@pytest.fixture
def result(request: pytest.FixtureRequest) -> Result:
    result: Result = request.param
    if result.verdict is Verdict.ERROR:
        raise RuntimeError(result.reason)
    if result.verdict in {Verdict.REVIEW, Verdict.NOT_APPLICABLE}:
        pytest.skip(f"{result.verdict}: {result.reason}")
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if "result" in item.callspec.params:  # type: ignore[attr-defined]
        report.user_properties.append((PROPERTY, item.callspec.params["result"].model_dump_json()))  # type: ignore[attr-defined]
    return report
