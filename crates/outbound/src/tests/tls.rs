//! Who is believed over TLS.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

use crate::tests::world::{AMPLE, Server, World, answer, head, listen, outbound, redirect};
use crate::{Outbound, Policy, Refused};

/// A server with a certificate of its own making for `files.test` and 1.2.3.4, and that certificate.
async fn secure(answer: String) -> (Server, CertificateDer<'static>) {
    let names = vec!["files.test".to_owned(), "1.2.3.4".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = listen(move |stream, heads| {
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        async move {
            // Who does not trust us breaks off here.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let head = head(&mut stream).await;
            heads.lock().unwrap().push(head);
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    })
    .await;
    (server, cert.der().clone())
}

fn world_of(server: &Server) -> Arc<World> {
    let world = Arc::new(World::default());
    world.name("files.test", &[&["1.2.3.4"]]);
    world.name("other.test", &[&["1.2.3.4"]]);
    world.lead("1.2.3.4:443", server.address);
    world
}

fn trusting(certificate: CertificateDer<'static>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    roots
}

#[tokio::test]
async fn a_trusted_server_is_fetched_from_by_name_and_by_address() {
    let (server, certificate) = secure(answer("200 OK", "", "here")).await;
    let outbound = outbound(&world_of(&server), trusting(certificate));
    for url in ["https://files.test/", "https://1.2.3.4/"] {
        assert_eq!(outbound.get(url, AMPLE).await.unwrap().bytes, "here", "{url}");
    }
    assert_eq!(server.heads.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (server, certificate) = secure(answer("200 OK", "", "here")).await;
    let outbound = outbound(&world_of(&server), trusting(certificate));
    let refused = outbound.get("https://other.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Tls(_)), "{refused:?}");
    assert_eq!(server.heads.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    let (server, _) = secure(answer("200 OK", "", "here")).await;
    let (_, another) = secure(answer("200 OK", "", "here")).await;
    for roots in [RootCertStore::empty(), trusting(another)] {
        let refused = outbound(&world_of(&server), roots)
            .get("https://files.test/", AMPLE)
            .await
            .unwrap_err();
        assert!(matches!(refused, Refused::Tls(_)), "{refused:?}");
    }
    let with_the_systems_roots = Outbound::new(Policy { allow_private: true }).unwrap();
    let url = format!("https://localhost:{}/", server.address.port());
    let refused = with_the_systems_roots.get(&url, AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Tls(_)), "{refused:?}");
    assert_eq!(server.heads.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_server_without_tls_is_refused() {
    let server = listen(|mut stream, _| async move {
        stream.write_all(b"220 mail.test ready\r\n").await.unwrap();
        std::future::pending().await
    })
    .await;
    let refused = outbound(&world_of(&server), RootCertStore::empty())
        .get("https://files.test/", AMPLE)
        .await
        .unwrap_err();
    assert!(matches!(refused, Refused::Tls(_)), "{refused:?}");
}

#[tokio::test]
async fn no_redirect_leads_out_of_tls() {
    let (server, certificate) = secure(redirect(302, "http://files.test/")).await;
    let world = world_of(&server);
    let refused = outbound(&world, trusting(certificate))
        .get("https://files.test/", AMPLE)
        .await
        .unwrap_err();
    assert!(matches!(refused, Refused::Downgrade), "{refused:?}");
    assert_eq!(world.connected(), ["1.2.3.4:443"]);
}

#[tokio::test]
async fn a_body_that_breaks_off_without_a_farewell_is_refused() {
    let (server, certificate) = secure("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_owned()).await;
    let outbound = outbound(&world_of(&server), trusting(certificate));
    let refused = outbound.get("https://files.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Http(_)), "{refused:?}");
}
