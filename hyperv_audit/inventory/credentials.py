"""From a reference to the secret itself, at the last moment before it is needed."""

import getpass
import importlib
import os
import sys
import threading
import warnings
from typing import NoReturn

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory.model import CredentialReference, SecretSource


class Secret:
    """A password that does not show itself: printing, formatting, pickling and copying yield nothing of it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The password, for the one call that logs on."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is neither pickled nor copied")


def resolve(reference: CredentialReference, *, target: str) -> Secret | None:
    """The password of `reference`, or None where a Kerberos ticket or a key takes its place.

    `target` is for messages: the host that needs it. Safe to call from several threads. A prompt needs the terminal's
    own standard input, which under pytest is captured unless somebody suspends that.
    """
    match reference.source:
        case SecretSource.ENVIRONMENT:
            return Secret(_from_environment(reference, target))
        case SecretSource.PROMPT:
            return Secret(_from_prompt(reference, target))
        case SecretSource.KEYRING:
            return Secret(_from_keyring(reference, target))
        case SecretSource.KERBEROS | SecretSource.SSH_KEY:
            return None


def _from_environment(reference: CredentialReference, target: str) -> str:
    value = os.environ.get(reference.name)
    if not value:
        state = "not set" if value is None else "empty"
        raise InventoryError(
            f"{target}: the environment variable {reference.name} with the password of {reference.username} is {state}",
            f"set it without leaving it in the shell's history: read -rs {reference.name}; export {reference.name}; "
            "in CI from the secret store",
        )
    return value


_answers: dict[str, str] = {}
_one_question_at_a_time = threading.Lock()


def _from_prompt(reference: CredentialReference, target: str) -> str:
    account = reference.username.casefold()
    with _one_question_at_a_time:
        if account not in _answers:
            _answers[account] = _ask(reference.username, target)
        return _answers[account]


def _ask(username: str, target: str) -> str:
    elsewhere = "run it in a terminal, or take the password from elsewhere: password_env or keyring"
    if not sys.stdin.isatty():
        raise InventoryError(f"{target}: no terminal to ask for the password of {username}", elsewhere)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would show what is typed
            answer = getpass.getpass(f"Password of {username} (for {target}): ")
    except (EOFError, getpass.GetPassWarning) as error:
        raise InventoryError(f"{target}: the password of {username} could not be asked for", elsewhere) from error
    if not answer:
        raise InventoryError(f"{target}: no password was entered for {username}", "run it again and type it")
    return answer


def _from_keyring(reference: CredentialReference, target: str) -> str:
    service, username = reference.name, reference.username
    try:
        keyring = importlib.import_module("keyring")
        errors = importlib.import_module("keyring.errors")
    except ImportError:
        raise InventoryError(
            f"{target}: the password of {username} is in the keyring, and keyring is not installed",
            "pip install keyring",
        ) from None
    try:
        password = keyring.get_password(service, username)
    except errors.KeyringError as error:
        raise InventoryError(
            f"{target}: the keyring cannot be read: {type(error).__name__}",
            "unlock it, or run `keyring diagnose`; without a desktop session use password_env",
        ) from error
    if not password:
        raise InventoryError(
            f"{target}: the keyring has no password of {username} under {service}",
            f'add it; the command asks for it: keyring set "{service}" "{username}"',
        )
    return str(password)
