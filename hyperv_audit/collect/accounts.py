"""How often a password is tried while no machine has accepted it: a wrong one, tried everywhere, locks the account."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hyperv_audit.collect.crew import Interrupted
from hyperv_audit.inventory import CredentialReference
from hyperv_audit.transport import Kind, Stage, TransportError

TRIES = 2  # one host alone may refuse for reasons of its own; policies lock accounts from three refusals on
_SLICE = 0.5  # seconds after which one who waits looks whether the run was interrupted


class Accounts:
    """The accounts of one gathering, by credential."""

    def __init__(self) -> None:
        self._known: dict[CredentialReference, Account] = {}

    def of(self, credential: CredentialReference) -> "Account":
        """The one account of a domain; each machine has its own of a local one."""
        if not _of_a_domain(credential.username):
            return Account(credential.username)
        return self._known.setdefault(credential, Account(credential.username))


class Account:
    """One account with one password. Until a machine accepts it, never more are asked than may refuse it."""

    def __init__(self, username: str) -> None:
        self._username = username
        self._changed = threading.Condition()
        self._accepted = False
        self._trying = 0
        self._refused: list[str] = []

    @contextmanager
    def log_on(self, machine: str, stopped: threading.Event) -> Iterator[None]:
        """Around one log-on; waits for those before. Raises `TransportError` if enough of them were refused."""
        self._wait(stopped)
        try:
            yield
        except TransportError as error:
            self._end(refused_by=machine if _is_refusal(error) else None, accepted=error.kind is Kind.ACCESS)
            raise
        except BaseException:
            self._end()
            raise
        self._end(accepted=True)

    def _wait(self, stopped: threading.Event) -> None:
        with self._changed:
            while not self._accepted and len(self._refused) + self._trying >= TRIES:
                if len(self._refused) >= TRIES:
                    raise self._not_tried()
                if stopped.is_set():
                    raise Interrupted
                self._changed.wait(_SLICE)
            self._trying += 1

    def _end(self, *, refused_by: str | None = None, accepted: bool = False) -> None:
        with self._changed:
            self._trying -= 1
            self._accepted |= accepted
            self._refused += [refused_by] if refused_by else []
            self._changed.notify_all()

    def _not_tried(self) -> TransportError:
        return TransportError(
            Kind.AUTHENTICATION,
            Stage.CONNECT,
            f"not tried: {' and '.join(self._refused)} refused the log-on of {self._username!r}, "
            "and another refusal might lock the account",
            "Check the account and its password, and run again; if they are right, leave those machines out.",
        )


def _is_refusal(error: TransportError) -> bool:
    """Whether the password was tried: a host that offers no such log-on is not even asked."""
    return error.kind is Kind.AUTHENTICATION and error.stage is Stage.CREATE


def _of_a_domain(username: str) -> bool:
    r"""`CORP\name` or `name@corp.example`, and not `name` or `.\name`."""
    domain, backslash, _ = username.partition("\\")
    return "@" in username or (bool(backslash) and domain != ".")
