"""One log-on and one shell on one host, over pywinrm.

Requests for one script in and one document out: the log-on, Create, Command, Send, Receive, Delete. Delete ends the
commands of the shell, so no Signal is sent. The shell belongs to the account and not to the connection: after a lost
connection the same shell and command go on over a new one.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar

import requests
from requests_ntlm import HttpNtlmAuth
from winrm.exceptions import WinRMOperationTimeoutError, WinRMTransportError
from winrm.protocol import Protocol
from winrm.transport import Transport

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
_OF_NTLM = {"negotiate", "ntlm"}  # schemes under which a host takes it

# What may be sent again after a lost connection. A Command or a Send may have arrived although its answer did not.
_REPEATABLE = {Stage.CREATE, Stage.RECEIVE, Stage.DELETE}


@dataclass(frozen=True)
class Output:
    """What a command printed, and its exit code.

    Not `whole` if an answer was lost on the way: the host does not repeat what it held. Only a checksum in the output
    tells whether something is missing. A command that was left before its end has no exit code, and `left` says why.
    """

    stdout: bytes
    stderr: bytes
    exit_code: int | None
    whole: bool = True
    left: TransportError | None = None


class _BlindTransport(Transport):
    """pywinrm's transport, blind to the environment: no proxy, certificate authority or netrc of its choice.

    The original also sets and unsets the environment's `no_proxy` at each request, which threads do not survive: one
    finds a proxy where another has just cleaned up, or stumbles over a dictionary that changes.
    """

    def build_session(self) -> requests.Session:
        """The session, logged on over http; kept only if that went well, so that nothing is ever sent unsealed."""
        if self.session is None:
            session = requests.Session()
            session.trust_env = False
            session.max_redirects = 0  # a log-on goes where it was sent, and nowhere else
            session.verify = self.ca_trust_path or True
            session.auth = HttpNtlmAuth(self.username, self.password)
            session.headers.update(self.default_headers)
            try:
                if not self.endpoint.startswith("https:"):
                    self.setup_encryption(session)
            except BaseException:
                session.close()
                raise
            self.session = session
        return self.session

    def close_session(self) -> None:
        """Also forgets the encryption: it belongs to this log-on, and would seal for it."""
        super().close_session()
        self.encryption = None


class WinrsShell:
    """A shell on `target`, deleted when the block ends, whatever happened in it.

    Raises `TransportError` for everything that keeps the host from answering.
    """

    def __init__(self, target: Target, secret: Secret) -> None:
        self._target = target
        self._secret = secret
        self.start_clock()
        self._cancelled = threading.Event()
        self._answers_lost = 0
        self._protocol = self._connect()
        self._shell: str | None = None

    def __enter__(self) -> Self:
        try:
            self._shell = self._ask(Stage.CREATE, lambda p: p.open_shell(codepage=UTF8, idle_timeout=_IDLE))
        except BaseException:
            self._protocol.transport.close_session()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._delete(self._protocol)

    def run(
        self,
        command: str,
        arguments: Iterable[str] = (),
        stdin: bytes | None = None,
        *,
        enough: Callable[[bytes], bool] = lambda _stdout: False,
    ) -> Output:
        """Run a command through cmd and wait for its end.

        From when its output is `enough`, at most `limits.slow` seconds more, and no failure costs what has arrived.
        """
        shell = self._open_shell()
        console = stdin is None
        started = self._ask(
            Stage.COMMAND, lambda p: p.run_command(shell, command, tuple(arguments), console_mode_stdin=console)
        )
        if stdin is not None:
            for start in range(0, max(1, len(stdin)), SEND_BLOCK):  # nothing to say is said, too: the command waits
                self._send(shell, started, stdin, start)
        return self._receive(shell, started, enough)

    def start_clock(self) -> None:
        """The deadline counts from here: for a shell that is kept, from each command anew."""
        self._patience = self._target.limits.deadline
        self._ends = time.monotonic() + self._patience

    def cancel(self) -> None:
        """End what another thread waits for: no new request, and its shell deleted over a connection of our own."""
        self._cancelled.set()
        if self._shell is not None:
            self._delete(self._connect())

    def _send(self, shell: str, command: str, stdin: bytes, start: int) -> None:
        block, last = stdin[start : start + SEND_BLOCK], start + SEND_BLOCK >= len(stdin)
        self._ask(Stage.SEND, lambda p: p.send_command_input(shell, command, block, end=last))

    def _receive(self, shell: str, command: str, enough: Callable[[bytes], bool]) -> Output:
        """Our own loop: pywinrm's repeats a timed-out Receive without end."""
        out, err = bytearray(), bytearray()
        lost_before, has_enough = self._answers_lost, False
        while True:
            try:
                stdout, stderr, code, done = self._ask(
                    Stage.RECEIVE, lambda p: p.get_command_output_raw(shell, command)
                )
            except WinRMOperationTimeoutError:
                continue  # nothing to tell yet; the deadline ends this
            except TransportError as error:
                if not has_enough:
                    raise
                return Output(bytes(out), bytes(err), None, whole=self._answers_lost == lost_before, left=error)
            out += stdout
            err += stderr
            if done:
                return Output(bytes(out), bytes(err), code, whole=self._answers_lost == lost_before)
            if not has_enough and enough(bytes(out)):
                has_enough = True
                self._wait_at_most(self._target.limits.slow)

    def _wait_at_most(self, patience: float) -> None:
        if time.monotonic() + patience < self._ends:
            self._patience = patience
            self._ends = time.monotonic() + patience

    def _ask(self, stage: Stage, request: Callable[[Protocol], T]) -> T:
        """One operation, within the deadline; after a lost connection once more where that is safe."""
        for attempt in range(_RECONNECTS + 1):
            try:
                return self._within_limits(stage, request)
            except WinRMOperationTimeoutError as error:
                if stage is Stage.RECEIVE:
                    raise
                raise translate(error, stage) from error
            except TransportError:
                raise
            except Exception as error:
                failure = translate(error, stage)
                if failure.kind is Kind.AUTHENTICATION:
                    failure = self._explain_refusal(failure)
                if attempt == _RECONNECTS or not self._worth_reconnecting(failure, error, stage):
                    raise failure from error
                self._answers_lost += _lost(error)
                self._protocol.transport.close_session()
        raise AssertionError  # the loop returns or raises

    def _within_limits(self, stage: Stage, request: Callable[[Protocol], T]) -> T:
        left = self._ends - time.monotonic()
        if self._cancelled.is_set():
            raise TransportError(Kind.DEADLINE, stage, "the run was interrupted", "Run again.")
        if left <= 0:
            raise self._too_late(stage)
        patience = self._target.limits.operation + _SLACK
        self._limit(self._protocol, min(patience, left))
        try:
            return request(self._protocol)
        except requests.ReadTimeout as error:
            if left < patience:
                raise self._too_late(stage) from error
            raise

    def _too_late(self, stage: Stage) -> TransportError:
        return TransportError(Kind.DEADLINE, stage, f"the host took more than {self._patience:.3g} s")

    def _limit(self, protocol: Protocol, read: float) -> None:
        # pywinrm hands this to requests as it is; only a pair gives connecting a limit of its own.
        protocol.transport.read_timeout_sec = (self._target.limits.connect, read)  # type: ignore[assignment]

    def _worth_reconnecting(self, failure: TransportError, error: Exception, stage: Stage) -> bool:
        if failure.kind is not Kind.CONNECTION or self._ends <= time.monotonic():
            return False
        return _never_read(error) or (_lost(error) and stage in _REPEATABLE)

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
            except Exception as error:  # noqa: BLE001 - whatever it is, there is nothing left that could be done about it
                if not (_never_read(error) or _lost(error)):
                    return
            else:
                return

    def _open_shell(self) -> str:
        if self._shell is None:
            raise TransportError(Kind.DEADLINE, Stage.COMMAND, "the shell is closed", "Open a new one.")
        return self._shell

    def _connect(self) -> Protocol:
        target = self._target
        if target.ca_file is not None and not target.ca_file.is_file():
            raise TransportError(Kind.TLS, Stage.CONNECT, f"the file {target.ca_file} (`ca_file`) does not exist")
        user, password = target.credential.username, self._secret.reveal()
        operation = target.limits.operation
        protocol = Protocol(
            target.endpoint,
            transport="ntlm",
            username=user,
            password=password,
            operation_timeout_sec=operation,
            read_timeout_sec=operation + int(_SLACK),
        )
        protocol.transport = _BlindTransport(
            target.endpoint, user, password, auth_method="ntlm", ca_trust_path=str(target.ca_file or "")
        )
        return protocol

    def _explain_refusal(self, failure: TransportError) -> TransportError:
        """Every refusal looks the same to the client; what the host offers tells them apart.

        Where it offers no NTLM, the password was never tried: that ended before the log-on.
        """
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
        tried = any(scheme.casefold() in _OF_NTLM for scheme in offered)
        return TransportError(failure.kind, failure.stage if tried else Stage.CONNECT, what)


def _never_read(error: Exception) -> bool:
    """HTTP 400: the log-on that the message was sealed for is gone. Any operation may be sent again."""
    return isinstance(error, WinRMTransportError) and error.code == HTTPStatus.BAD_REQUEST


def _lost(error: Exception) -> bool:
    """The connection broke; what was asked may have been done. A host that is merely slow is no such case."""
    broken = isinstance(error, requests.RequestException | OSError)
    return broken and translate(error, Stage.CONNECT).kind is Kind.CONNECTION
