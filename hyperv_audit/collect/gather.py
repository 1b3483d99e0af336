"""Asking many targets at once: a thread and a batch a host, nothing shared; a host that fails costs only itself."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from hyperv_audit.collect.document import extract, has_begun
from hyperv_audit.collect.evidence import Evidence, Failure, NoEvidence, Reached, Topic, read_topics
from hyperv_audit.collect.script import POWERSHELL, SLOW_TOPICS, TOPICS, collector, topic_hash
from hyperv_audit.errors import EvidenceError
from hyperv_audit.inventory import Secret
from hyperv_audit.inventory.model import Target
from hyperv_audit.transport import Kind, Output, Stage, TransportError, WinrsShell
from hyperv_audit.transport.clixml import messages

MAX_THREADS = 64
_SLICE = 0.5  # seconds: an untimed wait for a queue cannot be interrupted on Windows
_STOPPING = 10.0  # seconds that interrupted hosts get to delete their shells

# Worth asking a host once more: nothing was judged yet, and the cause may have passed. Never after a refused log-on.
_PASSING = {Kind.OUTPUT, Kind.CONNECTION, Kind.QUOTA}
_PAUSE = 2.0

Answer = Evidence | NoEvidence


@dataclass
class Gathering:
    """The answers so far, and the targets that were not asked to the end."""

    answers: dict[str, Answer] = field(default_factory=dict)
    interrupted: list[str] = field(default_factory=list)


class _Interrupted(Exception):
    """The host was stopped from outside."""


class _Batch:
    """One host's part: ask it, at most twice, and be stoppable from another thread."""

    def __init__(self, target: Target, secret: Secret, asked: Mapping[str, Any], pause: float) -> None:
        self.target = target
        self._secret = secret
        self._asked = asked
        self._pause = pause
        self._stopped = threading.Event()
        self._shell: WinrsShell | None = None

    def ask(self) -> Answer:
        ends = time.monotonic() + self.target.limits.deadline
        try:
            try:
                return self._once(self.target)
            except TransportError as error:
                left = ends - time.monotonic() - self._pause
                if error.kind not in _PASSING or left <= 0 or self._stopped.wait(self._pause):
                    raise
                limits = replace(self.target.limits, deadline=left)  # one deadline a host, however often it is asked
                return self._once(replace(self.target, limits=limits))
        except TransportError as error:
            if self._stopped.is_set():
                raise _Interrupted from error
            return NoEvidence(kind=error.kind, stage=error.stage, message=error.what, next_step=error.next_step)

    def stop(self) -> None:
        self._stopped.set()
        if self._shell is not None:
            self._shell.cancel()

    def _once(self, target: Target) -> Evidence:
        script, started = collector(), datetime.now(UTC)
        with WinrsShell(target, self._secret) as self._shell:
            if self._stopped.is_set():
                raise _Interrupted
            output = self._shell.run(POWERSHELL, script.arguments(), script.stdin(self._asked), enough=has_begun)
        try:
            topics = read_topics(extract(output.stdout))
            topics |= {name: _missing(output) for name in SLOW_TOPICS if name not in topics}
        except EvidenceError as error:
            raise TransportError(Kind.OUTPUT, Stage.EVIDENCE, f"{error.what}{_aside(output)}") from error
        return Evidence(
            target=self.target.name,
            reached=Reached(endpoint=self.target.endpoint, account=self.target.credential.username),
            collectors={name: topic_hash(name) for name in TOPICS},
            script=script.sha256,
            started=started,
            finished=datetime.now(UTC),
            stderr=messages(output.stderr)[:4000],
            topics=topics,
        )


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
    targets: Iterable[Target],
    secrets: Mapping[str, Secret],
    asked: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    finished: Callable[[Target, Answer], None] = lambda _target, _answer: None,
    waiting: Callable[[list[str]], None] = lambda _names: None,
    pause: float = _PAUSE,
) -> Gathering:
    """Ask every target, at most `MAX_THREADS` at a time; `asked` is what the script of a target gets as its input.

    `finished` is called in this thread as each answer arrives, `waiting` twice a second with the names still out.
    After Ctrl-C the shells of the hosts in work are deleted, and what was gathered is returned with what was not.
    """
    batches = [_Batch(target, secrets[target.name], asked.get(target.name, {}), pause) for target in targets]
    crew = _Crew(batches)
    result = Gathering()
    try:
        while len(result.answers) < len(batches):
            arrived = crew.wait()
            if arrived is None:
                waiting([b.target.name for b in batches if b.target.name not in result.answers])
                continue
            batch, answer = arrived
            result.answers[batch.target.name] = answer
            finished(batch.target, answer)
    except KeyboardInterrupt:
        result.answers |= crew.stop([b for b in batches if b.target.name not in result.answers])
        result.interrupted = [b.target.name for b in batches if b.target.name not in result.answers]
    except BaseException:
        crew.stop([b for b in batches if b.target.name not in result.answers])
        raise
    return result


class _Crew:
    """Daemon threads: a pool's would be joined at exit, and Ctrl-C would wait for the slowest host."""

    def __init__(self, batches: list[_Batch]) -> None:
        self._to_do: queue.SimpleQueue[_Batch] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[_Batch, Answer | Exception]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        for batch in batches:
            self._to_do.put(batch)
        names = (f"gather-{number}" for number in range(min(len(batches), MAX_THREADS)))
        self._threads = [threading.Thread(target=self._work, daemon=True, name=name) for name in names]
        for thread in self._threads:
            thread.start()

    def wait(self) -> tuple[_Batch, Answer] | None:
        """The next answer, or None after half a second without one."""
        try:
            batch, answer = self._done.get(timeout=_SLICE)
        except queue.Empty:
            return None
        if isinstance(answer, Exception):
            raise answer  # a defect of ours must end the run, not hang it
        return batch, answer

    def stop(self, batches: list[_Batch]) -> dict[str, Answer]:
        """Stop these side by side, and give them a moment to leave no shell behind; what had just come is kept."""
        self._stopping.set()
        stoppers = [threading.Thread(target=batch.stop, daemon=True) for batch in batches]
        for stopper in stoppers:
            stopper.start()
        end = time.monotonic() + _STOPPING
        for thread in (*stoppers, *self._threads):
            thread.join(max(0.0, end - time.monotonic()))
        arrived: dict[str, Answer] = {}
        while not self._done.empty():
            batch, answer = self._done.get()
            if not isinstance(answer, Exception):
                arrived[batch.target.name] = answer
        return arrived

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                batch = self._to_do.get_nowait()
            except queue.Empty:
                return
            try:
                self._done.put((batch, batch.ask()))
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                self._done.put((batch, error))
