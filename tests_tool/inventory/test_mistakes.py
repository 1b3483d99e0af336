"""Every mistake of a file is told with its line, in words that help, and without its secrets."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import load_inventory

Write = Callable[[str], Path]

SECRET = "hunter2"


def complaint(write: Write, text: str) -> InventoryError:
    path = write(text)
    with pytest.raises(InventoryError) as caught:
        load_inventory(path)
    assert caught.value.path == path
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "what", "next_step"),
    [
        ("", 1, "the file is empty", "copy of an example"),
        ("# nothing\n", 1, "the file is empty", "copy of an example"),
        ("just words", 1, "expected a mapping .*, found text", ""),
        ("policy: p.yaml", 1, "names no host", "add hosts"),
        ("hosts:\n  a: {}\n  b: {adress: x}", 3, "hosts.b: unknown key 'adress'", "did you mean 'address'"),
        ("host:\n  a: {}", 1, "unknown key 'host'", "did you mean 'hosts'"),
        ("groups:\n  g:\n    var: {}", 3, "groups.g: unknown key 'var'", "did you mean 'vars'.*children, hosts, vars"),
        ("hosts:\n  a: {}\n  a: {}", 3, "'a' stands here twice, first in line 2", "keep one"),
        ("hosts:\n  a:\n    port: '5986'", 3, "hosts.a.port: expected a whole number, found text", ""),
        ("hosts:\n  a:\n    port: 0", 3, "hosts.a.port: should be greater than or equal to 1", ""),
        ("hosts:\n  a:\n    port: 65536", 3, "hosts.a.port: should be less than or equal to 65535", ""),
        ("hosts:\n  a:\n    port: true", 3, "expected a whole number, found true/false", ""),
        ("hosts:\n  a:\n    port:", 3, "hosts.a.port: has no value", "delete the line"),
        ("hosts:\n  a: {scheme: htps}", 2, "hosts.a.scheme: should be 'http' or 'https'", ""),
        ("hosts:\n  a: {address: 10.5}", 2, "expected text, found a number", "put it in quotes"),
        ("hosts:\n  a: {address: 'https://a'}", 2, "neither a DNS name nor an IP address", "hv01.corp.example"),
        ("hosts:\n  a: {address: '[::1]'}", 2, "neither a DNS name nor an IP address", "fd00::7"),
        ("hosts:\n  a: {limits: {operation: 61}}", 2, "operation: should be less than or equal to 60", ""),
        ("hosts:\n  a: {limits: {connect: .inf}}", 2, "connect: expected a finite number", ""),
        ("hosts:\n  a: {address: b, world: w}", 2, "an address and a world", "keep address for a real host"),
        ("hosts:\n  a b: {}", 2, "hosts.a b: 'a b' cannot be a name", "letters, digits"),
        ("hosts:\n  ../a: {}", 2, "cannot be a name", "letters, digits"),
        ("hosts:\n  é: {}", 2, "cannot be a name", "letters, digits"),
        ("hosts: {? " + "a" * 254 + " : {}}", 1, "cannot be a name", "at most 253"),
        ("hosts:\n  101: {}", 2, "does not read the key '101' as text", "quotes"),
        ("groups:\n  g:\n    hosts: [a, 101]", 3, "expected text, found a number", "quotes"),
        ("groups:\n  g:\n    hosts: a", 3, "expected a list of names, or a mapping", ""),
        ("hosts: {a: }\ngroups:\n  all: {}", 3, "'all' always means every host", "defaults"),
        ("hosts: {a: }\ngroups:\n  A: {}", 3, "'A' is the name of a host too", "rename"),
        ("hosts: {a: }\ngroups:\n  G: {}\n  g: {}", 4, "'g' is also written 'G'", "one spelling"),
        ("hosts:\n  a: {}\n  A: {}", 3, "host 'A' is also written 'a'", ""),
        (
            "hosts:\n  a: {port: 1}\ngroups:\n  g:\n    hosts:\n      a: {port: 2}",
            6,
            "host 'a' has other variables than in line 2",
            "once",
        ),
        (
            "hosts: {a: }\ngroups:\n  prod: {}\n  g:\n    children:\n      - prud",
            6,
            "groups.g.children: there is no group 'prud'",
            "did you mean 'prod'",
        ),
        (
            "hosts: {a: }\ngroups:\n  g: {children: [h]}\n  h: {children: [g]}",
            3,
            "contain each other: g > h > g",
            "take one",
        ),
        ("hosts: {a: }\ngroups:\n  g: {children: [g]}", 3, "contain each other: g > g", "take one"),
        ("hosts:\n  a: {}", 2, "host 'a' has no credential", "defaults"),
        ("hosts:\n  a: {credential: {username: b}}", 2, "names no source for the password", "password_env"),
        ("hosts:\n  a: {credential: {prompt: true}}", 2, "'username' is missing", "username"),
        ("hosts:\n  a: {credential: {username: b, prompt: false}}", 2, "prompt: should be true", ""),
        (
            "hosts:\n  a: {credential: {username: b, prompt: true, keyring: c}}",
            2,
            "names keyring and prompt",
            "name one",
        ),
        ("hosts:\n  a: {credential: {username: 'b:c', prompt: true}}", 2, "is not an account name", "CORP"),
        ("hosts: [hv1]", 1, "hosts: expected a mapping .*, found a list", "write hosts: {hv01: {}, hv02: {}}"),
        ("hosts:\n  a: {port: 1\n  b: {}\n", 3, "a brace or bracket that opens in line 2 is not closed", "close it"),
        ("hosts: {a: {port: 1}", 1, "a brace or bracket that opens in line 1 is not closed", "close it"),
        ("hosts:\n  a\n  b: {}\n", 3, "is not YAML: mapping values are not allowed here", "the blank after each colon"),
        (
            "hosts:\n  a: {}\n b\n",
            3,
            "is not YAML: expected <block end>, but found '<scalar>'",
            "the blank after each colon",
        ),
        ("hosts:\n\ta: {}", 2, "a tab", "spaces"),
        ('hosts:\n  a: {credential: {username: "CORP\\svc"}}', 2, "a backslash in double quotes", "single"),
        ("hosts:\n  a: {}\n---\nhosts: {}", 3, "a second YAML document", "one document"),
        ("hosts: !ruby/object {}", 1, "a YAML tag", "plain value"),
        ("hosts:\n  <<: {a: }", 2, "merge keys", "group"),
        ("hosts:\n  ? [a]\n  : b", 2, "where a key should", ""),
        ("hosts: *nobody", 1, "alias or anchor that leads nowhere", "quote"),
        ("hosts: \x00", 1, "control character", "delete it"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_mistake_is_told_with_its_line_and_what_to_do(
    write: Write, text: str, line: int | None, what: str, next_step: str
) -> None:
    error = complaint(write, text)
    assert (error.line, bool(re.search(what, error.what))) == (line, True), str(error)
    assert re.search(next_step, str(error)), str(error)


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order(write: Write) -> None:
    error = complaint(
        write,
        """
        hosts:
          hv01: {port: 0}
          hv02: {adress: x}
          hv02: {}
        groups:
          g: {hosts: 7}
        defaults: {scheme: ftp}
        """,
    )
    assert error.line == 2
    assert re.findall(r"line (\d):", error.what) == ["2", "3", "4", "6", "7"]
    assert "5 problems" in error.what


def test_hundreds_of_mistakes_are_counted_not_listed(write: Write) -> None:
    error = complaint(write, "hosts:\n" + "".join(f"  hv{number}:\n" for number in range(300)))
    assert "300 problems" in error.what
    assert "and 280 more" in error.what
    assert len(str(error).splitlines()) < 50


@pytest.mark.parametrize(
    "text",
    [
        "hosts: {a: {password: hunter2}}",
        "hosts: {a: {Password: hunter2}}",
        "hosts: {a: {ansible_password: hunter2}}",
        "hosts: {a: {vars: {pwd: hunter2}}}",
        "hosts: {password: hunter2}",
        "hosts: [{password: hunter2}]",
        "groups: {g: {vars: {secret: hunter2}}}",
        "groups: {g: {pass: hunter2}}",
        "groups: {g: {hosts: {a: {passwd: [hunter2]}}}}",
        "defaults: {credential: {username: a, password: hunter2}}",
        "defaults: {credential: {username: a, password-env: hunter2, pass-phrase: 1, passphrase: hunter2}}",
        "defaults: {credential: {username: a, client_secret: {value: hunter2}}}",
        "password: hunter2",
        "{password=hunter2}",
        "{password:hunter2}",
        "{password hunter2}",
        "password: hunter2\npassword: hunter2",
    ],
)
def test_a_secret_is_refused_and_not_repeated(write: Write, text: str) -> None:
    error = complaint(write, text)
    assert "holds no secrets" in error.what
    assert "password_env" in str(error)
    assert SECRET not in str(error)
    assert error.__context__ is None, "what another error knows could be printed with this one"


@pytest.mark.parametrize(
    "text",
    [
        "hosts: {a: {credential: {username: 'b:hunter2', prompt: true}}}",
        "hosts: {a: {credential: {username: b, password_env: 'hunter2!'}}}",
        "hosts: {a: {credential: 'b:hunter2'}}",
        "hosts: {a: {address: 'b:hunter2@c'}}",
        "hosts: {a: {scheme: hunter2, port: hunter2, limits: hunter2}}",
        "groups: {g: {hosts: [password=hunter2]}}",
        "defaults: {credential: {password: *hunter2}}",
        "defaults: {credential: {password: !hunter2 x}}",
        "defaults: {credential: {password: !hunter2!x x}}",
        'defaults: {credential: {password: "hunter2',
        "defaults: {credential: {password: &hunter2 x, pwd: &hunter2 x}}",
        "password:\n  hunter2: x\n hunter2",
    ],
)
def test_a_value_that_may_be_a_secret_is_not_repeated(write: Write, text: str) -> None:
    error = complaint(write, text)
    assert SECRET not in str(error)
    assert error.__context__ is None


@pytest.mark.parametrize(
    "key",
    ["verify", "validate", "validate_certs", "server_cert_validation", "insecure", "ssl_verify", "no_verify", "no_ssl"],
)
def test_certificates_cannot_be_left_unverified(write: Write, key: str) -> None:
    error = complaint(write, f"defaults: {{{key}: ignore}}")
    assert f"unknown key '{key}'" in error.what
    assert "always verified" in error.next_step
    assert "ca_file" in error.next_step


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"hosts:\n  a: {}\n  \xff: {}", 3, "not UTF-8"),
        ("hosts: {a: }".encode("utf-16"), 1, "not UTF-8"),
        (b"#" * 1_000_001, None, "larger than 1,000,000 bytes"),
        (b"[" * 100_000, 1, "nested too deeply"),
        (b"a: &a [*a]", 1, "nested too deeply"),
        (b"a: &a {b: *a}", 1, "nested too deeply"),
        (
            b"a: &a0 [x,x]\n" + b"".join(b"a%d: &a%d [%s*a0]\n" % (n, n, b"*a%d," % (n - 1) * 9) for n in range(1, 12)),
            None,
            "holds more than 200,000 values",
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_file_that_is_no_text_or_no_reasonable_yaml(
    tmp_path: Path, content: bytes, line: int | None, what: str
) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_bytes(content)
    with pytest.raises(InventoryError, match=what) as caught:
        load_inventory(path)
    assert line in {None, caught.value.line}


@pytest.mark.parametrize(
    "text",
    [
        *"~-?:,[]{}#&*!|>'\"%@`=1",
        *("<<", "[]", "{}", "null", "true", "1.5", ".nan", "2024-01-01", "''", "- - -", "? ?", "a:"),
        "hosts: []",
        "hosts: {? : }",
        "hosts: {~: ~}",
        "hosts: {a: [], b: 1, c: 2024-99-99}",
        "hosts: {a: 2024-01-01T99:99:99Z}",
        "hosts: !!binary x",
        "hosts: !!int ''",
        "hosts: !!float ''",
        "hosts: !!bool perhaps",
        "hosts: !!timestamp x",
        "hosts: !!set {a}",
        "!!omap [a: 1]",
        "hosts: {a: {port: 0x_}}",
        "hosts: {a: {port: " + "9" * 5000 + "}}",
        "hosts: {a: {port: 1:2:3, address: =, scheme: <<}}",
        "groups: {g: {hosts: [[a]], children: {a: b}, vars: []}}",
        "groups: {g: , h: [], i: 1}",
        "defaults: [1]\nhosts: {1: 2}\ngroups: {1.5: [], null: {}, true: }\npolicy: [a]",
        "%YAML 9.9\n---\nhosts: {}",
        "%TAG ! x\n--- !y\n",
        "hosts: {'\\0': {}, \"\\0\": {}}",
        "\N{BYTE ORDER MARK}\N{BYTE ORDER MARK}hosts:",
        "hosts: {\N{RIGHT-TO-LEFT OVERRIDE}a: {}}",
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_junk_is_an_inventory_error(write: Write, text: str) -> None:
    complaint(write, text)
