"""What the tests of this room share."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an inventory file; the text may be indented as the test is."""

    def inventory_file(text: str) -> Path:
        path = tmp_path / "inventory.yaml"
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return inventory_file
