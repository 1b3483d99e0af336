"""Many hosts at once, each with a fate of its own: who answers, what is asked again, what stays behind."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest

from hyperv_audit.collect.accounts import TRIES
from hyperv_audit.collect.evidence import Evidence, NoEvidence, Reached
from hyperv_audit.collect.gather import Answer, Gathering, gather
from hyperv_audit.collect.script import SLOW_TOPICS, TOPICS, collector, topic_hash
from hyperv_audit.inventory import CredentialReference, Limits, Scheme, Secret, SecretSource, Target
from lab.server import (
    AccessDenied,
    Account,
    ChangeBody,
    CommandHandler,
    Counters,
    CutBody,
    Emit,
    Faults,
    HttpStatus,
    LabHost,
    LabServer,
    Reset,
    Rule,
    Silence,
    Stdin,
    known_faults,
)
from tests_tool.collect.support import DOCUMENT, bare, packed, text_of
from tests_tool.lab_server.support import AUDITOR, Programs

ALWAYS = None
QUOTA = known_faults.too_many_shells(30)
NO_OUTPUT = ChangeBody(lambda text: re.sub(r'(Name="stdout"[^>]*>)[^<]+', r"\1", text))
CLIXML = b'#< CLIXML\r\n<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><S S="Warning">old</S></Objs>'


@dataclass
class Windows:
    """What a host does with the collector: it reads it all, and prints this."""

    stdout: bytes = packed(text_of(DOCUMENT))
    stderr: bytes = CLIXML
    exit_code: int = 0
    received: list[bytes] = field(default_factory=list)

    async def __call__(self, command_line: str, stdin: Stdin, emit: Emit) -> int:
        assert command_line.startswith("powershell.exe ")
        self.received.append(await stdin.read())
        emit.stdout(self.stdout)
        emit.stderr(self.stderr)
        return self.exit_code


async def stuck(_: str, stdin: Stdin, emit: Emit) -> int:
    """A collector that never ends."""
    return await Programs()("hang", stdin, emit)


def host(name: str, *rules: Rule, **described: object) -> LabHost:
    fields = {"handler": Windows(), "accounts": (AUDITOR,), "seed": 1, **described}
    return LabHost(name, faults=Faults(list(rules)), **fields)  # type: ignore[arg-type] # keywords of any type


@dataclass
class Site:
    """Hosts of a lab, as targets of a gathering."""

    lab: LabServer
    names: Sequence[str]
    limits: Limits
    username: str = AUDITOR.username

    @property
    def targets(self) -> list[Target]:
        account = CredentialReference(self.username, SecretSource.ENVIRONMENT, "UNUSED")
        return [
            Target(name, "127.0.0.1", self.lab.port(name), Scheme.HTTP, account, limits=self.limits)
            for name in self.names
        ]

    def gather(
        self,
        finished: Callable[[str, Answer], None] = lambda _name, _answer: None,
        waiting: Callable[[list[str]], None] = lambda _names: None,
        asked: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
        **passwords: str,
    ) -> Gathering:
        secrets = {name: Secret(passwords.get(name, AUDITOR.password)) for name in self.names}
        return gather(self.targets, secrets, asked, finished=finished, waiting=waiting, pause=0)

    def counters(self, name: str) -> Counters:
        return self.lab.counters(name)

    @property
    def shells(self) -> int:
        return sum(self.counters(name).shells_now for name in self.names)


Serve = Callable[..., Site]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as labs:

        def start(*hosts: LabHost, limits: Limits | None = None) -> Site:
            lab = labs.enter_context(LabServer(hosts))
            return Site(lab, [host.name for host in hosts], limits or Limits())

        yield start


FATES: dict[str, tuple[LabHost, str, dict[str, int]]] = {
    # what the answer is, and how often what was asked for
    "fine": (host("fine"), "evidence", {"Create": 1, "Command": 1}),
    "constrained": (host("constrained", handler=Windows(bare(text_of(DOCUMENT)))), "evidence", {"Create": 1}),
    "exit-code": (host("exit-code", handler=Windows(exit_code=1)), "evidence", {"Create": 1}),
    "refusing": (host("refusing", refuse=True), "unreachable at connect", {}),
    "password": (host("password"), "authentication at create shell", {}),
    "denied": (host("denied", Rule("Create", ALWAYS, AccessDenied())), "access at create shell", {"Create": 1}),
    "quota-first": (host("quota-first", Rule("Create", 1, QUOTA)), "evidence", {"Create": 2, "Command": 1}),
    "quota": (host("quota", Rule("Create", ALWAYS, QUOTA)), "quota at create shell", {"Create": 2}),
    "cut-first": (host("cut-first", Rule("Receive", 1, CutBody())), "evidence", {"Create": 2, "Command": 2}),
    "lost-first": (host("lost-first", Rule("Receive", 1, NO_OUTPUT)), "evidence", {"Create": 2, "Command": 2}),
    "lost": (host("lost", Rule("Receive", ALWAYS, NO_OUTPUT)), "output at read evidence", {"Create": 2, "Command": 2}),
    "reset-first": (host("reset-first", Rule("Command", 1, Reset())), "evidence", {"Create": 2, "Command": 2}),
    "html": (host("html", Rule("Create", ALWAYS, HttpStatus(500))), "protocol at create shell", {"Create": 1}),
    "slow": (
        host("slow", *(Rule("Receive", nth, known_faults.TIMED_OUT) for nth in range(1, 20))),
        "evidence",
        {"Create": 1, "Receive": 20},
    ),
    "hostile": (
        host("hostile", handler=Windows(bare(b'{"os":' + b"[" * 500 + b"]" * 500 + b"}"))),
        "output at read evidence",
        {"Create": 2},
    ),
    "other": (host("other", handler=Windows(bare(b'{"os":{}}'))), "output at read evidence", {"Create": 2}),
    "broken": (
        host("broken", handler=Windows(b"bootstrap: 96 X no more\r\n", exit_code=96)),
        "output at read evidence",
        {"Create": 2},
    ),
}


def told(answer: Answer) -> str:
    return f"{answer.kind} at {answer.stage}" if isinstance(answer, NoEvidence) else "evidence"


def test_each_host_has_its_own_fate(serve: Serve) -> None:
    site = serve(*(host for host, _, _ in FATES.values()))
    called: list[tuple[str, Answer, threading.Thread]] = []
    gathering = site.gather(
        lambda name, answer: called.append((name, answer, threading.current_thread())), password="wrong"
    )
    assert {name: told(answer) for name, answer in gathering.answers.items()} == {
        name: fate for name, (_, fate, _) in FATES.items()
    }
    assert gathering.interrupted == []
    assert {name: answer for name, answer, _ in called} == gathering.answers
    assert len(called) == len(FATES)
    assert {thread for _, _, thread in called} == {threading.current_thread()}
    asked = {
        name: {operation: site.counters(name).operations.get(operation) for operation in expected}
        for name, (_, _, expected) in FATES.items()
    }
    assert asked == {name: expected for name, (_, _, expected) in FATES.items()}
    assert site.shells == 0


def test_one_host_costs_one_log_on_one_shell_and_nine_requests(serve: Serve) -> None:
    site = serve(host("hv01"))
    site.gather()
    counted = site.counters("hv01")
    assert (counted.authentications, counted.shells_peak, counted.shells_now) == (1, 1, 0)
    assert counted.http <= 9
    assert counted.operations == {"Create": 1, "Command": 1, "Send": 1, "Receive": 1, "Delete": 1}


def test_evidence_says_where_it_comes_from(serve: Serve) -> None:
    windows = Windows()
    site = serve(host("hv01", handler=windows))
    answer = site.gather().answers["hv01"]
    assert isinstance(answer, Evidence)
    assert windows.received == [collector().stdin()]
    assert answer.target == "hv01"
    assert answer.reached == Reached(endpoint=site.targets[0].endpoint, account="auditor")
    assert answer.collectors == {name: topic_hash(name) for name in TOPICS}
    assert answer.script == collector().sha256
    assert answer.started <= answer.finished
    assert answer.stderr == "warning: old"
    assert answer.topics["os"].data == {"system": [{"ProductType": 3}]}


OF_DOMAIN = Account(r"LAB\auditor", AUDITOR.password)
FINE: dict[str, Any] = {"accounts": (AUDITOR, OF_DOMAIN)}
REFUSES: dict[str, Any] = {"accounts": (Account(r"LAB\auditor", "another"),)}
TAKES_NO_PASSWORD: dict[str, Any] = {"schemes": ("Kerberos",)}
DENIES: dict[str, Any] = {**FINE, "faults": Faults([Rule("Create", ALWAYS, AccessDenied())])}

# the account, six hosts in the order in which they are asked -> those that are never connected to
REFUSALS: dict[str, tuple[str, list[dict[str, Any]], list[int]]] = {
    "a wrong password": (OF_DOMAIN.username, [REFUSES] * 6, [2, 3, 4, 5]),
    "six local accounts": (AUDITOR.username, [REFUSES] * 6, []),
    "one host that does not know the account": (OF_DOMAIN.username, [REFUSES, *[FINE] * 5], []),
    "refused here and there": (OF_DOMAIN.username, [FINE, *[REFUSES] * 4, FINE], []),
    "no password taken": (OF_DOMAIN.username, [*[TAKES_NO_PASSWORD] * 3, FINE, REFUSES, REFUSES], []),
    "no password taken, then refused": (OF_DOMAIN.username, [*[TAKES_NO_PASSWORD] * 3, *[REFUSES] * 3], [5]),
    "known, but may do nothing": (OF_DOMAIN.username, [DENIES, *[REFUSES] * 4, FINE], []),
}


@pytest.mark.parametrize(("username", "hosts", "untouched"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refused_account_of_a_domain_is_not_tried_on_every_host(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, username: str, hosts: list[dict[str, Any]], untouched: list[int]
) -> None:
    monkeypatch.setattr("hyperv_audit.collect.crew.MAX_THREADS", 1)
    site = serve(
        *(LabHost(f"hv{n}", **{"handler": Windows(), "accounts": (AUDITOR,), **each}) for n, each in enumerate(hosts))
    )
    site.username = username
    answers = site.gather().answers
    assert [n for n, name in enumerate(site.names) if site.counters(name).tcp == 0] == untouched
    for answer in (answers[f"hv{n}"] for n in untouched):
        assert isinstance(answer, NoEvidence)
        assert told(answer) == "authentication at connect"
        assert "might lock the account" in answer.message
    fine = [answers[f"hv{n}"] for n, each in enumerate(hosts) if each is FINE]
    assert [told(answer) for answer in fine] == ["evidence"] * len(fine)


def test_of_many_hosts_asked_at_once_only_two_refuse(serve: Serve) -> None:
    site = serve(*(host(f"hv{number}", **REFUSES) for number in range(12)))
    site.username = OF_DOMAIN.username
    site.gather()
    assert sum(site.counters(name).tcp > 0 for name in site.names) == TRIES


def test_who_waits_for_the_log_on_of_others_can_be_interrupted(serve: Serve) -> None:
    silent = [host(f"hv{number}", Rule("Create", ALWAYS, Silence()), **FINE) for number in range(3)]
    site = serve(*silent, limits=Limits(operation=1, deadline=1.0))
    site.username = OF_DOMAIN.username

    def waiting(_: list[str]) -> None:
        raise KeyboardInterrupt

    assert site.gather(waiting=waiting).interrupted == ["hv0", "hv1", "hv2"]
    assert [site.counters(name).tcp > 0 for name in site.names].count(False) == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gather-")]


MESSAGES = {
    "nothing": (Windows(b"", b""), "the host answered nothing (exit code 0)"),
    "a word": (Windows(b"", CLIXML, 1), "the host answered nothing (exit code 1, warning: old)"),
    "a diagnosis": (
        Windows(b"bootstrap: 97 no separator\r\n", b"", 97),
        "the collector's script did not arrive: no separator (exit code 97)",
    ),
    "a cut block": (
        Windows(packed(text_of(DOCUMENT), length=999), b""),
        f"the evidence was cut: {len(text_of(DOCUMENT))} of 999 bytes arrived (exit code 0)",
    ),
}


@pytest.mark.parametrize(("windows", "message"), MESSAGES.values(), ids=MESSAGES.keys())
def test_missing_evidence_has_a_reason_and_a_next_step(serve: Serve, windows: Windows, message: str) -> None:
    answer = serve(host("hv01", handler=windows)).gather().answers["hv01"]
    assert isinstance(answer, NoEvidence)
    assert answer.message == message
    assert "4104" in answer.next_step


async def without_the_slow(command_line: str, stdin: Stdin, emit: Emit) -> int:
    """A collector that prints what is quick, and then waits for an update server."""
    await Windows()(command_line, stdin, emit)
    return await Programs()("hang", stdin, emit)


@pytest.mark.parametrize(
    ("handler", "why"), [(without_the_slow, "took more than 0.2 s"), (Windows(), "the host ended without it")]
)
def test_a_slow_topic_that_did_not_come_is_unreadable_and_costs_no_other(
    serve: Serve, handler: CommandHandler, why: str
) -> None:
    answer = serve(host("hv01", handler=handler), limits=Limits(operation=1, slow=0.2)).gather().answers["hv01"]
    assert isinstance(answer, Evidence)
    assert answer.topics["os"].errors == []
    assert set(answer.topics) == {"os", *SLOW_TOPICS}
    for name in SLOW_TOPICS:
        (error,) = answer.topics[name].errors
        assert why in error.message


def test_what_is_asked_of_a_target_arrives_as_data(serve: Serve) -> None:
    windows, other = Windows(), Windows()
    serve(host("hv01", handler=windows), host("hv02", handler=other)).gather(asked={"hv01": {"depth": 2}})
    assert windows.received == [collector().stdin({"depth": 2})]
    assert other.received == [collector().stdin()]


def test_a_silent_host_costs_only_its_deadline(serve: Serve) -> None:
    site = serve(
        host("fine"), host("silent", Rule("Receive", ALWAYS, Silence())), limits=Limits(operation=1, deadline=2.0)
    )
    assert {name: told(answer) for name, answer in site.gather().answers.items()} == {
        "fine": "evidence",
        "silent": "deadline at receive output",
    }
    assert site.shells == 0


def test_hosts_wait_for_a_free_thread(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hyperv_audit.collect.crew.MAX_THREADS", 1)
    order: list[str] = []
    site = serve(*(host(f"hv{number}") for number in range(5)))
    site.gather(lambda name, _: order.append(name))
    assert order == list(site.names)


def test_nobody_to_ask(serve: Serve) -> None:
    assert serve().gather() == Gathering()


class Stop:
    """Ctrl-C as soon as the stuck hosts are in the middle of a Receive, and the others have answered."""

    def __init__(self, site: Site, *stuck: str) -> None:
        self._site = site
        self._stuck = stuck
        self.answered: list[str] = []

    def finished(self, name: str, _: Answer) -> None:
        self.answered.append(name)

    def waiting(self, names: list[str]) -> None:
        in_receive = all(self._site.counters(name).operations.get("Receive") for name in self._stuck)
        if in_receive and set(names) == set(self._stuck):
            raise KeyboardInterrupt


def test_an_interrupted_gathering_keeps_what_came_and_leaves_no_shell(serve: Serve) -> None:
    site = serve(host("fine"), host("hv02", handler=stuck), host("refusing", refuse=True), host("hv04", handler=stuck))
    stop = Stop(site, "hv02", "hv04")
    gathering = site.gather(stop.finished, stop.waiting)
    assert {name: told(answer) for name, answer in gathering.answers.items()} == {
        "fine": "evidence",
        "refusing": "unreachable at connect",
    }
    assert gathering.interrupted == ["hv02", "hv04"]
    assert sorted(stop.answered) == ["fine", "refusing"]
    assert site.shells == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gather-")]


def test_hosts_that_had_not_begun_are_never_asked(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hyperv_audit.collect.crew.MAX_THREADS", 1)
    site = serve(host("hv01"), host("hv02", handler=stuck), host("hv03"))

    def waiting(_: list[str]) -> None:
        if site.counters("hv02").operations.get("Receive"):
            raise KeyboardInterrupt

    gathering = site.gather(waiting=waiting)
    assert list(gathering.answers) == ["hv01"]
    assert gathering.interrupted == ["hv02", "hv03"]
    assert site.counters("hv03").tcp == 0
    assert site.shells == 0


def test_ctrl_c_while_an_answer_is_taken_in_keeps_that_answer(serve: Serve) -> None:
    def finished(*_: object) -> None:
        raise KeyboardInterrupt

    site = serve(host("fine"), host("hv02", handler=stuck))
    gathering = site.gather(finished)
    assert told(gathering.answers["fine"]) == "evidence"
    assert gathering.interrupted == ["hv02"]
    assert site.shells == 0


def test_a_defect_of_ours_ends_the_run_and_leaves_no_shell(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("hyperv_audit.collect.gather.extract", broken)
    site = serve(host("fine"), host("hv02", handler=stuck))
    with pytest.raises(ZeroDivisionError, match="a defect"):
        site.gather()
    assert site.shells == 0


def test_a_defect_of_a_callback_ends_the_run_and_leaves_no_shell(serve: Serve) -> None:
    def finished(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    site = serve(host("fine"), host("hv02", handler=stuck))
    with pytest.raises(ZeroDivisionError, match="a defect"):
        site.gather(finished)
    assert site.shells == 0
