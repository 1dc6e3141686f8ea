//! Keeping sweeps away while a long read goes over one moment's versions.
//!
//! A version that was dropped in favour of newer ones has its bytes until a
//! sweep: in a store that is saved to all the time, an export of minutes would
//! meet sweep after sweep and begin again each time. It is a lease, so that
//! one that crashed holds nothing up for long, and only a courtesy: where it
//! can't be had, an export that meets a sweep begins again.

use std::time::Duration;

use stillroom_core::{Beat, Clock, Holder, LeaseKey, poll_now};
use uuid::Uuid;

use crate::clock::WallClock;
use crate::{Error, ErrorKind, Result, Store};

/// What the lease is called.
const KEY: &str = "stillroom/export";
/// How long one that crashed keeps sweeps away.
const TTL: Duration = Duration::from_secs(60);
/// How often it is renewed, at least.
const BEAT: Duration = Duration::from_secs(10);

/// Sweeps of this owner's wait while it lives.
pub(crate) struct Hold<'a> {
    store: &'a Store,
    key: LeaseKey,
    holder: Holder,
    renewed: Duration,
}

impl<'a> Hold<'a> {
    pub(crate) fn take(store: &'a Store) -> Result<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(Error::no_random_bytes)?;
        let hold = Self {
            store,
            key: LeaseKey::parse(KEY)?,
            holder: Holder(Uuid::from_bytes(id)),
            renewed: WallClock.uptime().since,
        };
        hold.acquire();
        Ok(hold)
    }

    /// Renews it when that is due; asked often.
    pub(crate) fn renew(&mut self) {
        let now = WallClock.uptime().since;
        if now.saturating_sub(self.renewed) < BEAT {
            return;
        }
        self.renewed = now;
        let beat = Beat { ttl: TTL, progress: None, message: None };
        let leases = self.store.leases();
        if poll_now(leases.beat(self.store.who(), &self.key, self.holder, beat)).is_err() {
            self.acquire();
        }
    }

    /// Another export's holds sweeps up as well; one after it is asked for again.
    fn acquire(&self) {
        drop(poll_now(self.store.leases().acquire(self.store.who(), &self.key, self.holder, TTL)));
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        drop(poll_now(self.store.leases().release(self.store.who(), &self.key, self.holder)));
    }
}

impl Store {
    /// Refuses a sweep while an export is under way.
    pub(crate) fn check_not_held(&self) -> Result<()> {
        let held = poll_now(self.leases().lease(self.who(), &LeaseKey::parse(KEY)?))?;
        if held.is_none() {
            return Ok(());
        }
        let message = "results are being exported, nothing was erased; try again when that is done";
        Err(Error::new(ErrorKind::Unavailable, message))
    }
}
