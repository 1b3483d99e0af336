"""Asking many hosts at once: a batch a host, nothing shared."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from hyperv_audit.collect.accounts import Account, Accounts
from hyperv_audit.collect.crew import Interrupted, Work, work
from hyperv_audit.collect.document import extract, has_begun
from hyperv_audit.collect.evidence import Evidence, Failure, NoEvidence, Reached, Topic, read_topics
from hyperv_audit.collect.script import POWERSHELL, SLOW_TOPICS, TOPICS, Script, collector, topic_hash
from hyperv_audit.errors import EvidenceError
from hyperv_audit.inventory import Secret
from hyperv_audit.inventory.model import Target
from hyperv_audit.transport import Kind, Output, Stage, TransportError, WinrsShell
from hyperv_audit.transport.clixml import messages

# Worth asking a host once more: nothing was judged yet, and the cause may have passed. Never after a refused log-on.
_PASSING = {Kind.OUTPUT, Kind.CONNECTION, Kind.QUOTA}
PAUSE = 2.0  # seconds before it is asked again

A = TypeVar("A")
Answer = Evidence | NoEvidence
Gathering = Work[Answer]
"""The answers so far by target, and the targets that were not asked to the end."""


class Batch(Generic[A]):
    """One script for one machine: ask it, at most twice, and be stoppable from another thread.

    `read` makes the answer of what the script printed; an `EvidenceError` of its is a machine that did not answer.
    """

    def __init__(
        self,
        name: str,
        target: Target,
        secret: Secret,
        *,
        script: Script,
        stdin: bytes,
        read: Callable[[Output, datetime], A],
        pause: float,
        account: Account,
    ) -> None:
        self.name = name
        self._target = target
        self._secret = secret
        self._script = script
        self._stdin = stdin
        self._read = read
        self._pause = pause
        self._account = account
        self._stopped = threading.Event()
        self._shell: WinrsShell | None = None

    def ask(self) -> A | NoEvidence:
        ends = time.monotonic() + self._target.limits.deadline
        try:
            try:
                return self._once(self._target)
            except TransportError as error:
                left = ends - time.monotonic() - self._pause
                if error.kind not in _PASSING or left <= 0 or self._stopped.wait(self._pause):
                    raise
                limits = replace(self._target.limits, deadline=left)  # one deadline a host, however often it is asked
                return self._once(replace(self._target, limits=limits))
        except TransportError as error:
            if self._stopped.is_set():
                raise Interrupted from error
            return NoEvidence(kind=error.kind, stage=error.stage, message=error.what, next_step=error.next_step)

    def stop(self) -> None:
        self._stopped.set()
        if self._shell is not None:
            self._shell.cancel()

    def _once(self, target: Target) -> A:
        started = datetime.now(UTC)
        with ExitStack() as until_the_end:
            with self._account.log_on(self.name, self._stopped):
                self._shell = until_the_end.enter_context(WinrsShell(target, self._secret))
            if self._stopped.is_set():
                raise Interrupted
            output = self._shell.run(POWERSHELL, self._script.arguments(), self._stdin, enough=has_begun)
        try:
            return self._read(output, started)
        except EvidenceError as error:
            raise TransportError(Kind.OUTPUT, Stage.EVIDENCE, f"{error.what}{_aside(output)}") from error


def topics_of(output: Output, slow: Iterable[str]) -> dict[str, Topic]:
    """What a collector printed; a slow topic that did not come is an error of that topic. Raises `EvidenceError`."""
    topics = read_topics(extract(output.stdout))
    return topics | {name: _missing(output) for name in slow if name not in topics}


def hashes(topics: Iterable[str]) -> dict[str, str]:
    """Which version of each collector is sent."""
    return {name: topic_hash(name) for name in topics}


def _missing(output: Output) -> Topic:
    """A slow topic that was not waited for, or that the host left out: unreadable, and never empty."""
    why = str(output.left.what) if output.left else f"the host ended without it{_aside(output)}"
    late = Failure(probe="", id="SlowTopicMissing", category="OperationTimeout", target="", hresult=None, message=why)
    return Topic(data={}, errors=[late], seconds=0.0)


def _aside(output: Output) -> str:
    """What else the host said, when its evidence is missing."""
    said = messages(output.stderr)[:400]
    ended = "it was left" if output.exit_code is None else f"exit code {output.exit_code}"
    return f" ({ended}{', ' + said if said else ''})"


def gather(
    targets: Sequence[Target],
    secrets: Mapping[str, Secret],
    asked: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    finished: Callable[[str, Answer], None] = lambda _name, _answer: None,
    waiting: Callable[[list[str]], None] = lambda _names: None,
    pause: float = PAUSE,
) -> Gathering:
    """Ask every host; `asked` is what the script of a target gets as its input. The callbacks are those of `work`."""
    accounts = Accounts()
    batches = [
        _batch(target, secrets[target.name], asked.get(target.name, {}), pause, accounts.of(target.credential))
        for target in targets
    ]
    return work(batches, finished, waiting)


def _batch(target: Target, secret: Secret, asked: Mapping[str, Any], pause: float, account: Account) -> Batch[Evidence]:
    script = collector()

    def read(output: Output, started: datetime) -> Evidence:
        return Evidence(
            target=target.name,
            reached=Reached(endpoint=target.endpoint, account=target.credential.username),
            collectors=hashes(TOPICS),
            script=script.sha256,
            started=started,
            finished=datetime.now(UTC),
            stderr=messages(output.stderr)[:4000],
            topics=topics_of(output, SLOW_TOPICS),
        )

    return Batch(
        target.name, target, secret, script=script, stdin=script.stdin(asked), read=read, pause=pause, account=account
    )
