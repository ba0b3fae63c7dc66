"""Makes an authority and a broker's certificate: ca.pem and broker.pem (key, certificate, authority) in the folder that is named."""

import sys
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

folder = Path(sys.argv[1])
now = datetime.now(timezone.utc)
authority_key, broker_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


AUTHORITY = name("the Kafka of a Causeway sandbox")


def certificate(subject, key, extension, *, critical):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(AUTHORITY)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(extension, critical=critical)
        .sign(authority_key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


authority = certificate(AUTHORITY, authority_key, x509.BasicConstraints(ca=True, path_length=0), critical=True)
names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
broker = certificate(name("localhost"), broker_key, names, critical=False)
private = broker_key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
(folder / "broker.pem").write_bytes(private + broker + authority)
(folder / "ca.pem").write_bytes(authority)
