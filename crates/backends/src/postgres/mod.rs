//! A PostgreSQL database that many servers and many owners share.
//!
//! What is done there is done by functions (`migrations/`); `remote/` makes calls of them. Here
//! is how a call travels: a transaction of its own that says for whom it is, so that it is safe behind a pooler
//! that lends connections by the transaction.

mod again;
mod connection;
mod doctor;
mod error;
mod isolation;
mod login;
mod made;
mod migrate;
mod operator;
mod pool;
mod rules;
mod tls;
mod upkeep;
mod url;

use std::sync::Arc;

use stillroom_core::{Backend, Result};

use crate::cache::{self, Cache};
use crate::remote;
use crate::{ConnectOptions, Connected};
use again::Again;
use pool::Pool;
use url::Target;

pub use connection::Notice;
pub(crate) use doctor::examine;
pub use isolation::Trial;
pub use login::{Login, LoginShape, LoginUrl, make_login};
pub use migrate::{Migrated, Migration, Step, migrate, migrations, script};
pub(crate) use operator::operator;
pub use upkeep::{Count, Forgotten, Miscount, Recounted, forget, recount};

/// Connects to the store in the database at `url`.
pub(crate) fn open(url: &str, options: &ConnectOptions, cache: &cache::Choice) -> Result<Connected> {
    let target = Target::parse(url)?;
    let location = target.location.clone();
    let pool = Pool::open(target, options.read_only, Arc::clone(&options.clock))?;
    let pool = Again::new(pool, Arc::clone(&options.clock));
    let (cache, notices) = match Cache::open(cache, &location, options) {
        Ok(cache) => (Some(cache), Vec::new()),
        Err(notices) => (None, notices),
    };
    Ok(Connected {
        backend: Backend { notices, ..remote::backend(pool, location, cache) },
        local_owner: None,
        signing_key: None,
        is_local: false,
        verifier: None,
        token: None,
        #[cfg(feature = "supabase")]
        auth: None,
    })
}
