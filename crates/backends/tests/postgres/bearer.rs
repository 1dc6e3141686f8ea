//! A caller who carries a token, which ends.

use std::sync::Arc;
use std::time::Duration;

use stillroom_backends::{ConnectOptions, connect};
use stillroom_core::{
    BackendError, Bearer, ListRange, ManualClock, Owner, Principal, Secret, Timestamp, poll_now,
};

use crate::database::Database;
use crate::raw::ANA;

#[test]
fn a_token_that_is_over_asks_for_nothing_more() {
    let database = Database::direct(15);
    let clock = Arc::<ManualClock>::default();
    let options = ConnectOptions {
        create: true,
        read_only: false,
        verify_always: false,
        durable: None,
        cache: stillroom_backends::CacheOptions { is_off: true, ..Default::default() },
        key: None,
        clock: clock.clone(),
    };
    let backend = connect(Some(&database.url("stillroom_test")), options).unwrap().backend;
    let expires_at = Timestamp::default().after(Duration::from_secs(3600));
    let bearer = Bearer { token: Secret::new("hunter2"), expires_at };
    let ana = Principal::signed_in(Owner::new(ANA.parse().unwrap()), bearer);
    let list = || poll_now(backend.catalog.list(&ana, ListRange::default()));

    assert!(list().is_ok());
    clock.advance(Duration::from_secs(3629));
    assert!(list().is_ok());
    clock.advance(Duration::from_secs(1));
    let over = list();

    let Err(BackendError::Unauthenticated { message, .. }) = over else { panic!("{over:?}") };
    assert!(message.contains("sign in again") && !message.contains("hunter2"), "{message}");
}
