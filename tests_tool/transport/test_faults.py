"""Each way in which a host can fail: what the caller is told, what is asked again, and what stays on the host."""

import re
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from hyperv_audit.inventory import Limits
from hyperv_audit.transport import Kind, Stage, TransportError
from lab.server import (
    AccessDenied,
    ChangeBody,
    CloseAfter,
    CutBody,
    FaultEnvelope,
    Faults,
    HttpStatus,
    InvalidXml,
    Reset,
    Rule,
    ServiceLimits,
    Silence,
    known_faults,
)
from lab.server.faults import Action
from tests_tool.transport.conftest import Serve
from tests_tool.transport.support import HASTY, Failure, failure_of, run, target

ALWAYS = None
NO_RIGHTS = FaultEnvelope(2147942405, "w:InternalError", "Access is denied. ", provider=True)
DENIED_WITHOUT_CODE = FaultEnvelope(0, "w:AccessDenied", "Zugriff verweigert ")
BUSY = FaultEnvelope(170, "w:InternalError", "The requested resource is in use. ", provider=True)
PROVIDER_TIMEOUT = FaultEnvelope(1460, "w:InternalError", "This operation returned because the timeout expired. ")
OF_THE_PLUGIN = FaultEnvelope(2150859240, "w:QuotaLimit", "The maximum number of shells of this plug-in is reached. ")
ONLY_WMI = FaultEnvelope(0, "w:QuotaLimit", "Too many operations. ", wmi_code=0x803381A6)
LOST = known_faults.shell_not_found("0F")
HTML = HttpStatus(500, b"<html>sorry</html>")


def without(pattern: str) -> ChangeBody:
    return ChangeBody(lambda text: re.sub(pattern, "", text))


@dataclass
class Case:
    """A fault, the failure that it ends in (None: the output arrives), and how often its operation is asked for."""

    operation: str
    nth: int | None
    action: Action
    ends_in: Failure | None
    asked: int = 1
    left: int = 0  # shells on the host
    whole: bool = field(default=True, kw_only=True)


FINE = None
CASES = {
    # A fault by its number. None is repeated here: whether the whole host is asked again is the gathering's to say.
    "shells used up": Case("Create", ALWAYS, known_faults.too_many_shells(30), (Kind.QUOTA, Stage.CREATE)),
    "users used up": Case("Create", ALWAYS, known_faults.too_many_users(), (Kind.QUOTA, Stage.CREATE)),
    "quota of the plug-in": Case("Create", ALWAYS, OF_THE_PLUGIN, (Kind.QUOTA, Stage.CREATE)),
    "operations used up": Case("Command", ALWAYS, known_faults.too_many_operations(15), (Kind.QUOTA, Stage.COMMAND)),
    "a quota that only WMI names": Case("Command", ALWAYS, ONLY_WMI, (Kind.QUOTA, Stage.COMMAND)),
    "busy": Case("Send", 1, BUSY, (Kind.QUOTA, Stage.SEND)),
    "access denied": Case("Create", ALWAYS, AccessDenied(), (Kind.ACCESS, Stage.CREATE)),
    "access denied by the plug-in": Case("Create", ALWAYS, NO_RIGHTS, (Kind.ACCESS, Stage.CREATE)),
    "access denied by its word": Case("Create", ALWAYS, DENIED_WITHOUT_CODE, (Kind.ACCESS, Stage.CREATE)),
    "access denied later": Case("Command", ALWAYS, AccessDenied(), (Kind.ACCESS, Stage.COMMAND)),
    "shell lost before Command": Case("Command", 1, LOST, (Kind.CONNECTION, Stage.COMMAND)),
    "shell lost before Send": Case("Send", 1, LOST, (Kind.CONNECTION, Stage.SEND)),
    "shell lost before Receive": Case("Receive", 1, LOST, (Kind.CONNECTION, Stage.RECEIVE)),
    "command lost": Case("Receive", 1, known_faults.COMMAND_NOT_FOUND, (Kind.CONNECTION, Stage.RECEIVE)),
    "provider's time-out": Case("Send", 1, PROVIDER_TIMEOUT, (Kind.TIMEOUT, Stage.SEND)),
    "invalid parameter": Case("Command", 1, known_faults.INVALID_PARAMETER, (Kind.PROTOCOL, Stage.COMMAND)),
    "invalid action": Case("Create", 1, known_faults.ACTION_NOT_SUPPORTED, (Kind.PROTOCOL, Stage.CREATE)),
    "unknown resource": Case("Create", 1, known_faults.RESOURCE_NOT_FOUND, (Kind.PROTOCOL, Stage.CREATE)),
    "invalid header": Case("Create", 1, known_faults.invalid_timeout("PT"), (Kind.PROTOCOL, Stage.CREATE)),
    "program not found": Case("Command", 1, known_faults.PROGRAM_NOT_FOUND, (Kind.PROTOCOL, Stage.COMMAND)),
    "pipe closed": Case("Send", 1, known_faults.PIPE_CLOSED, (Kind.PROTOCOL, Stage.SEND)),
    "aborted": Case("Receive", 1, known_faults.ABORTED, (Kind.PROTOCOL, Stage.RECEIVE)),
    # OperationTimeout: in Receive it says "nothing yet"; elsewhere nobody knows what was done.
    "time-out of Create": Case("Create", 1, known_faults.TIMED_OUT, (Kind.TIMEOUT, Stage.CREATE)),
    "time-out of Command": Case("Command", 1, known_faults.TIMED_OUT, (Kind.TIMEOUT, Stage.COMMAND)),
    "time-out of Send": Case("Send", 1, known_faults.TIMED_OUT, (Kind.TIMEOUT, Stage.SEND)),
    "time-out of Receive": Case("Receive", 1, known_faults.TIMED_OUT, FINE, 2),
    "time-out of Delete": Case("Delete", 1, known_faults.TIMED_OUT, FINE, 1, 1),
    # A bare status.
    "401 in between": Case("Command", 1, HttpStatus(401), (Kind.AUTHENTICATION, Stage.COMMAND)),
    "413": Case("Send", 1, HttpStatus(413), (Kind.PROTOCOL, Stage.SEND)),
    "503": Case("Create", 1, HttpStatus(503), (Kind.QUOTA, Stage.CREATE)),
    "500 without a body": Case("Create", 1, HttpStatus(500), (Kind.PROTOCOL, Stage.CREATE)),
    "500 with html": Case("Command", 1, HTML, (Kind.PROTOCOL, Stage.COMMAND)),
    "302 to nowhere": Case("Create", 1, HttpStatus(302), (Kind.PROTOCOL, Stage.CREATE)),
    # 400: the host never read it, so anything may be sent again.
    "400 at Create": Case("Create", 1, HttpStatus(400), FINE, 2),
    "400 at Command": Case("Command", 1, HttpStatus(400), FINE, 2),
    "400 at Send": Case("Send", 1, HttpStatus(400), FINE, 2),
    "400 at Receive": Case("Receive", 1, HttpStatus(400), FINE, 2),
    "400 at Delete": Case("Delete", 1, HttpStatus(400), FINE, 2),
    "400 for ever": Case("Command", ALWAYS, HttpStatus(400), (Kind.CONNECTION, Stage.COMMAND), 3),
    "closed after Create": Case("Create", 1, CloseAfter(), FINE),
    "closed after Command": Case("Command", 1, CloseAfter(), FINE),
    "closed after Send": Case("Send", 1, CloseAfter(), FINE),
    "closed after Receive": Case("Receive", 1, CloseAfter(), FINE),
    "closed after Delete": Case("Delete", 1, CloseAfter(), FINE),
    # A reset: what was asked may have been done.
    "reset at Create": Case("Create", 1, Reset(), FINE, 2),
    "reset at Create, for ever": Case("Create", ALWAYS, Reset(), (Kind.CONNECTION, Stage.CREATE), 3),
    "reset instead of Create's answer": Case("Create", 1, Reset(after_work=True), FINE, 2, 1),
    "reset at Command": Case("Command", 1, Reset(), (Kind.CONNECTION, Stage.COMMAND)),
    "reset instead of Command's answer": Case("Command", 1, Reset(after_work=True), (Kind.CONNECTION, Stage.COMMAND)),
    "reset at Send": Case("Send", 1, Reset(), (Kind.CONNECTION, Stage.SEND)),
    "reset instead of Send's answer": Case("Send", 1, Reset(after_work=True), (Kind.CONNECTION, Stage.SEND)),
    "reset at Receive": Case("Receive", 1, Reset(), FINE, 2, whole=False),
    "reset at Receive, for ever": Case("Receive", ALWAYS, Reset(), (Kind.CONNECTION, Stage.RECEIVE), 3),
    "reset at Delete": Case("Delete", 1, Reset(), FINE, 2),
    "reset at Delete, for ever": Case("Delete", ALWAYS, Reset(), FINE, 2, 1),
    "reset instead of Delete's answer": Case("Delete", 1, Reset(after_work=True), FINE, 2),
    # An answer that is none.
    "Create's answer cut": Case("Create", 1, CutBody(), FINE, 2, 1),
    "Command's answer cut": Case("Command", 1, CutBody(), (Kind.CONNECTION, Stage.COMMAND)),
    "Send's answer cut": Case("Send", 1, CutBody(), (Kind.CONNECTION, Stage.SEND)),
    "Delete's answer cut": Case("Delete", 1, CutBody(), FINE, 2),
    "Create's answer no XML": Case("Create", 1, InvalidXml(), (Kind.PROTOCOL, Stage.CREATE), 1, 1),
    "Command's answer no XML": Case("Command", 1, InvalidXml(), (Kind.PROTOCOL, Stage.COMMAND)),
    "Receive's answer no XML": Case("Receive", 1, InvalidXml(), (Kind.PROTOCOL, Stage.RECEIVE)),
    "Delete's answer no XML": Case("Delete", 1, InvalidXml(), FINE),
    "an empty answer": Case("Receive", 1, InvalidXml(""), (Kind.PROTOCOL, Stage.RECEIVE)),
    "no exit code": Case(
        "Receive", ALWAYS, without("<rsp:ExitCode>.*?</rsp:ExitCode>"), (Kind.PROTOCOL, Stage.RECEIVE)
    ),
    "no command id": Case("Command", 1, without("<rsp:CommandId>.*?</rsp:CommandId>"), (Kind.PROTOCOL, Stage.COMMAND)),
    "another request's answer": Case(
        "Delete", 1, ChangeBody(lambda text: re.sub("RelatesTo>uuid:[^<]*", f"RelatesTo>uuid:{uuid4()}", text)), FINE
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_fault(serve: Serve, case: Case) -> None:
    lab = serve(faults=Faults([Rule(case.operation, case.nth, case.action)]))
    if case.ends_in is None:
        output = run(target(lab))
        assert (output.stdout, output.exit_code, output.whole) == (b"hello", 0, case.whole)
    else:
        with pytest.raises(TransportError) as caught:
            run(target(lab))
        assert failure_of(caught.value) == case.ends_in
    counted = lab.counters("hv01")
    assert counted.operations[case.operation] == case.asked
    assert counted.shells_now == case.left


@pytest.mark.parametrize("action", [Reset(after_work=True), CutBody()], ids=["reset", "cut"])
def test_output_that_was_lost_on_the_way_is_not_whole(serve: Serve, action: Action) -> None:
    lab = serve(faults=Faults([Rule("Receive", 1, action)]))
    output = run(target(lab), "big 400000", None)
    assert len(output.stdout) < 400_000
    assert not output.whole
    assert lab.counters("hv01").shells_now == 0


@pytest.mark.parametrize("operation", ["Create", "Command", "Send", "Receive"])
def test_over_https_a_closed_connection_is_not_even_noticed(serve: Serve, operation: str) -> None:
    lab = serve(https=True, faults=Faults([Rule(operation, 1, CloseAfter())]))
    output = run(target(lab, https=True))
    assert (output.stdout, output.whole) == (b"hello", True)
    counted = lab.counters("hv01")
    assert (counted.operations[operation], counted.authentications, counted.shells_now) == (1, 2, 0)


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_log_on_that_breaks_off_is_taken_up_again(serve: Serve, nth: int) -> None:
    lab = serve(faults=Faults([Rule(None, nth, Reset())]))
    assert run(target(lab)).stdout == b"hello"
    assert lab.counters("hv01").shells_now == 0


def test_a_service_that_is_not_available_at_all(serve: Serve) -> None:
    lab = serve(faults=Faults([Rule(None, ALWAYS, HttpStatus(503))]))
    with pytest.raises(TransportError, match="HTTP 503") as caught:
        run(target(lab))
    assert failure_of(caught.value) == (Kind.QUOTA, Stage.CREATE)
    assert lab.counters("hv01").http == 1


REAL_LIMITS = {
    "no shell left": (ServiceLimits(max_shells_per_user=0), (Kind.QUOTA, Stage.CREATE)),
    "no room for another user": (ServiceLimits(max_users=0), (Kind.QUOTA, Stage.CREATE)),
    "no operation left": (ServiceLimits(max_operations_per_user=0), (Kind.QUOTA, Stage.COMMAND)),
    "an envelope below the smallest": (ServiceLimits(max_envelope_kb=1), (Kind.PROTOCOL, Stage.CREATE)),
}


@pytest.mark.parametrize(("limits", "failure"), REAL_LIMITS.values(), ids=REAL_LIMITS.keys())
def test_limit_of_the_service(serve: Serve, limits: ServiceLimits, failure: Failure) -> None:
    lab = serve(limits=limits)
    with pytest.raises(TransportError) as caught:
        run(target(lab))
    assert failure_of(caught.value) == failure
    assert lab.counters("hv01").shells_now == 0


def test_an_operation_timeout_is_outlasted(serve: Serve) -> None:
    lab = serve(faults=Faults([Rule("Receive", nth, known_faults.TIMED_OUT) for nth in range(1, 10)]))
    assert run(target(lab)).stdout == b"hello"
    assert lab.counters("hv01").operations["Receive"] == 10


@pytest.mark.parametrize(
    ("operation", "stage"),
    [(None, Stage.CREATE), ("Create", Stage.CREATE), ("Command", Stage.COMMAND), ("Receive", Stage.RECEIVE)],
)
def test_silence_ends_at_the_deadline(serve: Serve, operation: str | None, stage: Stage) -> None:
    lab = serve(faults=Faults([Rule(operation, ALWAYS, Silence())]))
    with pytest.raises(TransportError, match="the host took more than 1 s") as caught:
        run(target(lab, limits=HASTY))
    assert failure_of(caught.value) == (Kind.DEADLINE, stage)
    assert lab.counters("hv01").shells_now == 0


def test_a_command_without_end_ends_at_the_deadline(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(max_timeout_ms=50))
    with pytest.raises(TransportError, match=r"limits\.deadline") as caught:
        run(target(lab, limits=HASTY), "hang", None)
    assert failure_of(caught.value) == (Kind.DEADLINE, Stage.RECEIVE)
    counted = lab.counters("hv01")
    assert counted.operations["Receive"] > 1
    assert counted.shells_now == 0


def test_after_the_deadline_nothing_is_asked(serve: Serve) -> None:
    lab = serve()
    with pytest.raises(TransportError) as caught:
        run(target(lab, limits=Limits(deadline=0.0)))
    assert failure_of(caught.value) == (Kind.DEADLINE, Stage.CREATE)
    assert lab.counters("hv01").tcp == 0
