"""Certificates of one run, by which its processes recognise each other: TLS on every connection between them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from neurosim_rl.settings.checks import require_extra

VALID = timedelta(days=366)
"""Time for which certificates are valid. No run lasts longer."""
SKEW = timedelta(days=1)
"""Certificates are valid from this time before now: clocks of nodes differ."""
AUTHORITY, CERTIFICATE, KEY = "authority.pem", "certificate.pem", "key.pem"
"""Files: the certificate of the run's own authority, and the certificate and key that all its processes use."""
ROLES = ("client", "scheduler", "worker")


def certified(folder: Path) -> dict[str, Any]:
    """Write new certificates to a folder; return Dask's settings that demand them on both sides of a connection.

    The authority signs one certificate. Its own key is never written, so nobody can sign another.

    Parameters
    ----------
    folder : path
        A folder that no other user can enter.

    Raises
    ------
    MissingExtraError
        When the package cryptography is not installed.
    """
    for name, text in _new_certificates().items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
    settings: dict[str, Any] = {
        "distributed.comm.require-encryption": True,
        "distributed.comm.tls.ca-file": str(folder / AUTHORITY),
    }
    for role in ROLES:
        settings[f"distributed.comm.tls.{role}.cert"] = str(folder / CERTIFICATE)
        settings[f"distributed.comm.tls.{role}.key"] = str(folder / KEY)
    return settings


def _new_certificates() -> dict[str, bytes]:
    """Return the texts of all files, in PEM."""
    require_extra("cryptography", "hpc")
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _named("neurosim-rl, authority of one run")
    authority = (
        _certificate(issuer, issuer, authority_key.public_key(), authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    own = (
        _certificate(_named("neurosim-rl, process of one run"), issuer, key.public_key(), authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
    )
    return {
        AUTHORITY: _signed(authority, authority_key),
        CERTIFICATE: _signed(own, authority_key),
        KEY: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }


def _named(name: str) -> Any:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])


def _certificate(subject: Any, issuer: Any, public_key: Any, issuer_key: Any) -> Any:
    """Return a certificate that is not yet signed."""
    from cryptography import x509

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> Any:
    """Return what a key is for: to sign certificates, or to sign the handshakes of connections."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(certificate: Any, key: Any) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    text: bytes = certificate.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    return text
