"""The small world's report, and the browser that opens it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from hyperv_audit.report.html import write_html
from tests_tool.report.browsing import Open, Visit, open_file
from tests_tool.report.world import World, small_world

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module only: while it runs, no other event loop can run in this thread."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium on PATH")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=_QUIET)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def visit(path: Path, fragment: str = "", **context: Any) -> Visit:
        opened, seen = open_file(browser, path, fragment, **context)
        contexts.append(opened)
        return seen

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def world() -> World:
    return small_world()


@pytest.fixture(scope="session")
def report(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the small world."""
    folder = tmp_path_factory.mktemp("run")
    write_html(world.write(folder / "results.jsonl"), folder / "report.html")
    return folder / "report.html"
