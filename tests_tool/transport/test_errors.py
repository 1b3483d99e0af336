"""Whatever the libraries below raise, the caller meets one class with a kind, a stage and a next step."""

import socket
import ssl
from xml.etree.ElementTree import ParseError

import pytest
import requests
from requests import exceptions as http
from spnego.exceptions import InvalidTokenError
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from winrm.exceptions import (
    AuthenticationError,
    BasicAuthDisabledError,
    InvalidCredentialsError,
    WinRMError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)

from hyperv_audit.transport import Kind, Stage, TransportError
from hyperv_audit.transport.errors import translate

WIRE = HTTPConnection("hv01")
REFUSED = NewConnectionError(WIRE, "Connection refused")
UNKNOWN = NameResolutionError("hv01", WIRE, socket.gaierror(-2, "Name or service not known"))


def fault(code: int | None = None, *, subcode: str = "", wmi: int | None = None) -> WSManFaultError:
    return WSManFaultError(500, "", "", " Grund. ", "s:Sender", subcode, code, wmi)


ERRORS: list[tuple[Exception, Kind]] = [
    (InvalidCredentialsError("rejected"), Kind.AUTHENTICATION),
    (WinRMOperationTimeoutError(), Kind.TIMEOUT),
    (WinRMTransportError("http", 400, ""), Kind.CONNECTION),
    (WinRMTransportError("http", 404, ""), Kind.PROTOCOL),
    (WinRMTransportError("http", 413, ""), Kind.PROTOCOL),
    (WinRMTransportError("http", 500, ""), Kind.PROTOCOL),
    (WinRMTransportError("http", 503, ""), Kind.QUOTA),
    (WinRMError("unsupported"), Kind.PROTOCOL),
    (AuthenticationError("refused"), Kind.AUTHENTICATION),
    (BasicAuthDisabledError("disabled"), Kind.AUTHENTICATION),
    (fault(5), Kind.ACCESS),
    (fault(0x80070005), Kind.ACCESS),
    (fault(subcode="w:AccessDenied"), Kind.ACCESS),
    (fault(170), Kind.QUOTA),
    *((fault(code), Kind.QUOTA) for code in (0x803381A5, 0x803381A6, 0x803381AB)),
    *((fault(code), Kind.QUOTA) for code in range(2150859236, 2150859242)),
    (fault(wmi=0x803381A6), Kind.QUOTA),
    (fault(2150858843), Kind.CONNECTION),
    (fault(1460), Kind.TIMEOUT),
    (fault(87), Kind.PROTOCOL),
    (fault(), Kind.PROTOCOL),
    (http.SSLError(ssl.SSLCertVerificationError(1, "self-signed certificate")), Kind.TLS),
    (http.ProxyError("no"), Kind.UNREACHABLE),
    (http.ConnectTimeout(), Kind.UNREACHABLE),
    (http.ReadTimeout(), Kind.TIMEOUT),
    (http.ChunkedEncodingError("cut"), Kind.CONNECTION),
    (http.ContentDecodingError("cut"), Kind.CONNECTION),
    (http.ConnectionError(REFUSED), Kind.UNREACHABLE),
    (http.ConnectionError(UNKNOWN), Kind.UNREACHABLE),
    (http.ConnectionError("aborted", ConnectionResetError(104, "Connection reset by peer")), Kind.CONNECTION),
    (http.InvalidURL("http://"), Kind.UNREACHABLE),
    (http.InvalidSchema("ftp"), Kind.UNREACHABLE),
    (http.TooManyRedirects(), Kind.PROTOCOL),
    (requests.RequestException("something else"), Kind.CONNECTION),
    (PermissionError("no challenge"), Kind.AUTHENTICATION),
    (ConnectionResetError(104, "Connection reset by peer"), Kind.CONNECTION),
    (socket.gaierror(-2, "Name or service not known"), Kind.CONNECTION),
    (ParseError("no element found"), Kind.PROTOCOL),
    (StopIteration(), Kind.PROTOCOL),
    (AssertionError(), Kind.PROTOCOL),
    (KeyError("content-type"), Kind.PROTOCOL),
    (ValueError("badly formed hexadecimal UUID string"), Kind.PROTOCOL),
    (UnicodeEncodeError("latin-1", "ł", 0, 1, "ordinal not in range"), Kind.PROTOCOL),
    (AttributeError("text"), Kind.PROTOCOL),
    (TypeError("int() argument"), Kind.PROTOCOL),
    (InvalidTokenError(context_msg="not NTLM"), Kind.PROTOCOL),
    (RuntimeError("anything else"), Kind.PROTOCOL),
]


@pytest.mark.parametrize(
    ("error", "kind"), ERRORS, ids=[f"{number}-{type(error).__name__}" for number, (error, _) in enumerate(ERRORS)]
)
def test_every_error_has_a_kind_a_stage_and_a_next_step(error: Exception, kind: Kind) -> None:
    translated = translate(error, Stage.SEND)
    stage = Stage.CONNECT if kind is Kind.UNREACHABLE else Stage.SEND
    assert (translated.kind, translated.stage) == (kind, stage)
    assert str(translated) == f"{kind} at {stage}: {translated.what}\n  next step: {translated.next_step}"
    assert translated.what
    assert translated.next_step


def test_our_own_error_stays_what_it_is() -> None:
    error = TransportError(Kind.DEADLINE, Stage.CREATE, "late", "Wait.")
    assert translate(error, Stage.SEND) is error


WORDS: list[tuple[Exception, str]] = [
    (fault(5), "Grund. (WS-Management fault 5)"),
    (fault(5, wmi=7), "Grund. (WS-Management fault 5, 7)"),
    (fault(), "Grund. (WS-Management fault without code)"),
    (
        http.ConnectionError("aborted", ConnectionResetError(104, "Connection reset by peer")),
        "Connection reset by peer",
    ),
    (http.SSLError(ssl.SSLCertVerificationError(1, "self-signed certificate")), "self-signed certificate"),
    (http.ConnectionError("nothing inside"), "nothing inside"),
    (StopIteration(), "the answer is no WS-Management (StopIteration: )"),
]


@pytest.mark.parametrize(
    ("error", "what"), WORDS, ids=[f"{number}-{type(error).__name__}" for number, (error, _) in enumerate(WORDS)]
)
def test_the_words_are_those_of_the_innermost_cause(error: Exception, what: str) -> None:
    assert translate(error, Stage.SEND).what == what


def test_errors_that_hold_each_other_are_read_once() -> None:
    one, other = http.ConnectionError("one"), http.ConnectionError("other")
    one.__cause__, other.__cause__ = other, one
    assert translate(one, Stage.SEND).what == "one"
