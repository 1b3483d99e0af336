"""A machine that is in no file: `winrm://user@host:port`.

A URL is never repeated in a message: what is wrong with it may be a password.
"""

import ipaddress
from collections.abc import Container
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory.load import DEFAULT_PORTS
from hyperv_audit.inventory.model import CredentialReference, Scheme, SecretSource, Target
from hyperv_audit.inventory.schema import is_account, is_address
from hyperv_audit.inventory.validate import UNVERIFIED, VERIFIED_ADVICE, did_you_mean

PASSWORD_VARIABLE = "HYPERV_AUDIT_PASSWORD"  # noqa: S105  the name of a variable
"""Where the password for a URL is found."""

_FORM = r"write winrm://USER@HOST or winrm://USER@HOST:PORT; CORP\name is CORP%5Cname, IPv6 goes in brackets"


def url_target(url: str, taken: Container[str] = ()) -> Target:
    """The target of `url`: https on 5986; port 5985, or ?scheme=http, makes it http.

    It is named after the host, and after the port too if that is unusual or the name is `taken` (folded names).
    """
    parts, port = _split(url)
    username, address = _username(parts), _address(parts)
    options = _options(parts)
    scheme = Scheme(options.get("scheme") or (Scheme.HTTP if port == DEFAULT_PORTS[Scheme.HTTP] else Scheme.HTTPS))
    port = DEFAULT_PORTS[scheme] if port is None else port
    name = _name(address)
    usual = port in DEFAULT_PORTS.values() and name.casefold() not in taken
    return Target(
        name=name if usual else f"{name}_{port}",
        address=address,
        port=port,
        scheme=scheme,
        credential=CredentialReference(username, SecretSource.ENVIRONMENT, PASSWORD_VARIABLE),
        ca_file=Path(options["ca_file"]) if "ca_file" in options else None,
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or parts.path not in {"", "/"} or parts.fragment or port == 0:
        raise InventoryError("--hosts: a URL that cannot be read", _FORM)
    if parts.scheme != "winrm":
        raise InventoryError("--hosts: a URL that does not start with winrm://", _FORM)
    return parts, port


def _username(parts: SplitResult) -> str:
    if parts.password is not None:
        raise InventoryError(
            "--hosts: a password in a URL",
            f"leave it out and set {PASSWORD_VARIABLE}, or describe the host in an inventory with password_env, "
            "keyring or prompt; change this password: others see command lines, and histories keep them",
        )
    username = unquote(parts.username or "")
    if not username:
        raise InventoryError(
            "--hosts: a URL without an account",
            f"write winrm://USER@HOST and set {PASSWORD_VARIABLE}; with keyring or prompt use an inventory",
        )
    if not is_account(username):
        raise InventoryError("--hosts: a URL whose account cannot be a name", _FORM)
    return username


def _address(parts: SplitResult) -> str:
    address = unquote(parts.hostname or "")
    if not is_address(address):
        raise InventoryError("--hosts: a URL whose host is neither a DNS name nor an IP address", _FORM)
    return address


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key in options:
        if UNVERIFIED.search(key):
            raise InventoryError("--hosts: a URL that asks not to verify the certificate", VERIFIED_ADVICE)
        if key not in {"scheme", "ca_file"}:
            raise InventoryError(
                "--hosts: a URL with an unknown option",
                f"{did_you_mean(key, ('scheme', 'ca_file'))} options are scheme=http and ca_file=FILE".strip(),
            )
    if options.get("scheme", Scheme.HTTPS) not in set(Scheme) or options.get("ca_file") == "":
        raise InventoryError("--hosts: a URL with an option that has no usable value", "scheme=http, ca_file=FILE")
    return options


def _name(address: str) -> str:
    """A name that is safe in ids and file names."""
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return address
    ipv6 = 6
    return f"ipv6-{address.replace(':', '-').replace('%', '-')}" if version == ipv6 else address
