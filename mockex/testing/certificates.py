"""Certificates for an exchange over TLS, made when they are needed and kept in a folder of the moment."""

import datetime as dt
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Certificate = Literal["right", "unknown", "misnamed", "expired"]
"""Right; or one by an authority that the client does not know, or for another host, or of a time that is over."""

DAY = dt.timedelta(days=1)
HERE: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    *(x509.IPAddress(ip_address(one)) for one in ("127.0.0.1", "::1")),
)
ELSEWHERE = (x509.DNSName("another.invalid"),)


class Authority:
    """An authority of its own, which signs certificates; `folder` is where `ca_file` and they are written."""

    def __init__(self, folder: Path, name: str = "mockex test authority") -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = _begun(self._name, self._name, self._key, dt.datetime.now(dt.UTC) + 30 * DAY)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        own = own.add_extension(_usage(signs_certificates=True), critical=True)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(own.sign(self._key, SHA256()).public_bytes(Encoding.PEM))

    def context(self, certificate: Certificate = "right") -> ssl.SSLContext:
        """Make what serves TLS with a certificate of this authority; an unknown one is signed with another's key."""
        key = generate_private_key(SECP256R1())
        signs = generate_private_key(SECP256R1()) if certificate == "unknown" else self._key
        until = dt.datetime.now(dt.UTC) + (-DAY if certificate == "expired" else 30 * DAY)
        names = ELSEWHERE if certificate == "misnamed" else HERE
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mockex")])
        its = _begun(subject, self._name, key, until)
        its = its.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        its = its.add_extension(_usage(signs_certificates=False), critical=True)
        its = its.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        its = its.add_extension(x509.SubjectAlternativeName(names), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signs.public_key())
        signed = its.add_extension(issuer, critical=False).sign(signs, SHA256())
        file = self._folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + signed.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _begun(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, until: dt.datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(until - 60 * DAY).not_valid_after(until)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
