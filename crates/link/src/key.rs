//! The secret that servers and hosts share, and what TLS makes of it.
//!
//! Two keys of Ed25519 are derived from it, one for each end. Each end shows its own as a raw public key (RFC 7250)
//! and takes no other than the one it expects of the other end: there are no certificates, no names and no dates to
//! go wrong.

use std::{fmt, str::FromStr, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, ServerConfig,
    SignatureScheme,
    client::{
        AlwaysResolvesClientRawPublicKeys,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls13_signature_with_raw_key},
    pki_types::{
        CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
    },
    server::{
        AlwaysResolvesServerRawPublicKeys,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
    version::TLS13,
};

/// RFC 8410: what stands before the 32 bytes of a private key of Ed25519.
const ED25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The secret that servers and hosts share: at least 32 characters.
#[derive(Clone)]
pub struct LinkKey(SecretString);

/// Why a text is no link key. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link key must have at least 32 characters; make one with: openssl rand -hex 32")]
pub struct LinkKeyProblem;

impl FromStr for LinkKey {
    type Err = LinkKeyProblem;

    fn from_str(text: &str) -> Result<Self, LinkKeyProblem> {
        let text = text.trim();
        if text.len() < 32 {
            return Err(LinkKeyProblem);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

/// An end of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Server,
    Host,
}

impl LinkKey {
    /// What a server connects with.
    pub(crate) fn client_config(&self) -> Result<ClientConfig, rustls::Error> {
        let own = AlwaysResolvesClientRawPublicKeys::new(self.certified(End::Server)?);
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.only(End::Host)?))
            .with_client_cert_resolver(Arc::new(own));
        Ok(config)
    }

    /// What a host accepts with.
    pub(crate) fn server_config(&self) -> Result<ServerConfig, rustls::Error> {
        let own = AlwaysResolvesServerRawPublicKeys::new(self.certified(End::Host)?);
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(Arc::new(self.only(End::Server)?))
            .with_cert_resolver(Arc::new(own));
        Ok(config)
    }

    fn certified(&self, end: End) -> Result<Arc<CertifiedKey>, rustls::Error> {
        let label: &[u8] = match end {
            End::Server => b"pythonide link 1 server",
            End::Host => b"pythonide link 1 host",
        };
        let mut hmac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes())
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        hmac.update(label);
        let mut private = ED25519_PKCS8.to_vec();
        private.extend_from_slice(&hmac.finalize().into_bytes());
        let signing = ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(private))?;
        let public = signing
            .public_key()
            .ok_or_else(|| rustls::Error::General("the key shows no public part".to_owned()))?;
        let public = CertificateDer::from(public.to_vec());
        Ok(Arc::new(CertifiedKey::new(vec![public], signing)))
    }

    fn only(&self, end: End) -> Result<OnlyThis, rustls::Error> {
        let certified = self.certified(end)?;
        let expected = certified.end_entity_cert()?.clone().into_owned();
        Ok(OnlyThis { expected })
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Takes one public key for the other end's and no other.
#[derive(Debug)]
struct OnlyThis {
    expected: CertificateDer<'static>,
}

impl OnlyThis {
    fn check(&self, shown: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        if *shown == self.expected {
            Ok(())
        } else {
            Err(CertificateError::UnknownIssuer.into())
        }
    }

    fn check_signature(
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature_with_raw_key(
            message,
            &SubjectPublicKeyInfoDer::from(shown.as_ref()),
            signed,
            &ring::default_provider().signature_verification_algorithms,
        )
    }

    fn no_tls12() -> rustls::Error {
        rustls::Error::General("the link speaks TLS 1.3 only".to_owned())
    }
}

impl ServerCertVerifier for OnlyThis {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.check(end_entity)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(Self::no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Self::check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for OnlyThis {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.check(end_entity)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(Self::no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Self::check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
