"""What `--hosts` means."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import (
    PASSWORD_VARIABLE,
    CredentialReference,
    Inventory,
    Scheme,
    SecretSource,
    load_inventory,
    select,
)

Write = Callable[[str], Path]

FILE = """
defaults: {credential: {kerberos: true}}
hosts: {hv01: , hv02: , HV03: , hv07: , hv10: , web01: }
groups:
  production: {hosts: [hv07], children: [branch]}
  branch: {hosts: [hv01, hv02]}
  lab: {hosts: [hv02, hv10]}
  empty: {}
"""


@pytest.fixture
def inventory(write: Write) -> Inventory:
    return load_inventory(write(FILE))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("hv01", "hv01"),
        ("HV01", "hv01"),
        ("hv03", "HV03"),
        ("all", "hv01 hv02 HV03 hv07 hv10 web01"),
        ("ALL", "hv01 hv02 HV03 hv07 hv10 web01"),
        ("*", "hv01 hv02 HV03 hv07 hv10 web01"),
        ("production", "hv01 hv02 hv07"),
        ("Branch", "hv01 hv02"),
        ("hv0*", "hv01 hv02 HV03 hv07"),
        ("HV0?", "hv01 hv02 HV03 hv07"),
        ("hv0[13]", "hv01 HV03"),
        ("hv0[!13]", "hv02 hv07"),
        ("hv[!:]1", "hv01"),
        ("prod*", "hv01 hv02 hv07"),
        ("*1", "hv01 web01"),
        ("hv07,hv01", "hv01 hv07"),
        ("hv07:hv01", "hv01 hv07"),
        ("hv01, hv01 ,branch", "hv01 hv02"),
        ("hv01,,hv02,", "hv01 hv02"),
        ("production,!hv07", "hv01 hv02"),
        ("production:!hv07", "hv01 hv02"),
        ("!hv07:production", "hv01 hv02"),
        ("production, ! hv07", "hv01 hv02"),
        ("production:!branch", "hv07"),
        ("production:&lab", "hv02"),
        ("&lab:production", "hv02"),
        ("production,hv10,&lab,!hv02", "hv10"),
        ("all:&production:&lab", "hv02"),
        ("!hv0*", "hv10 web01"),
        ("&lab", "hv02 hv10"),
        ("lab,empty", "hv02 hv10"),
        ("all:!empty", "hv01 hv02 HV03 hv07 hv10 web01"),
    ],
)
def test_names_groups_and_globs(inventory: Inventory, expression: str, expected: str) -> None:
    assert [target.name for target in select(inventory, expression)] == expected.split()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("hv08", "nothing is called 'hv08'.*did you mean 'hv"),
        ("prodution", "did you mean 'production'.*groups: all, production, branch, lab, empty; 6 hosts"),
        ("xyz*", "nothing is called 'xyz.'.*groups: all"),
        ("all,!hv70", "nothing is called 'hv70'"),
        ("all,&prod", "nothing is called 'prod'"),
        ("", "names nothing.*demo"),
        (" , :", "names nothing"),
        ("!", "nothing is called"),
        ("empty", "leaves no host"),
        ("hv01,!hv01", "leaves no host"),
        ("hv01:&hv02", "leaves no host"),
        ("!all", "leaves no host"),
        ("fd00::7", "an address, not a name.*winrm://USER@.fd00::7."),
        ("[fd00::7]", "an address, not a name"),
    ],
)
def test_a_part_that_matches_nothing_is_told(inventory: Inventory, expression: str, message: str) -> None:
    with pytest.raises(InventoryError, match=f"(?s){message}"):
        select(inventory, expression)


@pytest.mark.parametrize(
    ("url", "name", "endpoint", "username"),
    [
        ("winrm://audit@hv01", "hv01", "https://hv01:5986/wsman", "audit"),
        ("WinRM://audit@hv01.corp.example/", "hv01.corp.example", "https://hv01.corp.example:5986/wsman", "audit"),
        ("winrm://CORP%5Caudit@hv01:5985", "hv01", "http://hv01:5985/wsman", r"CORP\audit"),
        (r"winrm://CORP\audit@hv01:5986", "hv01", "https://hv01:5986/wsman", r"CORP\audit"),
        ("winrm://audit%40corp.example@hv01", "hv01", "https://hv01:5986/wsman", "audit@corp.example"),
        ("winrm://audit@corp.example@hv01", "hv01", "https://hv01:5986/wsman", "audit@corp.example"),
        ("winrm://audit@hv01?scheme=http", "hv01", "http://hv01:5985/wsman", "audit"),
        ("winrm://audit@hv01:8443?scheme=https", "hv01_8443", "https://hv01:8443/wsman", "audit"),
        ("winrm://audit@hv01:5985?scheme=https", "hv01", "https://hv01:5985/wsman", "audit"),
        ("winrm://audit@192.0.2.7:45001", "192.0.2.7_45001", "https://192.0.2.7:45001/wsman", "audit"),
        ("winrm://audit@[fd00::7]", "ipv6-fd00--7", "https://[fd00::7]:5986/wsman", "audit"),
        ("winrm://audit@[::1]:5985", "ipv6---1", "http://[::1]:5985/wsman", "audit"),
    ],
)
def test_a_url_needs_no_inventory(url: str, name: str, endpoint: str, username: str) -> None:
    (target,) = select(Inventory(), url)
    assert (target.name, target.endpoint) == (name, endpoint)
    assert target.credential == CredentialReference(username, SecretSource.ENVIRONMENT, PASSWORD_VARIABLE)
    assert target.ca_file is None


def test_a_url_may_name_the_authority() -> None:
    (target,) = select(Inventory(), "winrm://audit@hv01?ca_file=certs/ca.pem")
    assert (target.scheme, target.ca_file) == (Scheme.HTTPS, Path("certs/ca.pem"))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("winrm://a@new,hv07,hv01", ["hv01", "hv07", "new"]),
        ("hv01:winrm://a@new:5985,hv02", ["hv01", "hv02", "new"]),
        ("winrm://a@new,winrm://a@new", ["new"]),
        ("winrm://a@127.0.0.1:1001,winrm://a@127.0.0.1:1002", ["127.0.0.1_1001", "127.0.0.1_1002"]),
        ("all,winrm://a@new,&branch", ["hv01", "hv02"]),
        ("branch,winrm://a@new,!hv0*", ["new"]),
        ("hv01,winrm://a@hv01", ["hv01", "hv01_5986"]),
        ("winrm://a@HV01", ["hv01_5986"]),
    ],
)
def test_urls_beside_names(inventory: Inventory, expression: str, expected: list[str]) -> None:
    assert [target.name for target in select(inventory, expression)] == expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("winrm://hv01", "without an account.*set HYPERV_AUDIT_PASSWORD"),
        ("winrm://@hv01", "without an account"),
        ("winrm://a@", "neither a DNS name nor an IP address"),
        ("winrm://a@h v", "neither a DNS name nor an IP address"),
        ("winrm://a@hv01:0", "cannot be read"),
        ("winrm://a@hv01:99999", "cannot be read"),
        ("winrm://a@hv01:https", "cannot be read"),
        ("winrm://a@[::1", "cannot be read"),
        ("winrm://a@hv01/wsman", "cannot be read"),
        ("winrm://a%3Ab@hv01", "account cannot be a name"),
        ("ssh://a@hv01", "does not start with winrm://"),
        ("https://a@hv01:5986", "does not start with winrm://"),
        ("winrm://a@hv01?no_verify=true", "not to verify.*always verified.*ca_file"),
        ("winrm://a@hv01?server_cert_validation=ignore", "not to verify"),
        ("winrm://a@hv01?shceme=http", "unknown option.*did you mean 'scheme'"),
        ("winrm://a@hv01?scheme=ftp", "no usable value"),
        ("winrm://a@hv01?ca_file=", "no usable value"),
        ("winrm://a@hv01,winrm://b@hv01", "two URLs for one host"),
    ],
)
def test_a_url_that_cannot_be_used(url: str, message: str) -> None:
    with pytest.raises(InventoryError, match=f"(?s){message}"):
        select(Inventory(), url)


@pytest.mark.parametrize(
    "expression",
    [
        "winrm://audit:hunter2@hv01",
        "winrm://audit:hunter2@[::1]:5985",
        "winrm://:hunter2@hv01",
        "winrm://audit:hunter2/@hv01",
        "winrm://audit:/hunter2@hv01",
        "winrm://audit:#hunter2@hv01",
        "winrm://audit:?hunter2@hv01",
        "winrm://audit:x,hunter2@hv01",
        "winrm://audit:[hunter2@hv01",
        "https://audit:hunter2@hv01",
        "winrm://audit@hv01?password=hunter2",
        "audit:hunter2@hv01",
    ],
)
def test_a_password_on_the_command_line_is_refused_and_not_repeated(inventory: Inventory, expression: str) -> None:
    with pytest.raises(InventoryError) as caught:
        select(inventory, expression)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_password_in_a_url_is_told_what_to_do_instead() -> None:
    with pytest.raises(InventoryError, match=f"(?s)a password in a URL.*{PASSWORD_VARIABLE}.*keyring.*change this"):
        select(Inventory(), "winrm://audit:hunter2@hv01")
