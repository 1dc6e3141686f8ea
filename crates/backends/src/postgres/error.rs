//! How a connection fails, said as the contract says it.

use stillroom_core::BackendError;
use tokio_postgres::Error;

use crate::remote::{Failure, Refusal};

/// Why a call over a connection has no answer.
pub(super) fn failure(error: Error, location: &str) -> Failure {
    match refusal(&error) {
        Some(refusal) => Failure::Refused(refusal),
        None => Failure::Lost(lost(error, location)),
    }
}

/// Why there is no connection.
pub(super) fn connecting(error: Error, location: &str) -> Failure {
    let Some(refusal) = refusal(&error) else {
        return Failure::Away(BackendError::Unavailable {
            message: format!("can't connect to the database: `{location}`"),
            source: Some(error.into()),
        });
    };
    match refusal.code.as_str() {
        "28P01" | "28000" => Failure::Contract(BackendError::Unauthenticated {
            message: format!("the database knows no such user and password: `{location}`"),
            source: Some(refusal.into()),
        }),
        "3D000" => Failure::Contract(BackendError::NoStore { location: location.to_owned() }),
        // It starts or stops, or has no connection left for now.
        "53300" => Failure::Away(Failure::Refused(refusal).at(location)),
        _ if refusal.is_end() => Failure::Away(Failure::Refused(refusal).at(location)),
        _ => Failure::Contract(Failure::Refused(refusal).at(location)),
    }
}

/// The connection ended before the answer came, so nobody knows whether the call happened.
fn lost(error: Error, location: &str) -> BackendError {
    BackendError::Unavailable {
        message: format!("the connection to the database was lost: `{location}`"),
        source: Some(error.into()),
    }
}

fn refusal(error: &Error) -> Option<Refusal> {
    let error = error.as_db_error()?;
    Some(Refusal {
        code: error.code().code().to_owned(),
        message: error.message().to_owned(),
        detail: error.detail().map(ToOwned::to_owned),
    })
}
