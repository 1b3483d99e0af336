"""Asking virtual machines from inside: through their host by PowerShell Direct, over WinRM, or over SSH.

Each way ends in the same: evidence of the one machine that was meant, or why there is none. It costs its host nothing.
What to ask was decided before: a `Visit` is a machine that runs and may be asked.
"""

import json
import secrets as randomness
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from hyperv_audit.collect import linux
from hyperv_audit.collect.accounts import Account, Accounts
from hyperv_audit.collect.crew import Interrupted, Task, Work, work
from hyperv_audit.collect.document import extract
from hyperv_audit.collect.evidence import Evidence, Failure, NoEvidence, Reached, Topic, read_topics
from hyperv_audit.collect.gather import PAUSE, Answer, Batch, hashes, topics_of
from hyperv_audit.collect.script import GUEST_SLOW_TOPICS, GUEST_TOPICS, direct_collector, guest_collector
from hyperv_audit.errors import EvidenceError
from hyperv_audit.inventory import CredentialReference, GuestAccess, Secret, Target, Via
from hyperv_audit.transport import Kind, Output, SshGuest, Stage, TransportError
from hyperv_audit.transport.clixml import messages

AT_ONCE = 8  # machines of one host that are asked by PowerShell Direct side by side; each costs it a PowerShell
_LOOK = "Look at the machine on its host, and try the same way by hand."
_DIRECT = "powershell-direct"


@dataclass(frozen=True)
class Visit:
    """A virtual machine that is to be asked inside, and how."""

    host: Target
    vm: str  # its id, in lower case
    access: GuestAccess
    address: str = ""  # where it is found over WinRM and SSH

    @property
    def name(self) -> str:
        """Whom it is about."""
        return f"{self.host.name}/{self.vm}"


Answers = dict[str, Answer]
"""By the name of a visit."""


def gather_guests(
    visits: Sequence[Visit],
    host_secrets: Mapping[str, Secret],
    secrets: Mapping[CredentialReference, Secret],
    asked: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    finished: Callable[[str, Answer], None] = lambda _name, _answer: None,
    waiting: Callable[[list[str]], None] = lambda _names: None,
    pause: float = PAUSE,
) -> Work[Answer]:
    """Make every visit: those by PowerShell Direct in one batch a host, the others each for itself.

    `asked` is by host what the scripts of its guests get as their input.
    """
    tasks = list(_tasks(visits, host_secrets, secrets, asked, pause))

    def done(_: str, answers: Answers) -> None:
        for name, answer in answers.items():
            finished(name, answer)

    result = work(tasks, done, waiting)
    answers = {name: answer for of_task in result.answers.values() for name, answer in of_task.items()}
    return Work(answers, [visit.name for visit in visits if visit.name not in answers])


def _tasks(
    visits: Sequence[Visit],
    host_secrets: Mapping[str, Secret],
    secrets: Mapping[CredentialReference, Secret],
    asked: Mapping[str, Mapping[str, Any]],
    pause: float,
) -> Iterator[Task[Answers]]:
    direct: dict[str, list[Visit]] = {}
    accounts = Accounts()
    for visit in visits:
        match visit.access.via:
            case Via.POWERSHELL_DIRECT:
                direct.setdefault(visit.host.name, []).append(visit)
            case Via.WINRM:
                credential = visit.access.credential
                told, account = asked.get(visit.host.name, {}), accounts.of(credential)
                yield _ByWinrm(visit, secrets[credential], told, pause, account)
            case Via.SSH:
                yield _BySsh(visit)
    for host, those in direct.items():
        account = accounts.of(those[0].host.credential)
        yield _Direct(those, host_secrets[host], secrets, asked.get(host, {}), account)


# --- WinRM ----------------------------------------------------------------------------------------------------------


class _ByWinrm:
    """A guest with a listener of its own: asked as a host is, with a smaller script."""

    def __init__(self, visit: Visit, secret: Secret, asked: Mapping[str, Any], pause: float, account: Account) -> None:
        self.name = visit.name
        self._visit = visit
        access, script = visit.access, guest_collector()
        self._target = Target(
            name=visit.name,
            address=visit.address,
            port=access.port,
            scheme=access.scheme,
            credential=access.credential,
            ca_file=access.ca_file,
            limits=access.limits,
        )
        self._batch = Batch(
            self.name,
            self._target,
            secret,
            script=script,
            stdin=script.stdin(asked),
            read=self._read,
            pause=pause,
            account=account,
        )

    def ask(self) -> Answers:
        return {self.name: self._batch.ask()}

    def stop(self) -> None:
        self._batch.stop()

    def _read(self, output: Output, started: datetime) -> Answer:
        reached = Reached(endpoint=self._target.endpoint, account=self._target.credential.username)
        topics = topics_of(output, GUEST_SLOW_TOPICS)
        return _windows(self._visit, reached, topics, started, messages(output.stderr)[:4000])


def _windows(visit: Visit, reached: Reached, topics: dict[str, Topic], started: datetime, stderr: str) -> Answer:
    told = [row.get("VirtualMachineId") for row in _rows(topics, "guest", "machine")]
    if stranger := _stranger(visit, told):
        return stranger
    return Evidence(
        target=visit.host.name,
        vm=visit.vm,
        reached=reached,
        collectors=hashes((*GUEST_TOPICS, *GUEST_SLOW_TOPICS)),
        script=guest_collector().sha256,
        started=started,
        finished=datetime.now(UTC),
        stderr=stderr,
        topics=topics,
    )


def _stranger(visit: Visit, told: Sequence[object]) -> NoEvidence | None:
    """Another machine answered: an address that is old, or that two machines share. Not every guest is told its id."""
    ids = {str(id_).strip("{} ").lower() for id_ in told if id_}
    if not ids or ids == {visit.vm}:
        return None
    return NoEvidence(
        kind="OtherMachine",
        stage=visit.access.via,
        message=f"the machine that answers calls itself {', '.join(sorted(ids))[:80]}",
        next_step="Mend the address of this machine under `guests`, or in DNS.",
    )


def _rows(topics: Mapping[str, Topic], topic: str, probe: str) -> list[dict[str, Any]]:
    rows = topics[topic].data.get(probe, []) if topic in topics else []
    return [row for row in rows if isinstance(row, dict)]


# --- PowerShell Direct ----------------------------------------------------------------------------------------------


class _Direct:
    """The Windows guests of one host, through that host: one script, one shell, some machines at a time."""

    def __init__(
        self,
        visits: Sequence[Visit],
        host_secret: Secret,
        secrets: Mapping[CredentialReference, Secret],
        asked: Mapping[str, Any],
        account: Account,
    ) -> None:
        host, script = visits[0].host, direct_collector()
        accounts = list(dict.fromkeys(visit.access.credential for visit in visits))
        batches = [
            {"Secret": number, "UserName": account.username, "Machines": [{"Id": visit.vm} for visit in those]}
            for number, account in enumerate(accounts)
            for those in _some([visit for visit in visits if visit.access.credential == account])
        ]
        self.name = f"{host.name}/{_DIRECT}"
        self._visits = visits
        self._patience = max(visit.access.limits.slow for visit in visits)
        deadline = host.limits.deadline + self._patience * len(batches)
        target = replace(host, limits=replace(host.limits, deadline=deadline))
        # A remote session has no console to print to; what its script gets travels on as the text that it is.
        inside = json.dumps({**asked, "Pipeline": True})
        data = {"Batches": batches, "Patience": round(self._patience), "Inside": inside}
        stdin = script.stdin(data, [secrets[account] for account in accounts])
        # Never a second time: a password that was refused would be refused again, and might lock the account.
        self._batch = Batch(
            self.name,
            target,
            host_secret,
            script=script,
            stdin=stdin,
            read=self._read,
            pause=float("inf"),
            account=account,
        )

    def ask(self) -> Answers:
        answer = self._batch.ask()
        return {visit.name: answer for visit in self._visits} if isinstance(answer, NoEvidence) else answer

    def stop(self) -> None:
        self._batch.stop()

    def _read(self, output: Output, started: datetime) -> Answers:
        """Each machine's own document, from the text that its job printed."""
        (topic,) = read_topics(extract(output.stdout)).values()
        texts = {
            str(row.get("Id", "")).lower(): row.get("Text") for row in topic.data.get("answers", []) if _is_row(row)
        }
        return {visit.name: self._answer(visit, texts.get(visit.vm), topic.errors, started) for visit in self._visits}

    def _answer(self, visit: Visit, text: object, errors: Sequence[Failure], started: datetime) -> Answer:
        own = [error for error in errors if error.target.lower() == visit.vm]
        if isinstance(text, str) and text.strip():
            printed = Output(text.encode("utf-8", "backslashreplace"), b"", 0)
            reached = Reached(
                transport=_DIRECT,
                authentication="password",
                endpoint=f"{visit.host.endpoint} to {visit.vm}",
                account=visit.access.credential.username,
            )
            try:
                topics = topics_of(printed, GUEST_SLOW_TOPICS)
            except EvidenceError as error:
                return NoEvidence(kind=Kind.OUTPUT, stage=_DIRECT, message=error.what, next_step=_LOOK)
            said = "\n".join(f"{error.id}: {error.message}" for error in own)
            return _windows(visit, reached, topics, started, said[:4000])
        if found := own or [error for error in errors if not error.target]:
            return _refused(found[0])
        message = f"no answer within {self._patience:.0f} s"
        return NoEvidence(kind="NoAnswer", stage=_DIRECT, message=message, next_step="Raise `limits.slow` of this way.")


def _some(visits: Sequence[Visit]) -> Iterator[Sequence[Visit]]:
    for start in range(0, len(visits), AT_ONCE):
        yield visits[start : start + AT_ONCE]


def _is_row(row: object) -> bool:
    return isinstance(row, dict)


# By PowerShell's own ids, which are the same in every language.
_STEPS = {
    "InvalidVMState": "It stopped while the host was asked; run again when it runs.",
    "InvalidVMIdNotSingle": "It left this host while the host was asked; run again.",
    "HyperVModuleNotAvailable": "The host has no Hyper-V module for PowerShell: install Hyper-V-PowerShell there.",
    "PSSessionStateBroken": "Check account and password in the guest, and that it runs Windows 10, 2016 or later.",
}


def _refused(error: Failure) -> NoEvidence:
    kind = error.id.split(",")[0] or error.category
    return NoEvidence(kind=kind, stage=_DIRECT, message=error.message.strip(), next_step=_STEPS.get(kind, _LOOK))


# --- SSH ------------------------------------------------------------------------------------------------------------


class _BySsh:
    """A Linux or FreeBSD guest."""

    def __init__(self, visit: Visit) -> None:
        access = visit.access
        assert access.known_hosts, "an inventory without pinned keys is refused"
        self.name = visit.name
        self._visit = visit
        self._stopped = threading.Event()
        self._connection = SshGuest(
            access.credential.username,
            visit.address,
            access.port,
            known_hosts=access.known_hosts,
            identity_file=access.identity_file,
            connect=access.limits.connect,
        )

    def ask(self) -> Answers:
        return {self.name: self._answer()}

    def stop(self) -> None:
        self._stopped.set()
        self._connection.stop()

    def _answer(self) -> Answer:
        access, mark = self._visit.access, randomness.token_hex(16)
        started, begun = datetime.now(UTC), time.monotonic()
        try:
            stdout = self._connection.run_script(
                linux.script(), mark, limit=linux.MAX_ANSWER, deadline=access.limits.deadline
            )
            topic = linux.read(stdout, mark, time.monotonic() - begun)
        except TransportError as error:
            if self._stopped.is_set():
                raise Interrupted from error
            return NoEvidence(kind=error.kind, stage=error.stage, message=error.what, next_step=error.next_step)
        except EvidenceError as error:
            return NoEvidence(kind=Kind.OUTPUT, stage=Stage.EVIDENCE, message=error.what, next_step=_LOOK)
        pools = [row["Lines"] for row in topic.data.get("machine", [])]
        if stranger := _stranger(self._visit, [linux.machine_id(line) for lines in pools for line in lines]):
            return stranger
        return Evidence(
            target=self._visit.host.name,
            vm=self._visit.vm,
            reached=Reached(
                transport="ssh",
                authentication="publickey",
                endpoint=f"ssh://{self._visit.address}:{access.port}",
                account=access.credential.username,
            ),
            collectors={linux.TOPIC: linux.sha256()},
            script=linux.sha256(),
            started=started,
            finished=datetime.now(UTC),
            stderr="",
            topics={linux.TOPIC: topic},
        )
