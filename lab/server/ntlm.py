"""Log-on: pyspnego's acceptor, fed with the accounts of one host.

The acceptor reads its accounts from the file that NTLM_USER_FILE names, at each step. That variable is the process's,
so it is set for each synchronous step, under a lock for the sake of other labs; clients pass explicit credentials. It
is not removed between steps: another thread that walks through the environment at that moment, as requests does for
proxies, would fail.
"""

import base64
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import spnego
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import BadBindingsError

from lab.server.model import Account, ChannelBinding

USER_FILE_VARIABLE = "NTLM_USER_FILE"
_user_file_before = os.environ.get(USER_FILE_VARIABLE)
_user_file_lock = threading.Lock()


def forget_user_file() -> None:
    """Puts NTLM_USER_FILE back to what it was before any lab; a lab that still runs sets it at its next step."""
    with _user_file_lock:
        if _user_file_before is None:
            os.environ.pop(USER_FILE_VARIABLE, None)
        else:
            os.environ[USER_FILE_VARIABLE] = _user_file_before


class RefusedError(Exception):
    """The log-on failed; the client never learns why."""


class AccountFile:
    """The accounts of one host, as a file of the acceptor's format that only this user can read."""

    def __init__(self, path: Path, host_name: str, accounts: tuple[Account, ...]) -> None:
        self._path = path
        self._accounts = accounts
        lines = [line for account in accounts for line in _lines(account, host_name)]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(lines))

    @contextmanager
    def in_force(self) -> Iterator[None]:
        with _user_file_lock:
            os.environ[USER_FILE_VARIABLE] = str(self._path)
            yield

    def account(self, principal: str) -> Account:
        """The account behind the name that the acceptor confirmed."""
        wanted = principal.casefold()
        bare = wanted.rpartition("\\")[2]
        return next(a for a in self._accounts if a.username.casefold() in (wanted, bare))


def _lines(account: Account, host_name: str) -> list[str]:
    """An account once per spelling of its domain: the acceptor compares names, it does not resolve them."""
    domain, backslash, user = account.username.rpartition("\\")
    # Some clients send back the name in the acceptor's challenge, which is this machine's.
    domains = [domain] if backslash else ["", ".", host_name, socket.gethostname()]
    if any(":" in text or len(text.splitlines()) > 1 for text in (account.username, account.password, host_name)):
        raise ValueError("an account of the lab can hold neither a colon nor a line end")
    return [f"{spelling}:{user}:{account.password}" for spelling in domains]


class LogOn:
    """One exchange of tokens, then one security context: both belong to a single connection."""

    def __init__(self, accounts: AccountFile, level: ChannelBinding, certificate_hash: bytes | None) -> None:
        self._accounts = accounts
        self._level = level
        self._bindings = None
        if certificate_hash is not None and level is not ChannelBinding.NONE:
            self._bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + certificate_hash)
        with accounts.in_force():
            # The Python implementations everywhere: SSPI would ask this machine's accounts, GSSAPI its keytab.
            self._context = spnego.server(
                protocol="negotiate",
                options=spnego.NegotiateOptions.use_negotiate | spnego.NegotiateOptions.use_ntlm,
            )

    @property
    def complete(self) -> bool:
        return self._context.complete

    @property
    def account(self) -> Account:
        return self._accounts.account(self._context.client_principal or "")

    def step(self, token: str) -> str:
        """The answer to a token, both in base64; an empty one when nothing is left to say."""
        try:
            with self._accounts.in_force():
                answer = self._step(base64.b64decode(token, validate=True))
        except Exception as error:  # whatever a hostile token does to the parser, it is a refusal
            raise RefusedError from error
        return base64.b64encode(answer or b"").decode()

    def _step(self, token: bytes) -> bytes | None:
        try:
            return self._context.step(token, channel_bindings=self._bindings)
        except BadBindingsError as error:
            # Relaxed: a client that knows nothing of channel bindings may log on, one with a wrong binding may not.
            if self._level is ChannelBinding.STRICT or "not present" not in str(error):
                raise
            return self._context.step(token)

    def unseal(self, signature: bytes, sealed: bytes) -> bytes:
        return self._context.unwrap_winrm(signature, sealed)

    def seal(self, message: bytes) -> tuple[bytes, bytes]:
        result = self._context.wrap_winrm(message)
        return result.header, result.data
