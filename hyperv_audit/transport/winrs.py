"""One log-on and one shell on one host, over pywinrm.

Requests for one script in and one document out: the log-on, Create, Command, Send, Receive, Delete. Delete ends the
commands of the shell, so no Signal is sent. The shell belongs to the account and not to the connection: after a lost
connection the same shell and command go on over a new one.
"""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

import requests
from winrm.exceptions import WinRMOperationTimeoutError
from winrm.protocol import Protocol

from hyperv_audit.inventory import Secret
from hyperv_audit.inventory.model import Target
from hyperv_audit.transport.errors import Kind, Stage, TransportError, translate

T = TypeVar("T")

UTF8 = 65001  # the code page; pywinrm's 437 turns other scripts into question marks on the host, for good
SEND_BLOCK = 100_000  # bytes; such an envelope passes a MaxEnvelopeSizekb of 150, the smallest seen in the field
_IDLE = "PT60S"  # what a killed run leaves behind is gone after a minute, not after two hours
_SLACK = 10.0  # seconds that an HTTP answer may take beyond the operation's own timeout
_DELETE = 5.0
_RECONNECTS = 2

# What may be sent again after a lost connection. A Command or a Send may have arrived although its answer did not.
_REPEATABLE = {Stage.CREATE, Stage.RECEIVE, Stage.DELETE}


@dataclass(frozen=True)
class Output:
    """What a command printed, and its exit code."""

    stdout: bytes
    stderr: bytes
    exit_code: int


class WinrsShell:
    """A shell on `target`, deleted when the block ends, whatever happened in it.

    Raises `TransportError` for everything that keeps the host from answering.
    """

    def __init__(self, target: Target, secret: Secret) -> None:
        self._target = target
        self._secret = secret
        self._ends = time.monotonic() + target.limits.deadline
        self._cancelled = threading.Event()
        self._protocol = self._connect()
        self._shell: str | None = None

    def __enter__(self) -> Self:
        self._shell = self._ask(Stage.CREATE, lambda p: p.open_shell(codepage=UTF8, idle_timeout=_IDLE))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._delete(self._protocol)

    def run(self, command: str, arguments: Iterable[str] = (), stdin: bytes | None = None) -> Output:
        """Run a command through cmd and wait for its end."""
        shell = self._open_shell()
        console = stdin is None
        started = self._ask(
            Stage.COMMAND, lambda p: p.run_command(shell, command, tuple(arguments), console_mode_stdin=console)
        )
        for start in range(0, len(stdin or b""), SEND_BLOCK):
            self._send(shell, started, stdin or b"", start)
        return self._receive(shell, started)

    def cancel(self) -> None:
        """End what another thread waits for: no new request, and its shell deleted over a connection of our own."""
        self._cancelled.set()
        if self._shell is not None:
            self._delete(self._connect())

    def _send(self, shell: str, command: str, stdin: bytes, start: int) -> None:
        block, last = stdin[start : start + SEND_BLOCK], start + SEND_BLOCK >= len(stdin)
        self._ask(Stage.SEND, lambda p: p.send_command_input(shell, command, block, end=last))

    def _receive(self, shell: str, command: str) -> Output:
        """Our own loop: pywinrm's repeats a timed-out Receive without end."""
        out, err = bytearray(), bytearray()
        while True:
            try:
                stdout, stderr, code, done = self._ask(
                    Stage.RECEIVE, lambda p: p.get_command_output_raw(shell, command)
                )
            except WinRMOperationTimeoutError:
                continue  # nothing to tell yet; the deadline ends this
            out += stdout
            err += stderr
            if done:
                return Output(bytes(out), bytes(err), code)

    def _ask(self, stage: Stage, request: Callable[[Protocol], T]) -> T:
        """One operation, within the deadline; after a lost connection once more where that is safe."""
        for attempt in range(_RECONNECTS + 1):
            try:
                return self._within_limits(stage, request)
            except WinRMOperationTimeoutError as error:
                if stage is Stage.RECEIVE:
                    raise
                raise translate(error, stage) from error
            except Exception as error:
                failure = translate(error, stage)
                if failure.kind is Kind.AUTHENTICATION:
                    failure = self._explain_refusal(failure)
                if attempt == _RECONNECTS or not self._worth_reconnecting(failure, error, stage):
                    raise failure from error
                self._reconnect()
        raise AssertionError  # the loop returns or raises

    def _within_limits(self, stage: Stage, request: Callable[[Protocol], T]) -> T:
        left = self._ends - time.monotonic()
        if self._cancelled.is_set():
            raise TransportError(Kind.DEADLINE, stage, "the run was interrupted", "Run again.")
        if left <= 0:
            raise TransportError(Kind.DEADLINE, stage, f"the host took more than {self._target.limits.deadline:g} s")
        read = min(self._target.limits.operation + _SLACK, left)
        self._limit(self._protocol, read)
        return request(self._protocol)

    def _limit(self, protocol: Protocol, read: float) -> None:
        # pywinrm hands this to requests as it is; only a pair gives connecting a limit of its own.
        protocol.transport.read_timeout_sec = (self._target.limits.connect, read)  # type: ignore[assignment]

    def _worth_reconnecting(self, failure: TransportError, error: Exception, stage: Stage) -> bool:
        if failure.kind is not Kind.CONNECTION or self._ends <= time.monotonic():
            return False
        # HTTP 400 says that the message was never read: the log-on it was sealed for is gone. Any operation may follow.
        sealed_for_another = getattr(error, "code", None) == requests.codes.bad_request
        lost = isinstance(error, requests.RequestException | OSError)
        return sealed_for_another or (lost and stage in _REPEATABLE)

    def _reconnect(self) -> None:
        self._protocol.transport.close_session()
        self._protocol.transport.encryption = None  # it belongs to the old log-on, and would seal for it

    def _delete(self, protocol: Protocol) -> None:
        """Best effort: the shell's idle timeout does the rest."""
        shell, self._shell = self._shell, None
        if shell is None:
            protocol.transport.close_session()
            return
        self._limit(protocol, _DELETE)
        for _ in range(2):
            try:
                protocol.close_shell(shell)
            except (requests.ConnectionError, OSError):
                protocol.transport.encryption = None
                continue
            except Exception:  # noqa: BLE001 - whatever it is, there is nothing left that could be done about it
                with suppress(Exception):
                    protocol.transport.close_session()
            return

    def _open_shell(self) -> str:
        if self._shell is None:
            raise TransportError(Kind.DEADLINE, Stage.COMMAND, "the shell is closed", "Open a new one.")
        return self._shell

    def _connect(self) -> Protocol:
        target = self._target
        return Protocol(
            endpoint=target.endpoint,
            transport="ntlm",
            username=target.credential.username,
            password=self._secret.reveal(),
            server_cert_validation="validate",
            ca_trust_path=str(target.ca_file) if target.ca_file else None,  # type: ignore[arg-type] # None: no other than requests' own
            message_encryption="auto",  # over http every message is sealed; over https TLS does it
            operation_timeout_sec=target.limits.operation,
            read_timeout_sec=target.limits.operation + int(_SLACK),
            proxy=None,  # never one that the environment happens to name
        )

    def _explain_refusal(self, failure: TransportError) -> TransportError:
        """Every refusal looks the same to the client; what the host offers tells them apart."""
        verify = str(self._target.ca_file) if self._target.ca_file else True
        session = requests.Session()
        session.trust_env = False  # no proxy, no netrc entry that would answer in our place
        try:
            answer = session.post(self._target.endpoint, timeout=(self._target.limits.connect, _DELETE), verify=verify)
        except requests.RequestException:
            return failure
        finally:
            session.close()
        offered = [scheme.strip().split(" ")[0] for scheme in answer.headers.get("WWW-Authenticate", "").split(",")]
        offers = ", ".join(dict.fromkeys(scheme for scheme in offered if scheme)) or "nothing"
        account = self._target.credential.username
        what = f"{failure.what} of {account!r} (NTLM; the host offers {offers})"
        return TransportError(failure.kind, failure.stage, what)
