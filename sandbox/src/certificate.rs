//! The certificates the sandbox answers as Discord with. Made at start and forgotten at the end; no key is ever written.

use crate::Error;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;

/// The names a bot dials.
const NAMES: [&str; 5] =
    ["discord.com", "cdn.discordapp.com", "media.discordapp.net", "gateway.discord.gg", "localhost"];

/// The authority to trust, as PEM, and what the listener needs.
pub(crate) fn make() -> Result<(String, Arc<rustls::ServerConfig>), Error> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "Nebula sandbox, this run only");
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    let mut server = CertificateParams::new(NAMES.map(str::to_owned).to_vec())?;
    server.distinguished_name.push(DnType::CommonName, "discord.com");
    server.subject_alt_names.push(rcgen::SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into()));
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &issuer)?;

    // No global provider is installed: which one the process uses is for the process to say.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((authority_certificate.pem(), Arc::new(config)))
}
