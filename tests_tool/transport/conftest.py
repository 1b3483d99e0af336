"""A lab with one host for each test that wants one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lab.server import LabHost, LabServer
from tests_tool.lab_server.support import AUDITOR, Programs

Serve = Callable[..., LabServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts hv01, described by LabHost's keywords."""
    with ExitStack() as labs:

        def start(**host: object) -> LabServer:
            # With this seed the first command's end comes with the last of its output: one Receive brings both.
            described = {"name": "hv01", "seed": 1, "handler": Programs(), "accounts": (AUDITOR,), **host}
            return labs.enter_context(LabServer([LabHost(**described)]))  # type: ignore[arg-type] # keywords of any type

        yield start


@pytest.fixture
def lab(serve: Serve) -> LabServer:
    return serve()
