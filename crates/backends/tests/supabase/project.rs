//! A project of a test's own: a stand-in over a database of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use stillroom_backends::{ConnectOptions, Connected, connect};
use stillroom_core::conformance::Subject;
use stillroom_core::{Backend, Bearer, ManualClock, Owner, Principal, Secret, Timestamp, layers};
use supabase_stand_in::{Seen, Settings, StandIn};
use uuid::Uuid;

use crate::database::Database;

/// A project that goes with its test.
pub(crate) struct Project {
    backend: Backend,
    pub(crate) stand_in: Arc<StandIn>,
    database: Database,
}

impl Project {
    pub(crate) fn of(major: u16) -> Self {
        Self::with(major, Settings::default())
    }

    pub(crate) fn with(major: u16, settings: Settings) -> Self {
        let database = Database::direct(major);
        let stand_in = Arc::new(StandIn::start(&database.admin_url(), settings));
        let backend = open(&stand_in, &database);
        Self { backend, stand_in, database }
    }

    /// The store as an app opens it, where nobody is signed in.
    pub(crate) fn connect(&self) -> Connected {
        self.connect_with(self.stand_in.publishable_key())
    }

    /// The same with another key.
    pub(crate) fn connect_with(&self, key: &str) -> Connected {
        let options = ConnectOptions { key: Some(Secret::new(key)), ..options(&self.stand_in) };
        connect(Some(&self.stand_in.url()), options).unwrap()
    }

    /// The URL of the database's superuser.
    pub(crate) fn admin_url(&self) -> String {
        self.database.admin_url()
    }

    /// From now on nobody gets an account by saving something.
    pub(crate) fn forget_accounts_are_made(&self) {
        self.database.admin().batch_execute("drop trigger test_account on public.app_result_owners").unwrap();
    }

    /// Somebody with an account and a token.
    pub(crate) fn user(&self, email: &str) -> Principal {
        let id = self.stand_in.create_user(email, "a password of a test");
        let bearer =
            Bearer { token: Secret::new(self.stand_in.token_of(&id)), expires_at: Timestamp(i64::MAX) };
        Principal::signed_in(Owner::new(Uuid::parse_str(&id).unwrap()), bearer)
    }

    /// The requests since this was last asked.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        let seen = self.stand_in.seen();
        self.stand_in.forget_seen();
        seen
    }
}

/// The store as the suite uses it: each asker has a token, and the database the test's time.
fn open(stand_in: &Arc<StandIn>, database: &Database) -> Backend {
    let backend = connect(Some(&stand_in.url()), options(stand_in)).unwrap().backend;
    let (signer, tokens) = (Arc::clone(stand_in), Mutex::new(HashMap::<Owner, Bearer>::new()));
    let sign = move |owner: Owner| {
        let mut tokens = tokens.lock().unwrap();
        let new = || Bearer {
            token: Secret::new(signer.token_of(&owner.to_string())),
            expires_at: Timestamp(i64::MAX),
        };
        tokens.entry(owner).or_insert_with(new).clone()
    };
    let signed = layers::signed(backend, Arc::new(sign));
    // What works on all owners is done by a connection.
    let operator = database.backend().operator.clone();
    database.by_the_clock(Backend { operator, ..signed })
}

fn options(stand_in: &StandIn) -> ConnectOptions {
    ConnectOptions {
        cache: stillroom_backends::CacheOptions { is_off: true, ..Default::default() },
        create: true,
        read_only: false,
        verify_always: false,
        durable: None,
        key: Some(Secret::new(stand_in.publishable_key())),
        // The project's own clock is what counts.
        clock: Arc::<ManualClock>::default(),
    }
}

impl Subject for Project {
    fn backend(&self) -> &Backend {
        &self.backend
    }

    fn reopened(&self) -> Backend {
        open(&self.stand_in, &self.database)
    }

    fn clock(&self) -> &ManualClock {
        self.database.clock()
    }

    fn damage(&self, blob: &[u8]) {
        self.database.damage(blob);
    }
}
