"""Who is talked to, and who is told a password: certificates, log-ons, and an environment that wants otherwise."""

import http.server
import inspect
import logging
import socketserver
import threading
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests.utils

from hyperv_audit.inventory import CredentialReference, Secret, SecretSource
from hyperv_audit.transport import Kind, Stage, TransportError, WinrsBackend, WinrsShell
from lab.server import AccessDenied, CertificateKind, ChannelBinding, Faults, LabServer, Reset, Rule, Silence
from tests_tool.lab_server.support import AUDITOR
from tests_tool.transport.conftest import Serve
from tests_tool.transport.support import HASTY, SECRET, Failure, failure_of, run, target

WRONG = "not this one"


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (CertificateKind.WRONG_NAME, "IP address mismatch"),
        (CertificateKind.EXPIRED, "certificate has expired"),
        (CertificateKind.SELF_SIGNED, "self-signed certificate"),
        (CertificateKind.UNKNOWN_CA, "unable to get local issuer certificate"),
    ],
)
def test_a_certificate_that_is_wrong_ends_the_connection(serve: Serve, certificate: CertificateKind, why: str) -> None:
    lab = serve(https=True, certificate=certificate)
    with pytest.raises(TransportError, match=why) as caught:
        run(target(lab, https=True))
    assert failure_of(caught.value) == (Kind.TLS, Stage.CREATE)
    assert "`ca_file`" in caught.value.next_step
    assert (lab.counters("hv01").tcp, lab.counters("hv01").http) == (1, 0)


def test_without_a_ca_file_only_public_authorities_are_trusted(serve: Serve) -> None:
    lab = serve(https=True)
    with pytest.raises(TransportError) as caught:
        run(target(lab, https=True, ca_file=None))
    assert failure_of(caught.value) == (Kind.TLS, Stage.CREATE)


def test_a_certificate_counts_for_the_name_that_was_asked_for(serve: Serve) -> None:
    lab = serve(https=True)
    assert run(target(lab, https=True, address="localhost")).stdout == b"hello"


@pytest.mark.parametrize("content", [None, "", "no certificate"], ids=["missing", "empty", "something else"])
def test_a_ca_file_without_authorities_trusts_nobody(serve: Serve, tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    lab = serve(https=True)
    with pytest.raises(TransportError) as caught:
        run(target(lab, https=True, ca_file=ca_file))
    assert caught.value.kind is Kind.TLS
    assert lab.counters("hv01").http == 0


@pytest.mark.parametrize("what", [WinrsShell, WinrsBackend])
def test_there_is_nothing_to_switch_validation_off_with(what: type) -> None:
    assert list(inspect.signature(what).parameters) == ["target", "secret"]


HOSTILE = {
    "CA bundles": {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem", "CURL_CA_BUNDLE": "/nowhere/ca.pem"},
    "proxies": {f"{scheme}_proxy": "http://127.0.0.1:1" for scheme in ("http", "https", "all")},
    "PROXIES": {f"{scheme}_PROXY": "http://127.0.0.1:1" for scheme in ("HTTP", "HTTPS", "ALL")},
    "proxies for all but us": {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "elsewhere.invalid"},
    "a netrc": {"NETRC": "netrc"},
}


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def _environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    for name, value in request.param.items():
        monkeypatch.setenv(name, str(tmp_path / value) if name == "NETRC" else value)


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_the_environment_changes_nothing(serve: Serve, https: bool) -> None:
    lab = serve(https=https)
    assert run(target(lab, https=https)).stdout == b"hello"
    with pytest.raises(TransportError, match="the host offers Negotiate, Kerberos") as caught:
        run(target(lab, https=https), secret=Secret(WRONG))
    assert failure_of(caught.value) == (Kind.AUTHENTICATION, Stage.CREATE)


@pytest.mark.usefixtures("_environment")
def test_the_environment_makes_no_authority_trusted(serve: Serve) -> None:
    lab = serve(https=True, certificate=CertificateKind.UNKNOWN_CA)
    with pytest.raises(TransportError) as caught:
        run(target(lab, https=True))
    assert failure_of(caught.value) == (Kind.TLS, Stage.CREATE)


def test_the_environment_is_left_as_it_is(lab: LabServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests can set `no_proxy` for a moment; two threads at once would leave it set, or find it gone."""
    changed: list[str] = []
    original = requests.utils.set_environ

    def set_environ(name: str, value: Any) -> AbstractContextManager[None]:
        changed.append(name)
        return original(name, value)

    monkeypatch.setattr("requests.utils.set_environ", set_environ)
    assert run(target(lab)).stdout == b"hello"
    assert changed == []


def test_a_port_where_nothing_listens(serve: Serve) -> None:
    lab = serve(refuse=True)
    with pytest.raises(TransportError, match="refused") as caught:
        run(target(lab))
    assert failure_of(caught.value) == (Kind.UNREACHABLE, Stage.CONNECT)


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """The port of a service that says this to whatever it is sent, and closes the connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("https", "answer", "failure", "what"),
    [
        (True, b"HTTP/1.1 400 Bad Request\r\n\r\n", (Kind.TLS, Stage.CREATE), "this port speaks no TLS"),
        (False, b"", (Kind.CONNECTION, Stage.CREATE), "Remote end closed connection without response"),
    ],
    ids=["https to http", "http to https"],
)
def test_a_listener_of_the_other_scheme(
    lab: LabServer, https: bool, answer: bytes, failure: Failure, what: str
) -> None:
    """As Windows' own listeners answer: one in plain HTTP, the other by closing the connection."""
    with answering(answer) as port, pytest.raises(TransportError) as caught:
        run(target(lab, https=https, port=port))
    assert failure_of(caught.value) == failure
    assert caught.value.what == what
    assert "`scheme` and `port`" in caught.value.next_step


def test_a_name_that_nobody_knows(lab: LabServer) -> None:
    with pytest.raises(TransportError) as caught:
        run(target(lab, address="no-such-host.invalid"))
    assert failure_of(caught.value) == (Kind.UNREACHABLE, Stage.CONNECT)


@pytest.mark.parametrize(
    ("account", "secret", "host", "offers"),
    [
        ("auditor", Secret(WRONG), {}, "Negotiate, Kerberos"),
        ("nobody", SECRET, {}, "Negotiate, Kerberos"),
        ("ELSEWHERE\\auditor", SECRET, {}, "Negotiate, Kerberos"),
        ("auditor", SECRET, {"schemes": ("Kerberos",)}, "Kerberos"),
        ("auditor", SECRET, {"schemes": ()}, "nothing"),
        ("auditor", Secret(WRONG), {"https": True}, "Negotiate, Kerberos"),
    ],
    ids=["wrong password", "unknown account", "unknown domain", "another scheme only", "no scheme", "over https"],
)
def test_a_refused_log_on_is_explained_and_not_repeated(
    serve: Serve, account: str, secret: Secret, host: dict[str, object], offers: str
) -> None:
    lab = serve(**host)
    where = target(
        lab, https="https" in host, credential=CredentialReference(account, SecretSource.ENVIRONMENT, "UNUSED")
    )
    with pytest.raises(TransportError) as caught:
        run(where, secret=secret)
    stage = Stage.CREATE if "Negotiate" in offers else Stage.CONNECT  # where nothing was tried
    assert failure_of(caught.value) == (Kind.AUTHENTICATION, stage)
    assert caught.value.what == f"the host refused the log-on of {account!r} (NTLM; the host offers {offers})"
    counted = lab.counters("hv01")
    assert counted.authentications == 0
    assert counted.http <= 4  # at most one log-on, and the question what is offered


def test_a_host_that_insists_on_channel_binding_gets_it(serve: Serve) -> None:
    lab = serve(https=True, channel_binding=ChannelBinding.STRICT)
    assert run(target(lab, https=True)).stdout == b"hello"


LEAKS: dict[str, dict[str, object]] = {
    "wrong password": {"accounts": ()},
    "access denied": {"faults": Faults([Rule("Create", None, AccessDenied())])},
    "reset": {"faults": Faults([Rule("Command", None, Reset())])},
    "no answer in time": {"faults": Faults([Rule("Receive", None, Silence())])},
}


@pytest.mark.parametrize("host", LEAKS.values(), ids=LEAKS.keys())
def test_no_failure_shows_the_password(serve: Serve, caplog: pytest.LogCaptureFixture, host: dict[str, object]) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(TransportError) as caught:
        run(target(serve(**host), limits=HASTY), "echo hello", None)
    told = [str(caught.value), repr(caught.value), caplog.text]
    told += traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert caplog.text
    assert not [text for text in told if AUDITOR.password in text]


def test_no_success_shows_the_password(lab: LabServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    backend = WinrsBackend(target(lab), SECRET)
    result = backend.run("echo hello")
    told = [repr(result), repr(backend), repr(vars(backend)), repr(target(lab)), repr(SECRET)]
    backend.close()
    assert "echo hello" in caplog.text
    assert not [text for text in [*told, caplog.text] if AUDITOR.password in text]


@pytest.fixture
def redirecting(lab: LabServer) -> Iterator[int]:
    """The port of a service that sends everyone to the lab."""

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{lab.port('hv01')}/wsman")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_log_on_follows_no_redirection(lab: LabServer, redirecting: int) -> None:
    with pytest.raises(TransportError) as caught:
        run(target(lab, port=redirecting))
    assert failure_of(caught.value) == (Kind.PROTOCOL, Stage.CREATE)
    assert lab.counters("hv01").tcp == 0
