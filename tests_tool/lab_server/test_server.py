"""The lab as a whole: counters, start and stop."""

import gc
import os
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from pypsrp.shell import Process, WinRS

from lab.server import Account, Counters, LabHost, LabServer
from tests_tool.lab_server.conftest import Serve
from tests_tool.lab_server.support import AUDITOR, Programs, pypsrp, pywinrm, run


def test_a_batch_costs_nine_requests_at_most(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        assert run(protocol, "cat", stdin=b"x" * 60_000)[2] == 0
    counted = lab.counters("hv01")
    assert counted.http <= 9
    assert counted.tcp == 2
    assert counted.authentications == 1
    assert (counted.shells_now, counted.shells_peak) == (0, 1)
    assert counted.bytes_in > 80_000 < counted.bytes_out
    receives = counted.operations.pop("Receive")
    assert receives in (1, 2)
    assert counted.operations == {"Create": 1, "Command": 1, "Send": 1, "Delete": 1}


def test_over_https_a_batch_costs_one_request_less(serve: Serve) -> None:
    lab = serve(https=True)
    with pywinrm(lab, https=True) as protocol:
        assert run(protocol, "cat", stdin=b"x" * 60_000)[2] == 0
    assert lab.counters("hv01").http <= 8


def test_counters_start_at_nothing_and_outlive_the_lab(programs: Programs) -> None:
    with LabServer([LabHost("hv01", programs, (AUDITOR,))]) as lab:
        assert lab.counters("hv01") == Counters()
        with pywinrm(lab) as protocol:
            run(protocol, "echo hello")
    assert lab.counters("hv01").operations["Create"] == 1


def test_hosts_keep_to_themselves(programs: Programs) -> None:
    hosts = [LabHost("hv01", programs, (AUDITOR,)), LabHost("hv02", programs, (Account("auditor", "another"),))]
    with LabServer(hosts) as lab, ThreadPoolExecutor() as pool:

        def batch(host: LabHost) -> bytes:
            # Not pywinrm: without a proxy its requests rewrite the environment, which threads must not do at once.
            with pypsrp(lab, host.name, account=host.accounts[0]) as wsman, WinRS(wsman) as shell:
                process = Process(shell, "echo", [host.name])
                process.invoke()
                return process.stdout

        assert list(pool.map(batch, hosts * 4)) == [b"hv01\r\n", b"hv02\r\n"] * 4
        assert lab.counters("hv01").authentications == lab.counters("hv02").authentications == 4


def test_stop_leaves_nothing_behind(programs: Programs) -> None:
    before = threading.active_count(), os.environ.get("NTLM_USER_FILE")
    lab = LabServer([LabHost("hv01", programs, (AUDITOR,), https=True)])
    lab.start()
    ssl.create_default_context(cafile=lab.ca_file)
    with pypsrp(lab, https=True) as wsman:
        wsman.update_max_payload_size()
        lab.stop()
    assert (threading.active_count(), os.environ.get("NTLM_USER_FILE")) == before
    assert not lab.ca_file.parent.exists()


def test_stop_ends_commands_and_waiting_clients(programs: Programs) -> None:
    lab = LabServer([LabHost("hv01", programs, (AUDITOR,))])
    lab.start()
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "hang")
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(protocol.get_command_output_raw, shell, command)
            lab.stop()
            assert waiting.exception(timeout=30) is not None
    assert programs.cancelled.is_set()


def test_stop_without_start_is_harmless(programs: Programs) -> None:
    LabServer([LabHost("hv01", programs, (AUDITOR,))]).stop()


def test_hosts_need_names_of_their_own(programs: Programs) -> None:
    with pytest.raises(ValueError, match="hv01"):
        LabServer([LabHost("hv01", programs, (AUDITOR,)), LabHost("hv01", programs, (AUDITOR,))])


@pytest.mark.parametrize("password", ["with:colon", "with\nline end"])
def test_an_account_must_fit_into_the_account_file(programs: Programs, password: str) -> None:
    lab = LabServer([LabHost("hv01", programs, (Account("auditor", password),))])
    with pytest.raises(ValueError, match="neither a colon nor a line end"):
        lab.start()
    assert not lab.ca_file.parent.exists()


def test_a_password_is_not_shown(programs: Programs) -> None:
    assert AUDITOR.password not in repr(LabHost("hv01", programs, (AUDITOR,)))


def test_the_account_file_is_its_users_alone(lab: LabServer) -> None:
    if os.name != "posix":
        pytest.skip("only POSIX files have a mode")
    files = [path for path in lab.ca_file.parent.iterdir() if path != lab.ca_file]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]


def test_labs_side_by_side_keep_their_accounts(programs: Programs) -> None:
    account = Account("auditor", "of the other lab")
    with (
        LabServer([LabHost("hv01", programs, (AUDITOR,))]) as one,
        LabServer([LabHost("hv01", programs, (account,))]) as other,
    ):
        with pywinrm(one) as first, pywinrm(other, account=account) as second:
            assert run(first, "echo 1")[0] == b"1\r\n"
            assert run(second, "echo 2")[0] == b"2\r\n"
        other.stop()
        with pywinrm(one) as first:
            assert run(first, "echo 3")[0] == b"3\r\n"


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_stop_ends_a_client_that_never_speaks(programs: Programs, *, https: bool) -> None:
    lab = LabServer([LabHost("hv01", programs, (AUDITOR,), https=https)])
    lab.start()
    with socket.create_connection(("127.0.0.1", lab.port("hv01"))) as client:
        client.sendall(b"P" if not https else b"")
        while not https and not lab.counters("hv01").tcp:
            pass
        lab.stop()
        gc.collect()
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
