"""TLS towards a backend."""

from __future__ import annotations

import ipaddress
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import requests
from integrations.aws_calls import ask, isolate, signing_session

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.integrations.http_tls import TlsClient, check_certificate
from wsgi_gateway.wsgi import call_app

x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def certificate(names, *, begins=NOW - DAY, ends=NOW + DAY):
    """A self-signed certificate and its key, as PEM in one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if names:
        general = [
            x509.IPAddress(name) if not isinstance(name, str) else x509.DNSName(name) for name in names
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    made = builder.sign(key, hashes.SHA256())
    return made, made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.fixture
def pem(tmp_path):
    """Writes a certificate with its key; the name of the file."""

    def write(*names, **options):
        path = tmp_path / "backend.pem"
        path.write_bytes(certificate(names, **options)[1])
        return str(path)

    return write


@pytest.fixture
def secure(serve):
    """A backend that speaks TLS with the certificate in a file; its URL."""

    def start(file, talk=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)

        def answer(peer):
            while peer.request():
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        backend = serve(talk or answer, lambda sock: context.wrap_socket(sock, server_side=True))
        backend.url = backend.url.replace("http:", "https:")
        return backend

    return start


def trusting(file):
    session = requests.Session()
    session.verify = file
    return session


def assert_network_error(response):
    assert response.status_code == 504
    assert json.loads(response.body()) == {"message": "Network error communicating with endpoint"}


@pytest.mark.parametrize("proxy", [False, True], ids=["buffered", "streamed"])
def test_a_certificate_that_is_trusted(proxy, pem, secure, request_of):
    file = pem(LOOPBACK)
    backend = secure(file)
    app = Http(backend.url, session=trusting(file), proxy=proxy)
    for _ in range(3):
        response = call_app(app, request_of("POST", body=b"x" * 200_000))
        assert (response.status_code, response.body()) == (200, b"ok")
    assert backend.connections == 1
    assert [len(body) for body in backend.bodies] == [200_000] * 3


def test_a_certificate_that_nobody_vouches_for_is_504(pem, secure, request_of):
    backend = secure(pem(LOOPBACK))
    assert_network_error(call_app(Http(backend.url), request_of()))
    assert backend.heads == []


@pytest.mark.parametrize("skip", [False, True], ids=["verifying", "skipping the chain"])
@pytest.mark.parametrize(
    ("names", "options"),
    [
        pytest.param(["other.example"], {}, id="for another host"),
        pytest.param([], {}, id="for no host"),
        pytest.param([LOOPBACK], {"begins": NOW - 9 * DAY, "ends": NOW - DAY}, id="expired"),
        pytest.param([LOOPBACK], {"begins": NOW + DAY, "ends": NOW + 9 * DAY}, id="not yet in force"),
    ],
)
def test_a_certificate_that_is_not_good_is_504(names, options, skip, pem, secure, request_of):
    file = pem(*names, **options)
    backend = secure(file)
    app = Http(backend.url, session=trusting(file), insecure_skip_verification=skip)
    assert_network_error(call_app(app, request_of()))
    assert backend.heads == []


def test_skipping_verification_skips_the_chain(pem, secure, request_of):
    backend = secure(pem(LOOPBACK))
    assert call_app(Http(backend.url, insecure_skip_verification=True), request_of()).status_code == 200


def test_two_apps_with_one_session_do_not_share_what_they_trust(pem, secure, request_of):
    backend = secure(pem(LOOPBACK))
    with requests.Session() as session:
        strict = Http(backend.url, session=session)
        lax = Http(backend.url, session=session, insecure_skip_verification=True)
        assert call_app(lax, request_of()).status_code == 200
        assert_network_error(call_app(strict, request_of()))


def test_a_backend_without_tls_is_504(serve, request_of):
    def talk(peer):
        peer.socket.recv(100)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.wait_for_close()

    assert_network_error(call_app(Http(serve(talk).url.replace("http:", "https:")), request_of()))


def test_a_handshake_that_does_not_end_is_504(serve, request_of):
    backend = serve(lambda peer: peer.wait_for_close())
    response = call_app(Http(backend.url.replace("http:", "https:"), timeout=0.3), request_of())
    assert json.loads(response.body()) == {"message": "Endpoint request timed out"}
    assert backend.hung_up.acquire(timeout=5)


@pytest.mark.parametrize(("says_goodbye", "status"), [(True, 200), (False, 502)], ids=["closed", "cut"])
def test_a_body_that_ends_with_the_connection_must_be_ended_by_the_backend(
    says_goodbye, status, pem, secure, request_of
):
    def talk(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nok")
        peer.file.close()
        if says_goodbye:
            peer.socket.unwrap()

    backend = secure(pem(LOOPBACK), talk)
    app = Http(backend.url, insecure_skip_verification=True)
    assert call_app(app, request_of()).status_code == status


@pytest.mark.parametrize(
    ("host", "names", "good"),
    [
        ("a.example", ["a.example"], True),
        ("A.Example", ["a.example"], True),
        ("a.example", ["b.example", "*.example"], False),
        ("a.b.example", ["*.b.example"], True),
        ("c.a.b.example", ["*.b.example"], False),
        ("b.example", ["*.b.example"], False),
        (".b.example", ["*.b.example"], False),
        ("127.0.0.1", ["127.0.0.1"], False),
        ("127.0.0.1", [LOOPBACK], True),
        ("127.0.0.2", [LOOPBACK], False),
        ("::1", [ipaddress.ip_address("::1")], True),
        ("a.example", [], False),
    ],
)
def test_names_of_certificates(host, names, good):
    der = certificate(names)[0].public_bytes(serialization.Encoding.DER)
    if good:
        check_certificate(der, host)
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            check_certificate(der, host)


def test_no_certificate_is_not_good():
    with pytest.raises(ssl.SSLCertVerificationError):
        check_certificate(None, "a.example")


@pytest.mark.parametrize("options", [{"ca": "/nowhere"}, {"ca": __file__}])
def test_files_that_cannot_be_used_are_config_errors(options):
    with pytest.raises(ConfigError):
        TlsClient("a.example", **options)


def test_a_client_certificate_that_cannot_be_used_is_a_config_error(pem):
    with requests.Session() as session:
        session.cert = "/nowhere"
        with pytest.raises(ConfigError):
            Http("https://a.example/", session=session)


@pytest.mark.parametrize("bundle", [True, False], ids=["vouched for", "not vouched for"])
def test_the_bundle_of_authorities_that_is_configured_for_aws(bundle, pem, secure, monkeypatch):
    isolate(monkeypatch)
    file = pem(LOOPBACK)
    backend = secure(file)
    if bundle:
        monkeypatch.setenv("AWS_CA_BUNDLE", file)
    services = AwsServices(session=signing_session(), endpoint_url=backend.url)
    assert ask("sqs:path/123456789012/jobs", services=services).status == (200 if bundle else 504)
