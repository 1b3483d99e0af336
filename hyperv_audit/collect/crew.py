"""Many tasks at once: a daemon thread for each, at most `MAX_THREADS`, stoppable; one that fails costs only itself."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

MAX_THREADS = 64
_SLICE = 0.5  # seconds: an untimed wait for a queue cannot be interrupted on Windows
_STOPPING = 10.0  # seconds that interrupted tasks get to leave no shell behind

A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)


class Interrupted(Exception):
    """A task was stopped from outside."""


class Task(Protocol[A_co]):
    """Something to ask; `ask` runs in a thread of the crew, and `stop` in another."""

    @property
    def name(self) -> str: ...
    def ask(self) -> A_co: ...
    def stop(self) -> None: ...


@dataclass
class Work(Generic[A]):
    """The answers so far by the tasks' names, and the tasks that were not done to their end."""

    answers: dict[str, A] = field(default_factory=dict)
    interrupted: list[str] = field(default_factory=list)


def work(
    tasks: Sequence[Task[A]],
    finished: Callable[[str, A], None],
    waiting: Callable[[list[str]], None],
) -> Work[A]:
    """Do every task.

    `finished` is called in this thread as each answer arrives, `waiting` twice a second with the names still out.
    After Ctrl-C the tasks in work are stopped, and what was done is returned with what was not.
    """
    crew = _Crew(tasks)
    result = Work[A]()

    def left() -> list[Task[A]]:
        return [task for task in tasks if task.name not in result.answers]

    try:
        while len(result.answers) < len(tasks):
            arrived = crew.wait()
            if arrived is None:
                waiting([task.name for task in left()])
                continue
            name, answer = arrived
            result.answers[name] = answer
            finished(name, answer)
    except KeyboardInterrupt:
        result.answers |= crew.stop(left())
        result.interrupted = [task.name for task in left()]
    except BaseException:
        crew.stop(left())
        raise
    return result


class _Crew(Generic[A]):
    """Daemon threads: a pool's would be joined at exit, and Ctrl-C would wait for the slowest host."""

    def __init__(self, tasks: Sequence[Task[A]]) -> None:
        self._to_do: queue.SimpleQueue[Task[A]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[str, A | Exception]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        for task in tasks:
            self._to_do.put(task)
        names = (f"gather-{number}" for number in range(min(len(tasks), MAX_THREADS)))
        self._threads = [threading.Thread(target=self._work, daemon=True, name=name) for name in names]
        for thread in self._threads:
            thread.start()

    def wait(self) -> tuple[str, A] | None:
        """The next answer, or None after half a second without one."""
        try:
            name, answer = self._done.get(timeout=_SLICE)
        except queue.Empty:
            return None
        if isinstance(answer, Exception):
            raise answer  # a defect of ours must end the run, not hang it
        return name, answer

    def stop(self, tasks: Sequence[Task[A]]) -> dict[str, A]:
        """Stop these side by side, and give them a moment to leave no shell behind; what had just come is kept."""
        self._stopping.set()
        stoppers = [threading.Thread(target=task.stop, daemon=True) for task in tasks]
        for stopper in stoppers:
            stopper.start()
        end = time.monotonic() + _STOPPING
        for thread in (*stoppers, *self._threads):
            thread.join(max(0.0, end - time.monotonic()))
        arrived: dict[str, A] = {}
        while not self._done.empty():
            name, answer = self._done.get()
            if not isinstance(answer, Exception):
                arrived[name] = answer
        return arrived

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                task = self._to_do.get_nowait()
            except queue.Empty:
                return
            try:
                self._done.put((task.name, task.ask()))
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                self._done.put((task.name, error))
