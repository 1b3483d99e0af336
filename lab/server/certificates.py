"""Certificates of the lab: its own authority, made anew each time, and the ways a certificate can be wrong."""

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import trustme

from lab.server.model import CertificateKind

LOOPBACK = ("127.0.0.1", "localhost")
LONG_AGO = (datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class ServerCertificate:
    """What a listener shows, and the hash that log-ons are bound to."""

    context: ssl.SSLContext
    hash: bytes


class Authority:
    """The lab's certificate authority; hosts of one kind share one certificate, for they share one address."""

    def __init__(self, ca_file: Path) -> None:
        self.ca_file = ca_file
        self._ca = trustme.CA(organization_name="hyperv-audit lab")
        self._ca.cert_pem.write_to_path(str(ca_file))
        self._issued: dict[CertificateKind, ServerCertificate] = {}

    def certificate(self, kind: CertificateKind) -> ServerCertificate:
        if kind not in self._issued:
            self._issued[kind] = _server_certificate(*self._issue(kind))
        return self._issued[kind]

    def _issue(self, kind: CertificateKind) -> tuple[trustme.Blob, trustme.Blob]:
        """The key with its certificate chain, and the certificate alone."""
        if kind is CertificateKind.SELF_SIGNED:
            stranger = trustme.CA()
            key_and_chain = stranger.private_key_pem.bytes() + stranger.cert_pem.bytes()
            return trustme.Blob(key_and_chain), stranger.cert_pem
        ca = trustme.CA() if kind is CertificateKind.UNKNOWN_CA else self._ca
        names = ("elsewhere.invalid",) if kind is CertificateKind.WRONG_NAME else LOOPBACK
        not_before, not_after = LONG_AGO if kind is CertificateKind.EXPIRED else (None, None)
        leaf = ca.issue_cert(*names, not_before=not_before, not_after=not_after)
        return leaf.private_key_and_cert_chain_pem, leaf.cert_chain_pems[0]


def _server_certificate(key_and_chain: trustme.Blob, certificate: trustme.Blob) -> ServerCertificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with key_and_chain.tempfile() as path:
        context.load_cert_chain(path)
    der = ssl.PEM_cert_to_DER_cert(certificate.bytes().decode())
    return ServerCertificate(context, hashlib.sha256(der).digest())
