"""The names in a TLS certificate as findings."""

from __future__ import annotations

from scanner.discovery.conversation import Certificate


def certificate_findings(certificate: Certificate | None) -> list[tuple[str, str]]:
    """Subject, issuer and alternative names of a certificate, as findings; none without a certificate."""
    if certificate is None:
        return []
    return [
        ("https.cert-subject", certificate.subject),
        ("https.cert-issuer", certificate.issuer),
        ("https.cert-san", ", ".join(certificate.names)),
    ]
