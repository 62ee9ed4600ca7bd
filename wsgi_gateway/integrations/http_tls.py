"""TLS towards an HTTP backend: who is trusted, and what is checked when the chain is not.

``insecure_skip_verification`` skips the trust in the chain of certificates and nothing else, as on AWS: a
certificate that has expired or was made out for another host is refused all the same.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_TlsConfig.html
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from datetime import UTC, datetime
from typing import Any

from wsgi_gateway.errors import ConfigError

_CERTIFICATE = int(ssl.SSLErrorNumber.SSL_ERROR_SSL)


class TlsClient:
    """Makes sockets into TLS ones for one host.

    :param ca: a file or directory of trusted certificates.
    :param certificate: the client's own: a file with certificate and key, or a pair of files.
    :param skip_chain: whether the chain of the host's certificate is not checked.

    Raises ConfigError for files that cannot be used.
    """

    def __init__(
        self,
        host: str,
        *,
        ca: str,
        certificate: str | tuple[str, str] | None = None,
        skip_chain: bool = False,
    ) -> None:
        self._host = host
        self._skips_chain = skip_chain
        try:
            self._context = _context(ca, certificate, skip_chain)
        except (OSError, TypeError) as error:
            raise ConfigError(f"the TLS certificates cannot be used: {type(error).__name__}") from error

    def wrap(self, plain: socket.socket) -> socket.socket:
        """Shake hands within the socket's timeout. Raises OSError, of which ssl.SSLError is one."""
        wrapped = self._context.wrap_socket(plain, server_hostname=self._host)
        # Without this the end of the stream could be faked by whoever cuts the line.
        wrapped.suppress_ragged_eofs = False  # type: ignore[attr-defined]
        if self._skips_chain:
            try:
                check_certificate(wrapped.getpeercert(binary_form=True), self._host)
            except BaseException:
                wrapped.close()
                raise
        return wrapped


def _context(ca: str, certificate: str | tuple[str, str] | None, skip_chain: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if skip_chain:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(**{"capath" if os.path.isdir(ca) else "cafile": ca})
    if certificate is not None:
        context.load_cert_chain(*((certificate,) if isinstance(certificate, str) else certificate))
    return context


def check_certificate(der: bytes | None, host: str, now: datetime | None = None) -> None:
    """Raise ssl.SSLCertVerificationError unless the certificate is in force and made out for ``host``."""
    from cryptography import x509

    if der is None:
        raise ssl.SSLCertVerificationError(_CERTIFICATE, "no certificate")
    certificate = x509.load_der_x509_certificate(der)
    if not certificate.not_valid_before_utc <= (now or datetime.now(UTC)) <= certificate.not_valid_after_utc:
        raise ssl.SSLCertVerificationError(_CERTIFICATE, "the certificate is not in force")
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    if not _is_named(host, names, x509):
        raise ssl.SSLCertVerificationError(_CERTIFICATE, "the certificate is made out for another host")


def _is_named(host: str, names: Any, x509: Any) -> bool:
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return any(_matches(host.lower(), name.lower()) for name in names.get_values_for_type(x509.DNSName))


def _matches(host: str, name: str) -> bool:
    """Equal, or equal but for a first label of ``*`` (RFC 9525)."""
    if name.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and "." in rest and rest == name[2:]
    return host == name
