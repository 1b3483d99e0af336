"""A Linux guest over SSH, for real: a server on loopback, its key pinned, and everything that may go wrong."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hyperv_audit.collect import linux
from hyperv_audit.collect.evidence import Evidence, NoEvidence
from hyperv_audit.collect.guests import Visit, gather_guests
from hyperv_audit.inventory import CredentialReference, GuestAccess, Limits, Scheme, SecretSource, Target, Via
from tests_tool.guests.sshd import LOOPBACK, USER, Server, known, make_key, needs_sshd, server

pytestmark = needs_sshd

VM = "a0000000-0000-4000-8000-000000000001"
OTHER = "a0000000-0000-4000-8000-000000000009"
HOST = Target("hv01", "hv01", 5986, Scheme.HTTPS, CredentialReference("auditor", SecretSource.ENVIRONMENT, "UNUSED"))
QUICK = ("apt-get", "apt-cache", "systemctl", "find")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("sshd")) as running:
        for name in QUICK:
            running.tool(name, "exit 3")
        yield running


def access(sshd: Server, **changes: object) -> GuestAccess:
    way = GuestAccess(
        vm="*",
        hosts=("hv01",),
        via=Via.SSH,
        credential=CredentialReference(USER, SecretSource.SSH_KEY),
        address=LOOPBACK,
        port=sshd.port,
        identity_file=sshd.identity,
        known_hosts=sshd.known_hosts,
    )
    return replace(way, **changes)  # type: ignore[arg-type] # fields of the way


def ask(way: GuestAccess) -> Evidence | NoEvidence:
    (answer,) = gather_guests([Visit(HOST, VM, way, way.address)], {}, {}).answers.values()
    return answer


def test_a_guest_answers(sshd: Server) -> None:
    sshd.tool("mokutil", 'echo "SecureBoot enabled"')
    answer = ask(access(sshd))
    assert isinstance(answer, Evidence), answer
    assert (answer.target, answer.vm) == ("hv01", VM)
    assert (answer.reached.transport, answer.reached.authentication) == ("ssh", "publickey")
    assert answer.reached.endpoint == f"ssh://{LOOPBACK}:{sshd.port}"
    topic = answer.topics[linux.TOPIC]
    assert topic.data["mokutil"] == [{"Status": 0, "Lines": ["SecureBoot enabled"], "Cut": False}]
    assert topic.data["system"][0]["Lines"] == ["Linux"]
    assert answer.script == linux.sha256()


def test_another_key_is_never_spoken_to(sshd: Server, tmp_path: Path) -> None:
    """Nothing is asked, and nothing is learnt of the stranger's key either."""
    make_key(tmp_path / "another")
    pinned = tmp_path / "known_hosts"
    pinned.write_text(known(sshd.port, tmp_path / "another"), encoding="ascii")
    before = pinned.read_bytes()
    answer = ask(access(sshd, known_hosts=pinned))
    assert isinstance(answer, NoEvidence)
    assert answer.kind == "host key"
    assert answer.message == (
        f"the machine shows another key than the pinned one ({pinned}, line 1): ED25519 {sshd.fingerprint}"
    )
    assert "do not accept a key unseen" in answer.next_step
    assert pinned.read_bytes() == before


def test_a_guest_whose_key_nobody_pinned_is_never_spoken_to(sshd: Server, tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_bytes(b"")
    answer = ask(access(sshd, known_hosts=tmp_path / "known_hosts"))
    assert isinstance(answer, NoEvidence)
    assert answer.kind == "host key"
    assert answer.message == f"no key is pinned for [{LOOPBACK}]:{sshd.port}, which shows one of the kind ED25519"
    assert "do not accept a key unseen" in answer.next_step


def test_an_account_that_is_refused(sshd: Server, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    answer = ask(access(sshd, identity_file=tmp_path / "stranger"))
    assert isinstance(answer, NoEvidence)
    assert answer.kind == "authentication"


def test_nobody_listens(tmp_path: Path) -> None:
    with server(tmp_path) as gone:
        way = access(gone)
    answer = ask(way)
    assert isinstance(answer, NoEvidence)
    assert answer.kind == "unreachable"


def test_a_guest_that_closes_the_connection(sshd: Server) -> None:
    with socket.create_server((LOOPBACK, 0)) as listening:

        def close_the_first() -> None:
            listening.accept()[0].close()

        closing = threading.Thread(target=close_the_first)
        closing.start()
        answer = ask(access(sshd, port=listening.getsockname()[1]))
        closing.join()
    assert isinstance(answer, NoEvidence)
    assert answer.kind == "connection"
    assert "sshd" in answer.next_step
    assert "WinRM" not in answer.next_step


def test_a_guest_that_hangs_costs_its_deadline(sshd: Server) -> None:
    sshd.tool("id", "exec tail -f /dev/null")
    try:
        answer = ask(access(sshd, limits=Limits(deadline=1.0)))
    finally:
        sshd.tool("id", "")
    assert isinstance(answer, NoEvidence)
    assert answer.kind == "deadline"


def test_a_guest_that_never_ends_is_not_listened_to(sshd: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "MAX_ANSWER", 2_000)
    answer = ask(access(sshd))
    assert isinstance(answer, NoEvidence)
    assert answer.kind == "output"
    assert "more than 2,000 bytes" in answer.message


TOLD = "case $1 in */.kvp_pool_3) printf 'VirtualMachineId\\0\\0{}\\0';; *) exec /bin/cat \"$@\";; esac"


@pytest.mark.parametrize(("told", "kind"), [(VM.upper(), None), (OTHER.upper(), "OtherMachine")])
def test_another_machine_is_not_taken_for_this_one(sshd: Server, told: str, kind: str | None) -> None:
    """An address that is old, or wrong, leads to evidence of another machine: data exchange tells which it is."""
    sshd.tool("cat", TOLD.format(told))
    try:
        answer = ask(access(sshd))
    finally:
        sshd.tool("cat", "")
    assert (answer.kind if isinstance(answer, NoEvidence) else None) == kind


def test_ctrl_c_ends_what_is_waited_for(sshd: Server) -> None:
    sshd.tool("id", "exec tail -f /dev/null")

    def waiting(_: list[str]) -> None:
        raise KeyboardInterrupt

    way = access(sshd)
    try:
        done = gather_guests([Visit(HOST, VM, way, way.address)], {}, {}, waiting=waiting)
    finally:
        sshd.tool("id", "")
    assert (done.answers, done.interrupted) == ({}, [f"hv01/{VM}"])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gather-")]


def test_no_ssh(sshd: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    answer = ask(access(sshd))
    assert isinstance(answer, NoEvidence)
    assert "Install an OpenSSH client" in answer.next_step
