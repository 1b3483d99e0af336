"""A lab for each test that wants one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lab.server import LabHost, LabServer
from tests_tool.lab_server.support import AUDITOR, OTHER, Programs

Serve = Callable[..., LabServer]


@pytest.fixture
def programs() -> Programs:
    return Programs()


@pytest.fixture
def serve(programs: Programs) -> Iterator[Serve]:
    """Starts one host, hv01, described by LabHost's keywords."""
    with ExitStack() as labs:

        def start(**host: object) -> LabServer:
            described = {"name": "hv01", "handler": programs, "accounts": (AUDITOR, OTHER), **host}
            return labs.enter_context(LabServer([LabHost(**described)]))  # type: ignore[arg-type] # keywords of any type

        yield start


@pytest.fixture
def lab(serve: Serve) -> LabServer:
    return serve()
