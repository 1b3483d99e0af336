"""No password leaves, however loud a run is told to be and whatever goes wrong in it."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from lab.fabric import Fabric
from tests_tool.audit.conftest import Audit
from tests_tool.audit.fabrics import VARIABLE, inventory
from tests_tool.audit.running import CANARY, Ran

LOUD = ("-vv", "--log-level=DEBUG", "-o", "log_cli=true", "--full-trace", "--showlocals", "--tb=long")


def traces(secret: str) -> list[bytes]:
    """The ways in which a secret shows: as text of either encoding, and in base64 wherever it may begin there."""
    texts = [secret.encode("utf-8"), secret.encode("utf-16-le"), secret.encode("utf-16-be")]
    return [*texts, quote(secret).encode(), *(_in_base64(text, shift) for text in texts for shift in range(3))]


def _in_base64(text: bytes, shift: int) -> bytes:
    """What base64 makes of `text` after `shift` other bytes, without the ends, which depend on its neighbours."""
    return base64.b64encode(bytes(shift) + text)[4 if shift else 0 :][: len(text) // 3 * 4 - 4]


def assert_keeps(secret: str, ran: Ran) -> None:
    files = [path for path in ran.reports.rglob("*") if path.is_file()]
    shown = {path.name: path.read_bytes() for path in files} | {"output": ran.output.encode("utf-8")}
    leaks = [f"{name}: {trace!r}" for name, content in shown.items() for trace in traces(secret) if trace in content]
    assert not leaks, "\n".join(leaks)


def test_traces_are_found_where_they_are() -> None:
    for around in (b"", b"x", b"xy"):
        for text in (CANARY.encode("utf-8"), CANARY.encode("utf-16-le")):
            encoded = base64.b64encode(around + text + around)
            assert any(trace in encoded for trace in traces(CANARY))


@pytest.mark.parametrize("way", ["demo", "parallel"])
def test_a_run_keeps_the_password_of_its_hosts(request: pytest.FixtureRequest, way: str) -> None:
    ran: Ran = request.getfixturevalue(way)
    assert_keeps(CANARY, ran)


def test_a_refused_log_on_keeps_the_password_that_was_refused(audit: Audit, tmp_path: Path) -> None:
    with Fabric({"hv-http": "desktop-2016", "hv-https": "core-2022"}, "not the password that is tried") as fabric:
        hosts = [(name, fabric.scheme(name), fabric.address(name)[1]) for name in ("hv-http", "hv-https")]
        listed = inventory(tmp_path / "inventory.yaml", hosts, fabric.ca_file)
        ran = audit("--hosts=all", f"--inventory={listed}", *LOUD, env={VARIABLE: CANARY})
    assert ran.code == 6, ran.output
    assert "authentication" in ran.output
    assert_keeps(CANARY, ran)
