"""A fabric that belongs to a test, which sees its counters; and the inventory that an audit finds it by."""

from collections.abc import Iterable
from pathlib import Path

from lab.fabric import ACCOUNT
from lab.server import Counters

VARIABLE = "A_PASSWORD_OF_THE_FABRIC"


def inventory(path: Path, hosts: Iterable[tuple[str, str, int]], ca_file: Path) -> Path:
    """An inventory of hosts that listen on loopback: name, scheme and port."""
    described = "".join(
        f"  {name}: {{address: 127.0.0.1, scheme: {scheme}, port: {port}, ca_file: {ca_file}}}\n"
        for name, scheme, port in hosts
    )
    credential = f"defaults: {{credential: {{username: {ACCOUNT}, password_env: {VARIABLE}}}}}\n"
    path.write_text(f"{credential}hosts:\n{described}", encoding="utf-8")
    return path


def assert_left_nothing(counters: Counters) -> None:
    """No shell was left, and there was never more than one."""
    assert counters.shells_now == 0
    assert counters.shells_peak <= 1
    assert counters.operations.get("Create", 0) == counters.operations.get("Delete", 0)
