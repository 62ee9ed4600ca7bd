"""rediss:// in front of a real server: a proxy that ends TLS, with a certificate made for the test."""

from __future__ import annotations

import datetime
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from stores.redis_server import Proxy, own_prefix, shared_server

from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota

QUOTA = [("q", Quota(1, "DAY"))]


def certificate(directory, address):
    """A file with a key and a certificate for an address, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "redis")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .sign(key, hashes.SHA256())
    )
    path = directory / f"{address}.pem"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(*pem) + signed.public_bytes(serialization.Encoding.PEM))
    return path


def tls_proxy(path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return Proxy(shared_server().port, lambda reply: [reply], context)


def asked(proxy, **options):
    query = "&".join(
        f"{name}={value}" for name, value in {"prefix": own_prefix(), "timeout": 5, **options}.items()
    )
    store = RedisStore.from_url(f"rediss://127.0.0.1:{proxy.port}/?{query}")
    try:
        return [store.admit((), QUOTA, 0), store.admit((), QUOTA, 0)]
    finally:
        store.close()


def test_counts_over_tls_with_a_certificate_that_is_trusted(tmp_path):
    path = certificate(tmp_path, "127.0.0.1")
    with tls_proxy(path) as proxy:
        assert asked(proxy, ssl_ca_certs=path) == [None, "q"]


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        pytest.param("127.0.0.1", False, id="one that nobody has vouched for"),
        pytest.param("127.0.0.2", True, id="one for another host"),
    ],
)
def test_a_certificate_that_proves_nothing_is_refused(tmp_path, address, trusted):
    path = certificate(tmp_path, address)
    with tls_proxy(path) as proxy, pytest.raises(StoreUnavailable):
        asked(proxy, **({"ssl_ca_certs": path} if trusted else {}))


def test_a_certificate_is_not_looked_at_if_the_url_says_so(tmp_path):
    with tls_proxy(certificate(tmp_path, "127.0.0.2")) as proxy:
        assert asked(proxy, ssl_cert_reqs="none") == [None, "q"]


def test_a_reply_over_tls_that_drips_has_one_deadline_as_well(tmp_path):
    path = certificate(tmp_path, "127.0.0.1")
    with tls_proxy(path) as proxy:
        store = RedisStore.from_url(
            f"rediss://127.0.0.1:{proxy.port}/?timeout=0.25&ssl_ca_certs={path}&prefix={own_prefix()}"
        )
        assert store.generation("tls") == 0
        proxy._spoil = lambda reply: [piece for byte in reply for piece in (bytes([byte]), 0.05)]
        with pytest.raises(StoreUnavailable, match="TimeoutError"):
            store.generation("tls")
        proxy._spoil = lambda reply: [reply]
        store.keep("large", b"x" * 1_000_000, None, 0)
        assert store.recall("large", 0) == b"x" * 1_000_000
        store.close()


def test_a_server_without_tls_is_told_from_one_that_is_slow():
    server = shared_server()
    store = RedisStore.from_url(f"rediss://127.0.0.1:{server.port}/?timeout=0.1&prefix={own_prefix()}")
    with pytest.raises(StoreUnavailable, match=r"TimeoutError while TLS was begun; has the server TLS\?"):
        store.generation("tls")
    store.close()
