//! Who vouches for a server.

use std::fs;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use stillroom_core::{BackendError, Result};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connects to servers that `file`, or else the system, vouches for.
///
/// # Errors
/// `Invalid` when there is nobody who could.
pub(super) fn connector(file: Option<&Path>) -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    let certificates = match file {
        Some(file) => read(file)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        let message = match file {
            Some(file) => format!("there is no certificate in `sslrootcert`: `{}`", file.display()),
            None => {
                "this system has no certificates that could vouch for a server; install `ca-certificates`, \
                or name a file by `sslrootcert=` in the URL"
                    .to_owned()
            }
        };
        return Err(BackendError::Invalid { message });
    }
    Ok(MakeRustlsConnect::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = fs::read(file).map_err(|error| BackendError::Invalid {
        message: format!("can't read `sslrootcert`: {error}: `{}`", file.display()),
    })?;
    CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|_| BackendError::Invalid {
        message: format!("`sslrootcert` is no PEM file: `{}`", file.display()),
    })
}
