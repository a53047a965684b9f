//! Asks a TLS server for its certificate, and when that ends.
//!
//! **Invariant:** nothing is sent over such a connection: whoever answers is not verified, for a certificate that has ended is just
//! what is looked for.

use std::{sync::Arc, time::Duration};

use base::Millis;
use der::{
    Decode, SliceReader, Tag, Tagged,
    asn1::{AnyRef, GeneralizedTime, UtcTime},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

use super::{Answer, address, plain};
use crate::span;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Asks once. The answer is in whole days: less than one is none, and one that has ended is below.
pub(super) async fn ask(host: &str, port: u16, now: Millis, within: Duration) -> Answer {
    let addresses = match address::look_up(host, port, within).await {
        Ok(addresses) => addresses,
        Err(answer) => return answer,
    };
    let stream = match plain::connect(&addresses, within).await {
        Ok(stream) => stream,
        // Whether it answers is another probe's question.
        Err(Answer::Wrong(why)) => return Answer::Unknown(why),
        Err(answer) => return answer,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(name) = ServerName::try_from(host.to_owned()) else {
        return Answer::Unknown("its name is none a certificate can have".to_owned());
    };
    let Some(connector) = connector() else { return Answer::Unknown("it could not be asked".to_owned()) };
    let hands = tokio::time::timeout(within, connector.connect(name, stream)).await;
    let stream = match hands {
        Err(_) => return Answer::Unknown(format!("no certificate within {}", span::words(within))),
        Ok(Err(_)) => return Answer::Unknown("it does not speak TLS".to_owned()),
        Ok(Ok(stream)) => stream,
    };
    let (_, session) = stream.get_ref();
    let ends = session.peer_certificates().and_then(|all| all.first()).and_then(|first| ends(first));
    match ends {
        Some(ends) => Answer::Days((ends.0 - now.0).div_euclid(DAY)),
        None => Answer::Unknown("its certificate cannot be read".to_owned()),
    }
}

/// When a certificate ends.
fn ends(certificate: &[u8]) -> Option<Millis> {
    let mut signed = inside(AnyRef::from_der(certificate).ok()?)?;
    let mut parts = inside(next(&mut signed)?)?;
    // The version may be left out; then come the number, how it is signed, and by whom.
    let first = next(&mut parts)?;
    if first.tag().is_context_specific() {
        next(&mut parts)?;
    }
    next(&mut parts)?;
    next(&mut parts)?;
    let mut validity = inside(next(&mut parts)?)?;
    next(&mut validity)?;
    let end = next(&mut validity)?;
    let end = match end.tag() {
        Tag::UtcTime => end.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        Tag::GeneralizedTime => end.decode_as::<GeneralizedTime>().ok()?.to_unix_duration(),
        _ => return None,
    };
    i64::try_from(end.as_millis()).ok().map(Millis)
}

fn inside(sequence: AnyRef<'_>) -> Option<SliceReader<'_>> {
    (sequence.tag() == Tag::Sequence).then(|| SliceReader::new(sequence.value()).ok())?
}

fn next<'a>(reader: &mut SliceReader<'a>) -> Option<AnyRef<'a>> {
    AnyRef::decode(reader).ok()
}

fn connector() -> Option<TlsConnector> {
    let provider = CryptoProvider::get_default()?.clone();
    let config =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().ok()?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))).with_no_client_auth();
    Some(TlsConnector::from(Arc::new(config)))
}

/// Takes every certificate, of whoever holds its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
    };

    use super::*;

    /// 2026-11-21.
    const NOW: Millis = Millis(1_795_219_200_000);
    const WITHIN: Duration = Duration::from_secs(10);

    /// A server whose certificate ends at the beginning of a day.
    async fn server(year: i32, month: u8, day: u8) -> u16 {
        // A process has one provider, and another test may have been first.
        let _ = ring::default_provider().install_default();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(year, month, day));
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
        port
    }

    #[tokio::test]
    async fn a_certificate_has_days_left_and_one_that_has_ended_has_less_than_none() {
        for ((year, month, day), left) in
            [((2027, 1, 1), 41), ((2026, 11, 22), 1), ((2026, 11, 21), 0), ((2026, 11, 20), -1)]
        {
            let port = server(year, month, day).await;
            assert_eq!(ask("127.0.0.1", port, NOW, WITHIN).await, Answer::Days(left), "{year}-{month}-{day}");
            assert_eq!(ask("localhost", port, NOW, WITHIN).await, Answer::Days(left));
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_no_certificate_has_no_end(mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = ends(&bytes);
            // Also where it begins as one does.
            bytes.splice(0..0, [0x30, 0x82, 0x00, 0xc8, 0x30, 0x82, 0x00, 0xc0]);
            let _ = ends(&bytes);
        }
    }

    #[tokio::test]
    async fn where_there_is_no_certificate_nobody_knows_when_it_ends() {
        let _ = ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        assert!(matches!(ask("127.0.0.1", port, NOW, WITHIN).await, Answer::Unknown(_)));
    }
}
