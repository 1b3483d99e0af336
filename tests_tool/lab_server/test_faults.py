"""Each fault a host can be told to show, and what a client sees of it."""

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from uuid import uuid4
from xml.etree.ElementTree import ParseError

import pytest
import requests
from winrm.exceptions import WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from lab.server import (
    AccessDenied,
    CertificateKind,
    ChangeBody,
    CloseAfter,
    CutBody,
    Delay,
    FaultEnvelope,
    Faults,
    HttpStatus,
    InvalidXml,
    LabServer,
    Reset,
    Rule,
    Silence,
    known_faults,
)
from tests_tool.lab_server.conftest import Serve
from tests_tool.lab_server.support import pywinrm, run

BUSY = FaultEnvelope(170, "w:InternalError", "The requested resource is in use. ", provider=True)
NO_RIGHTS = FaultEnvelope(2147942405, "w:InternalError", "Access is denied. ", provider=True)


@dataclass
class Raises:
    """The client's exception, and what it tells."""

    kind: type[Exception]
    tells: dict[str, object] | None = None


FINE = None
FAULTS = {
    "shells used up": (
        Rule("Create", None, known_faults.too_many_shells(30)),
        Raises(WSManFaultError, {"wsman_fault_code": 2150859173, "wmierror_code": 0x803381A5}),
    ),
    "operations used up": (
        Rule("Command", None, known_faults.too_many_operations(1500)),
        Raises(WSManFaultError, {"wsman_fault_code": 2150859174, "wmierror_code": 0x803381A6}),
    ),
    "too many users": (
        Rule("Create", None, known_faults.too_many_users()),
        Raises(WSManFaultError, {"wsman_fault_code": 2150859179}),
    ),
    "access denied": (
        Rule("Create", None, AccessDenied()),
        Raises(WSManFaultError, {"wsman_fault_code": 5, "fault_subcode": "w:AccessDenied", "wmierror_code": None}),
    ),
    "access denied by the plug-in": (
        Rule("Create", None, NO_RIGHTS),
        Raises(WSManFaultError, {"wsman_fault_code": 2147942405, "fault_code": "s:Receiver"}),
    ),
    "shell lost": (
        Rule("Receive", None, known_faults.shell_not_found("0F")),
        Raises(WSManFaultError, {"wsman_fault_code": 2150858843, "fault_code": "s:Sender"}),
    ),
    "busy in Send": (Rule("Send", 1, BUSY), Raises(WSManFaultError, {"wsman_fault_code": 170})),
    "time-out in Send": (Rule("Send", 1, known_faults.TIMED_OUT), Raises(WinRMOperationTimeoutError)),
    "time-out in Receive, once": (Rule("Receive", 1, known_faults.TIMED_OUT), FINE),
    "fault before any log-on": (Rule(None, 1, AccessDenied()), Raises(WSManFaultError, {"wsman_fault_code": 5})),
    "500 without a body": (Rule("Create", 1, HttpStatus(500)), Raises(WinRMTransportError, {"code": 500})),
    "500 with html": (
        Rule("Create", 1, HttpStatus(500, b"<html>sorry</html>")),
        Raises(WinRMTransportError, {"code": 500, "response_text": "<html>sorry</html>"}),
    ),
    "503 at the first request": (Rule(None, 1, HttpStatus(503)), Raises(WinRMTransportError, {"code": 503})),
    "a status of its own": (Rule("Create", 1, HttpStatus(499)), Raises(WinRMTransportError, {"code": 499})),
    "413": (Rule("Send", 1, HttpStatus(413)), Raises(WinRMTransportError, {"code": 413})),
    "reset in Receive": (Rule("Receive", 1, Reset()), Raises(requests.ConnectionError)),
    "reset instead of an answer": (Rule("Create", 1, Reset(after_work=True)), Raises(requests.ConnectionError)),
    "closed in between": (Rule("Command", 1, CloseAfter()), Raises(WinRMTransportError, {"code": 400})),
    "body cut": (Rule("Receive", 1, CutBody()), Raises(requests.exceptions.ChunkedEncodingError)),
    "invalid XML": (Rule("Create", 1, InvalidXml()), Raises(ParseError)),
    "empty answer": (Rule("Create", 1, InvalidXml("")), Raises(ParseError)),
    "another request's answer": (
        Rule("Delete", 1, ChangeBody(lambda text: re.sub("RelatesTo>uuid:[^<]*", f"RelatesTo>uuid:{uuid4()}", text))),
        Raises(AssertionError),
    ),
    "delay": (Rule("Receive", None, Delay(0.001)), FINE),
    "rule for a later time": (Rule("Create", 2, AccessDenied()), FINE),
    "rule for an operation that never comes": (Rule("Signal", None, AccessDenied()), FINE),
}


@pytest.mark.parametrize(("rule", "outcome"), FAULTS.values(), ids=FAULTS.keys())
def test_fault(serve: Serve, rule: Rule, outcome: Raises | None) -> None:
    lab = serve(faults=Faults([rule]))
    with pywinrm(lab) as protocol:
        expected: AbstractContextManager[object] = pytest.raises(outcome.kind) if outcome else nullcontext()
        with expected as caught:
            shell = protocol.open_shell()
            command = protocol.run_command(shell, "cat")
            protocol.send_command_input(shell, command, b"hello", end=True)
            assert protocol.get_command_output(shell, command) == (b"hello", b"", 0)
            protocol.close_shell(shell, close_session=False)
    if outcome:
        assert isinstance(caught, pytest.ExceptionInfo)
        told = {name: getattr(caught.value, name) for name in outcome.tells or {}}
        assert told == (outcome.tells or {})


def test_silence(serve: Serve) -> None:
    lab = serve(faults=Faults([Rule("Receive", 1, Silence())]))
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "echo hello")
        protocol.transport.read_timeout_sec = 0.05  # type: ignore[assignment] # requests takes fractions
        with pytest.raises(requests.ReadTimeout):
            protocol.get_command_output_raw(shell, command)


def test_a_fault_keeps_its_sealed_connection(serve: Serve) -> None:
    lab = serve(faults=Faults([Rule("Create", 1, AccessDenied()), Rule("Create", 2, HttpStatus(503))]))
    with pywinrm(lab) as protocol:
        with pytest.raises(WSManFaultError):
            protocol.open_shell()
        with pytest.raises(WinRMTransportError):
            protocol.open_shell()
        assert run(protocol, "echo hello")[2] == 0
    assert lab.counters("hv01").authentications == 1


def test_over_https_a_closed_connection_costs_a_log_on_and_nothing_else(serve: Serve) -> None:
    lab = serve(https=True, faults=Faults([Rule("Command", 1, CloseAfter())]))
    with pywinrm(lab, https=True) as protocol:
        assert run(protocol, "echo hello") == (b"hello\r\n", b"", 0)
    assert lab.counters("hv01").authentications == 2
    assert lab.counters("hv01").tcp == 4


def test_after_a_reset_the_same_command_goes_on(serve: Serve) -> None:
    lab = serve(faults=Faults([Rule("Receive", 1, Reset())]))
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "echo hello")
        with pytest.raises(requests.ConnectionError):
            protocol.get_command_output(shell, command)
    with pywinrm(lab) as protocol:
        assert protocol.get_command_output(shell, command) == (b"hello\r\n", b"", 0)
        protocol.close_shell(shell, close_session=False)
    assert lab.counters("hv01").shells_now == 0


def test_a_lost_answer_leaves_a_shell_behind(serve: Serve) -> None:
    lab = serve(faults=Faults([Rule("Create", 1, Reset(after_work=True))]))
    with pywinrm(lab) as protocol, pytest.raises(requests.ConnectionError):
        protocol.open_shell()
    assert lab.counters("hv01").shells_now == 1


def test_output_can_be_lost_without_a_trace(serve: Serve) -> None:
    cut = ChangeBody(lambda text: re.sub('<rsp:Stream Name="stdout".*?</rsp:Stream>', "", text))
    lab = serve(faults=Faults([Rule("Receive", None, cut)]))
    with pywinrm(lab) as protocol:
        assert run(protocol, "echo hello") == (b"", b"", 0)


def test_rules_can_be_added_while_a_host_runs(serve: Serve) -> None:
    faults = Faults()
    lab = serve(faults=faults)
    with pywinrm(lab) as protocol:
        protocol.open_shell()
        faults.rules.append(Rule("Create", 2, AccessDenied()))
        with pytest.raises(WSManFaultError):
            protocol.open_shell()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (CertificateKind.WRONG_NAME, "IP address mismatch"),
        (CertificateKind.EXPIRED, "certificate has expired"),
        (CertificateKind.SELF_SIGNED, "self-signed certificate"),
        (CertificateKind.UNKNOWN_CA, "unable to get local issuer certificate"),
    ],
)
def test_certificate(serve: Serve, kind: CertificateKind, text: str) -> None:
    lab = serve(https=True, certificate=kind)
    with pywinrm(lab, https=True) as protocol, pytest.raises(requests.exceptions.SSLError, match=text):
        protocol.open_shell()
    assert lab.counters("hv01").http == 0


def test_a_host_can_refuse_connections(serve: Serve) -> None:
    lab = serve(refuse=True)
    with pywinrm(lab) as protocol, pytest.raises(requests.ConnectionError, match="refused"):
        protocol.open_shell()
    assert lab.counters("hv01").tcp == 0


def test_a_client_that_gave_up_on_a_receive_finds_the_output_later(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "cat")
        protocol.transport.read_timeout_sec = 0.05  # type: ignore[assignment] # requests takes fractions
        with pytest.raises(requests.ReadTimeout):
            protocol.get_command_output_raw(shell, command)
    with pywinrm(lab) as protocol:
        protocol.send_command_input(shell, command, b"late", end=True)
        assert protocol.get_command_output(shell, command) == (b"late", b"", 0)


def test_latency_changes_nothing_else(serve: Serve) -> None:
    lab = serve(latency=0.001)
    with pywinrm(lab) as protocol:
        assert run(protocol, "echo hello") == (b"hello\r\n", b"", 0)
