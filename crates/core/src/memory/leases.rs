//! Leases in memory.

use std::time::Duration;

use async_trait::async_trait;

use super::Memory;
use crate::{
    Acquired, BackendError, Beat, Holder, Lease, LeaseKey, Leases, Principal, Result, Uptime, limits,
};

/// A lease that was taken, and until when.
pub(super) struct Held {
    lease: Lease,
    until: Uptime,
}

impl Held {
    fn is_over(&self, now: Uptime) -> bool {
        self.until.boot != now.boot || self.until.since <= now.since
    }
}

#[async_trait]
impl Leases for Memory {
    async fn acquire(
        &self,
        who: &Principal,
        key: &LeaseKey,
        holder: Holder,
        ttl: Duration,
    ) -> Result<Acquired> {
        limits::check_ttl(Some(ttl))?;
        let uptime = self.clock.uptime();
        Ok(self.with(who.owner(), |holdings, now| {
            let held = holdings.leases.get(key).filter(|held| !held.is_over(uptime));
            let mut lease = match held {
                Some(held) if held.lease.holder != holder => return Acquired::Held(held.lease.clone()),
                Some(held) => held.lease.clone(),
                None => Lease {
                    key: key.clone(),
                    holder,
                    started_at: now,
                    beat_at: now,
                    progress: None,
                    message: None,
                },
            };
            lease.beat_at = now;
            holdings.leases.insert(key.clone(), Held { lease: lease.clone(), until: uptime.after(ttl) });
            Acquired::Yours(lease)
        }))
    }

    async fn beat(&self, who: &Principal, key: &LeaseKey, holder: Holder, beat: Beat) -> Result<Lease> {
        beat.check()?;
        let uptime = self.clock.uptime();
        self.with(who.owner(), |holdings, now| {
            let held = holdings.leases.get_mut(key);
            let held = held.filter(|held| held.lease.holder == holder && !held.is_over(uptime));
            let held = held.ok_or_else(|| BackendError::LeaseLost { key: key.clone() })?;
            held.until = uptime.after(beat.ttl);
            held.lease.beat_at = now;
            held.lease.progress = beat.progress;
            held.lease.message = beat.message;
            Ok(held.lease.clone())
        })
    }

    async fn release(&self, who: &Principal, key: &LeaseKey, holder: Holder) -> Result<bool> {
        let uptime = self.clock.uptime();
        Ok(self.with(who.owner(), |holdings, _| {
            let held = holdings.leases.get(key);
            let is_theirs = held.is_some_and(|held| held.lease.holder == holder && !held.is_over(uptime));
            if is_theirs {
                holdings.leases.remove(key);
            }
            is_theirs
        }))
    }

    async fn lease(&self, who: &Principal, key: &LeaseKey) -> Result<Option<Lease>> {
        let uptime = self.clock.uptime();
        Ok(self.with(who.owner(), |holdings, _| {
            let held = holdings.leases.get(key).filter(|held| !held.is_over(uptime));
            held.map(|held| held.lease.clone())
        }))
    }
}
