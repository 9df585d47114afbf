"""The address of Redis as terraform writes it, against a server with an authority of its own."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from redis.exceptions import ConnectionError as Unreachable

from erejestracja.settings import RedisSettings
from erejestracja.storage.redis.client import open_client
from tests.support.terraform_text import FOLDER

PASSWORD = "6d2c9f3e-is-no-real-one"


def signed(folder: Path, name: str) -> tuple[str, Path]:
    """Make an authority and a server's certificate by it; return its text and the server's file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    kept = folder / f"{name}.pem"
    kind, no = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    kept.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, no) + pem)
    return pem.decode(), kept


class Server:
    """Speaks as much of Redis as a PING after AUTH needs, over TLS; keeps what it was told."""

    def __init__(self, certificate: Path) -> None:
        self.heard = b""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                plain, _ = self._socket.accept()
                with plain, suppress(OSError):
                    plain.settimeout(5)
                    self._answer(plain)

    def _answer(self, plain: socket.socket) -> None:
        with self._context.wrap_socket(plain, server_side=True) as caller:
            while told := caller.recv(65536):
                self.heard += told
                commands = len(re.findall(rb"^\*\d+\r$", told, re.MULTILINE))
                pong = b"PING" in told
                caller.sendall(b"+OK\r\n" * (commands - pong) + b"+PONG\r\n" * pong)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def authority(tmp_path: Path) -> tuple[str, Path]:
    return signed(tmp_path, "own-authority")


@pytest.fixture
def server(authority: tuple[str, Path]) -> Iterator[Server]:
    running = Server(authority[1])
    yield running
    running.close()


def address(port: int, authority: str) -> RedisSettings:
    """Return the settings with the address that redis.tf makes of these."""
    [form] = re.findall(r'"(rediss://.*)"', (FOLDER / "redis.tf").read_text("utf-8"))
    url = form % (quote_plus(PASSWORD), "127.0.0.1", port, quote_plus(authority))
    return RedisSettings(url=SecretStr(url), timeout_s=5)


def test_the_client_takes_password_and_authority_out_of_the_address(
    server: Server, authority: tuple[str, Path]
) -> None:
    with open_client(address(server.port, authority[0])) as client:
        assert client.ping() is True
    assert PASSWORD.encode() in server.heard


def test_a_server_of_another_authority_is_not_talked_to(server: Server, tmp_path: Path) -> None:
    other, _ = signed(tmp_path, "another")
    with open_client(address(server.port, other)) as client, pytest.raises(Unreachable):
        client.ping()
    assert PASSWORD.encode() not in server.heard
