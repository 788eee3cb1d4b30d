"""Certificates of a run: two processes that hold them connect, and nobody else does."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from distributed import Security

from neurosim_rl.errors import MissingExtraError
from neurosim_rl.execution.certificates import ROLES, certified


def connected(server: dict[str, Any], client: dict[str, Any]) -> bool:
    """Return whether both sides of a TLS handshake accept each other, each with Dask's context for its role."""
    sides = {"server": server, "client": client}
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    connections = [
        sides["client"]["ssl_context"].wrap_bio(to_client, to_server),
        sides["server"]["ssl_context"].wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):  # flights of messages
        for connection in connections:
            try:
                connection.do_handshake()
                connection.read(1)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return True


def security(folder: Path) -> Security:
    """Return Dask's object with new certificates of a folder."""
    folder.mkdir()
    named = certified(folder)
    files = {"tls_ca_file": named["distributed.comm.tls.ca-file"]}
    for role in ROLES:
        files[f"tls_{role}_cert"] = named[f"distributed.comm.tls.{role}.cert"]
        files[f"tls_{role}_key"] = named[f"distributed.comm.tls.{role}.key"]
    return Security(require_encryption=named["distributed.comm.require-encryption"], **files)


@pytest.mark.parametrize("server", ["scheduler", "worker"])
@pytest.mark.parametrize("client", ROLES)
def test_processes_of_a_run_connect_in_every_role(server: str, client: str, tmp_path: Path) -> None:
    own = security(tmp_path / "run")
    assert connected(own.get_listen_args(server), own.get_connection_args(client))


def test_processes_of_two_runs_do_not(tmp_path: Path) -> None:
    one, two = security(tmp_path / "one"), security(tmp_path / "two")
    careless = two.get_connection_args("client")
    careless["ssl_context"].verify_mode = ssl.CERT_NONE
    assert not connected(one.get_listen_args("scheduler"), careless), "the server accepts another run's certificate"
    trusting = one.get_listen_args("scheduler")
    trusting["ssl_context"].verify_mode = ssl.CERT_NONE
    assert not connected(trusting, two.get_connection_args("client")), "the client accepts another run's certificate"


def test_certificates_pass_the_strict_checks_of_newer_pythons(tmp_path: Path) -> None:
    own = security(tmp_path / "run")
    sides = own.get_listen_args("scheduler"), own.get_connection_args("client")
    for side in sides:
        side["ssl_context"].verify_flags |= ssl.VERIFY_X509_STRICT
    assert connected(*sides)


def test_a_certificate_signs_no_other(tmp_path: Path) -> None:
    from cryptography import x509

    security(tmp_path / "run")
    own = x509.load_pem_x509_certificate((tmp_path / "run" / "certificate.pem").read_bytes())
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert [path.name for path in sorted((tmp_path / "run").iterdir())] == [
        "authority.pem",
        "certificate.pem",
        "key.pem",
    ], "the authority's key was written"


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography", None)
    with pytest.raises(MissingExtraError, match=r"'cryptography' is not installed.*neurosim-rl\[hpc\]"):
        certified(tmp_path)
