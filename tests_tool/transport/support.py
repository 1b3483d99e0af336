"""What these tests share: a target on the lab, and the one account that may log on there."""

from dataclasses import replace

from hyperv_audit.inventory import CredentialReference, Limits, Scheme, Secret, SecretSource, Target
from hyperv_audit.transport import Kind, Output, Stage, TransportError, WinrsShell
from lab.server import LabServer
from tests_tool.lab_server.support import AUDITOR

SECRET = Secret(AUDITOR.password)
HASTY = Limits(connect=5.0, operation=1, deadline=1.0)

Failure = tuple[Kind, Stage]


def target(lab: LabServer, *, https: bool = False, limits: Limits | None = None, **changes: object) -> Target:
    """Host hv01 of `lab`; over https with the lab's own authority."""
    plain = Target(
        name="hv01",
        address="127.0.0.1",
        port=lab.port("hv01"),
        scheme=Scheme.HTTPS if https else Scheme.HTTP,
        credential=CredentialReference(AUDITOR.username, SecretSource.ENVIRONMENT, "UNUSED"),
        ca_file=lab.ca_file if https else None,
        limits=limits or Limits(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # fields of any type


def run(where: Target, command: str = "cat", stdin: bytes | None = b"hello", *, secret: Secret = SECRET) -> Output:
    """One shell, one command."""
    with WinrsShell(where, secret) as shell:
        return shell.run(command, stdin=stdin)


def failure_of(error: TransportError) -> Failure:
    """What a table compares."""
    return error.kind, error.stage
