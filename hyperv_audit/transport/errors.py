"""Why a target could not be asked: one class, a kind, a stage, and the safe next step.

TransportError
  kind   unreachable  nothing answers at that address
         tls          the certificate or the TLS handshake is refused
         host key     the key of an SSH server is not the pinned one
         authentication   the account is refused
         access       the account is known, and may not do this
         quota        the host has no room for another shell, user or operation
         timeout      one operation took too long
         deadline     the host as a whole took too long, or the run was interrupted
         connection   the connection or the shell was lost on the way
         protocol     an answer that is no WS-Management
         output       an answer whose evidence is missing, cut or altered
"""

import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum
from xml.etree.ElementTree import ParseError

import requests
import winrm.exceptions
from requests import exceptions as http
from urllib3.exceptions import NameResolutionError, NewConnectionError

from hyperv_audit.errors import AuditError


class Kind(StrEnum):
    """What went wrong."""

    UNREACHABLE = "unreachable"
    TLS = "tls"
    HOST_KEY = "host key"
    AUTHENTICATION = "authentication"
    ACCESS = "access"
    QUOTA = "quota"
    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    CONNECTION = "connection"
    PROTOCOL = "protocol"
    OUTPUT = "output"


class Stage(StrEnum):
    """Where it went wrong: the WS-Management operation, or what came before and after."""

    CONNECT = "connect"
    CREATE = "create shell"
    COMMAND = "start command"
    SEND = "send input"
    RECEIVE = "receive output"
    DELETE = "delete shell"
    EVIDENCE = "read evidence"


_NEXT_STEP = {
    Kind.UNREACHABLE: "Check name, port and firewall; `winrm enumerate winrm/config/listener` on the host lists what "
    "listens there.",
    Kind.TLS: "Give the certificate authority that issued the listener's certificate as `ca_file`, and connect by the "
    "name that stands in the certificate.",
    Kind.HOST_KEY: "Compare the machine's key on its own console, and pin it; do not accept it unseen.",
    Kind.AUTHENTICATION: "Check the account and its password, and that the host accepts this kind of log-on. "
    "It was tried here once; an account of a domain that two machines refuse, and none accepts, is tried on no other.",
    Kind.ACCESS: "WinRS needs an administrator: use a domain account that is a member of the local group "
    "Administrators.",
    Kind.QUOTA: "Wait until other sessions of this account have ended; `winrm enumerate shell` on the host lists them.",
    Kind.TIMEOUT: "Look at the load of the host, and try again.",
    Kind.DEADLINE: "Raise `limits.deadline` for this host if it is known to be slow.",
    Kind.CONNECTION: "Look for a proxy, a firewall or a restart of WinRM between here and the host, and try again.",
    Kind.PROTOCOL: "Check that address and port lead to WinRM, and not to another service or a proxy.",
    Kind.OUTPUT: "Run again; if it stays, look at event 4104 of the host for what became of the collector's script.",
}

_OTHER_SCHEME = (
    "Look at `scheme` and `port`: a listener of https is usually at 5986, one of http at 5985. If they are right, look "
    "for a proxy, a firewall or a restart of WinRM between here and the host, and try again."
)


class TransportError(AuditError):
    """A target could not be asked."""

    def __init__(self, kind: Kind, stage: Stage, what: str, next_step: str = "") -> None:
        super().__init__(what, next_step or _NEXT_STEP[kind])
        self.kind = kind
        self.stage = stage

    def __str__(self) -> str:
        return f"{self.kind} at {self.stage}: {super().__str__()}"


# WS-Management fault codes; their text is in the language of the host, so only the numbers count.
# Sources: wsmerror.h, MS-WSMV, and recorded exchanges.
_ACCESS_DENIED = {5, 2147942405}
_QUOTA = {
    170,  # busy: an earlier Send is still being written
    2150859173,  # shells of this user
    2150859174,  # operations of this user
    2150859179,  # users with shells
    *range(2150859236, 2150859242),  # quotas of the plug-in
}
_SHELL_LOST = {2150858843}
_PROVIDER_TIMEOUT = {1460}

_NOT_WSMAN = (ParseError, StopIteration, AssertionError, KeyError, ValueError, AttributeError, TypeError)


def translate(error: Exception, stage: Stage) -> TransportError:
    """Whatever pywinrm, requests or the XML parser raised, as one error of ours."""
    if isinstance(error, TransportError):
        return error
    kind, what = _classify(error)
    if kind is Kind.UNREACHABLE:
        stage = Stage.CONNECT
    cut_at_once = kind is Kind.CONNECTION and stage is Stage.CREATE  # so a listener of https ends what is none
    return TransportError(kind, stage, what, _OTHER_SCHEME if cut_at_once or _speaks_no_tls(error) else "")


def _classify(error: Exception) -> tuple[Kind, str]:  # noqa: C901, PLR0911, PLR0912 - a table of types, read downwards
    match error:
        case winrm.exceptions.AuthenticationError():
            return Kind.AUTHENTICATION, "the host refused the log-on"
        case winrm.exceptions.WinRMOperationTimeoutError():
            return Kind.TIMEOUT, "the operation did not end in time"
        case winrm.exceptions.WSManFaultError():
            return _fault(error)
        case winrm.exceptions.WinRMTransportError():
            return _status(error.code)
        case winrm.exceptions.WinRMError():
            return Kind.PROTOCOL, str(error)
        case http.SSLError():
            return Kind.TLS, "this port speaks no TLS" if _speaks_no_tls(error) else _innermost(error)
        case http.ProxyError():
            return Kind.UNREACHABLE, f"the proxy refused: {_innermost(error)}"
        case http.ConnectTimeout():
            return Kind.UNREACHABLE, "no answer to the attempt to connect"
        case http.ReadTimeout():
            return Kind.TIMEOUT, "the host accepted the request and did not answer it"
        case http.ChunkedEncodingError() | http.ContentDecodingError():
            return Kind.CONNECTION, "the answer was cut short"
        case http.ConnectionError():
            never_connected = any(isinstance(e, NewConnectionError | NameResolutionError) for e in _chain(error))
            return (Kind.UNREACHABLE if never_connected else Kind.CONNECTION), _innermost(error)
        case http.TooManyRedirects():
            return Kind.PROTOCOL, "the answer leads elsewhere, and a log-on does not follow"
        case http.InvalidURL() | http.InvalidSchema():
            return Kind.UNREACHABLE, f"not an address: {error}"
        case requests.RequestException():
            return Kind.CONNECTION, _innermost(error)
        case PermissionError():
            return Kind.AUTHENTICATION, f"the log-on failed on this side: {error}"
        case OSError():
            return Kind.CONNECTION, _innermost(error)
        case _ if isinstance(error, _NOT_WSMAN):
            return Kind.PROTOCOL, f"the answer is no WS-Management ({type(error).__name__}: {error})"
    return Kind.PROTOCOL, f"{type(error).__name__}: {error}"


def _speaks_no_tls(error: Exception) -> bool:
    """OpenSSL 3.0 names the version that it took the answer for, later ones the layer."""
    reasons = {getattr(cause, "reason", None) for cause in _chain(error) if isinstance(cause, ssl.SSLError)}
    return not reasons.isdisjoint({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})


def _fault(fault: winrm.exceptions.WSManFaultError) -> tuple[Kind, str]:
    codes = {code for code in (fault.wsman_fault_code, fault.wmierror_code) if code is not None}
    numbers = ", ".join(str(code) for code in sorted(codes)) or "without code"
    what = f"{fault.reason.strip()} (WS-Management fault {numbers})"
    if codes & _ACCESS_DENIED or fault.fault_subcode == "w:AccessDenied":
        return Kind.ACCESS, what
    if codes & _QUOTA:
        return Kind.QUOTA, what
    if codes & _SHELL_LOST:
        return Kind.CONNECTION, what
    if codes & _PROVIDER_TIMEOUT:
        return Kind.TIMEOUT, what
    return Kind.PROTOCOL, what


def _status(status: int) -> tuple[Kind, str]:
    match status:
        case 400:
            return Kind.CONNECTION, "the host could not read the message (HTTP 400): its log-on is gone"
        case 413:
            return Kind.PROTOCOL, "the request is larger than the host accepts (HTTP 413, MaxEnvelopeSizekb)"
        case 503:
            return Kind.QUOTA, "the service is not available at the moment (HTTP 503)"
    return Kind.PROTOCOL, f"HTTP {status} instead of an answer"


def shell_is_gone(error: TransportError) -> bool:
    """The host no longer has the shell that a command was for, so the command was not started."""
    fault = error.__cause__
    if error.stage is not Stage.COMMAND or not isinstance(fault, winrm.exceptions.WSManFaultError):
        return False
    return fault.wsman_fault_code in _SHELL_LOST


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from, and what it carries as arguments: requests and urllib3 nest theirs."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if current is None or current in seen:
            continue
        seen.append(current)
        yield current
        inner = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        waiting += [e for e in inner if isinstance(e, BaseException)]


def _innermost(error: Exception) -> str:
    """The words of the operating system or of TLS, without the layers around them."""
    for cause in _chain(error):
        if isinstance(cause, OSError | socket.gaierror) and not isinstance(cause, requests.RequestException):
            return str(cause.strerror or cause)
    return str(error)
