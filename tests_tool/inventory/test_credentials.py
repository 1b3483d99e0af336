"""Where a password comes from, and that it does not go anywhere else."""

import copy
import getpass
import io
import json
import pickle
import sys
import types
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import CredentialReference, Secret, SecretSource, resolve

SECRET = "hunter2"


def reference(source: SecretSource, name: str = "", username: str = r"CORP\audit") -> CredentialReference:
    return CredentialReference(username, source, name)


def revealed(found: Secret | None) -> str:
    assert found is not None
    return found.reveal()


# --- the secret itself


@pytest.mark.parametrize("text", ["{!r}", "{!s}", "{}", "{:>20}", "{0}{0}"])
def test_a_secret_does_not_show_itself(text: str) -> None:
    assert SECRET not in text.format(Secret(SECRET))
    assert SECRET not in f"{[Secret(SECRET)]} {'%s' % Secret(SECRET)}"  # noqa: UP031  both ways are in use


@pytest.mark.parametrize(
    "leak",
    [pickle.dumps, json.dumps, copy.copy, copy.deepcopy, vars],
    ids=["pickle", "json", "copy", "deepcopy", "vars"],
)
def test_a_secret_is_not_written_anywhere(leak: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError) as caught:
        leak(Secret(SECRET))
    assert SECRET not in str(caught.value)


def test_a_secret_does_not_leave_with_what_holds_it() -> None:
    @dataclass
    class Holder:
        secret: Secret

    with pytest.raises(TypeError):
        asdict(Holder(Secret(SECRET)))


def test_a_secret_is_revealed_on_purpose() -> None:
    assert Secret(SECRET).reveal() == SECRET


# --- environment


def test_a_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_PASSWORD", SECRET)
    assert revealed(resolve(reference(SecretSource.ENVIRONMENT, "AUDIT_PASSWORD"), target="hv01")) == SECRET


@pytest.mark.parametrize(("value", "state"), [(None, "not set"), ("", "empty")])
def test_a_variable_without_a_password_is_named(monkeypatch: pytest.MonkeyPatch, value: str | None, state: str) -> None:
    monkeypatch.delenv("AUDIT_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("AUDIT_PASSWORD", value)
    with pytest.raises(InventoryError, match=f"hv01: .*AUDIT_PASSWORD.* is {state}"):
        resolve(reference(SecretSource.ENVIRONMENT, "AUDIT_PASSWORD"), target="hv01")


# --- prompt


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A terminal at which somebody types the password; the list holds the questions."""
    questions: list[str] = []

    def answer(question: str) -> str:
        questions.append(question)
        return SECRET

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", answer)
    return questions


def test_an_account_is_asked_for_once(typed: list[str]) -> None:
    for username in (r"CORP\once", r"corp\ONCE"):
        assert revealed(resolve(reference(SecretSource.PROMPT, username=username), target="hv01")) == SECRET
    assert typed == [r"Password of CORP\once (for hv01): "]


def test_many_threads_ask_once(typed: list[str]) -> None:
    asked = reference(SecretSource.PROMPT, username=r"CORP\threads")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: resolve(asked, target=f"hv{number}"), range(32)))
    assert {revealed(secret) for secret in found} == {SECRET}
    assert len(typed) == 1


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed ahead"))
    with pytest.raises(InventoryError, match=r"(?s)no terminal to ask.*password_env"):
        resolve(reference(SecretSource.PROMPT, username="nobody"), target="hv01")


def test_a_terminal_that_would_show_the_password_is_not_used(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def echoing(_question: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return SECRET

    monkeypatch.setattr(getpass, "getpass", echoing)
    with pytest.raises(InventoryError, match="could not be asked for"):
        resolve(reference(SecretSource.PROMPT, username="echo"), target="hv01")
    assert typed == []


def test_an_empty_answer_is_not_kept(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = reference(SecretSource.PROMPT, username="empty")
    with monkeypatch.context() as nothing_typed:
        nothing_typed.setattr(getpass, "getpass", lambda _question: "")
        with pytest.raises(InventoryError, match="no password was entered"):
            resolve(asked, target="hv01")
    assert revealed(resolve(asked, target="hv01")) == SECRET
    assert len(typed) == 1


def test_the_end_of_input_is_no_password(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_question: str) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", closed)
    with pytest.raises(InventoryError, match="could not be asked for"):
        resolve(reference(SecretSource.PROMPT, username="closed"), target="hv01")
    assert typed == []


# --- keyring


class KeyringError(Exception):
    pass


def install_keyring(monkeypatch: pytest.MonkeyPatch, get_password: Callable[[str, str], str | None]) -> None:
    errors = types.ModuleType("keyring.errors")
    errors.KeyringError = KeyringError  # type: ignore[attr-defined]
    keyring = types.ModuleType("keyring")
    keyring.errors = errors  # type: ignore[attr-defined]
    keyring.get_password = get_password  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_a_password_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    install_keyring(monkeypatch, lambda service, username: f"{service}/{username}")
    assert revealed(resolve(reference(SecretSource.KEYRING, "svc"), target="hv01")) == r"svc/CORP\audit"


def test_a_keyring_without_the_entry_says_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    install_keyring(monkeypatch, lambda _service, _username: None)
    with pytest.raises(InventoryError) as caught:
        resolve(reference(SecretSource.KEYRING, "svc"), target="hv01")
    assert r'keyring set "svc" "CORP\audit"' in caught.value.next_step


def test_a_locked_keyring_is_no_missing_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_service: str, _username: str) -> str:
        raise KeyringError

    install_keyring(monkeypatch, locked)
    with pytest.raises(InventoryError, match="hv01: the keyring cannot be read: KeyringError"):
        resolve(reference(SecretSource.KEYRING, "svc"), target="hv01")


def test_a_keyring_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(InventoryError) as caught:
        resolve(reference(SecretSource.KEYRING, "svc"), target="hv01")
    assert caught.value.next_step == "pip install keyring"


# --- kerberos


def test_a_ticket_needs_no_password() -> None:
    assert resolve(reference(SecretSource.KERBEROS), target="hv01") is None
