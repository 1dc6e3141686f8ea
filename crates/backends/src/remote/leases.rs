//! Leases: taken, renewed and given back by one function.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use stillroom_core::{
    Acquired, BackendError, Beat, Holder, Lease, LeaseKey, Leases, Principal, Result, Timestamp, limits,
};
use uuid::Uuid;

use super::error::unexpected;
use super::json::Json;
use super::record::micros;
use super::text::{escape, unescape};
use super::{Carrier, Failure, Function, Remote};

#[async_trait]
impl<C: Carrier> Leases for Remote<C> {
    async fn acquire(
        &self,
        who: &Principal,
        key: &LeaseKey,
        holder: Holder,
        ttl: Duration,
    ) -> Result<Acquired> {
        limits::check_ttl(Some(ttl))?;
        let asked = json!({ "do": "acquire", "holder": holder.to_string(), "ttl": micros(ttl) });
        let lease = self.told(self.try_lease(who, key, asked))?;
        let lease = lease.ok_or_else(|| BackendError::LeaseLost { key: key.clone() })?;
        Ok(if lease.holder == holder { Acquired::Yours(lease) } else { Acquired::Held(lease) })
    }

    async fn beat(&self, who: &Principal, key: &LeaseKey, holder: Holder, beat: Beat) -> Result<Lease> {
        beat.check()?;
        let asked = json!({
            "do": "beat",
            "holder": holder.to_string(),
            "ttl": micros(beat.ttl),
            "progress": beat.progress,
            "message": beat.message.as_deref().map(escape),
        });
        let lost = || BackendError::LeaseLost { key: key.clone() };
        match self.try_lease(who, key, asked) {
            Err(failure) if failure.is("PT410") => Err(lost()),
            answer => self.told(answer)?.ok_or_else(lost),
        }
    }

    async fn release(&self, who: &Principal, key: &LeaseKey, holder: Holder) -> Result<bool> {
        let ask = || {
            let asked = json!({ "do": "release", "key": key.as_str(), "holder": holder.to_string() });
            self.json(who, Function::Lease, &asked)?.take("released").flag()
        };
        self.told(ask())
    }

    async fn lease(&self, who: &Principal, key: &LeaseKey) -> Result<Option<Lease>> {
        self.told(self.try_lease(who, key, json!({ "do": "show" })))
    }
}

impl<C: Carrier> Remote<C> {
    fn try_lease(&self, who: &Principal, key: &LeaseKey, mut asked: Value) -> Result<Option<Lease>, Failure> {
        asked["key"] = json!(key.as_str());
        self.json(who, Function::Lease, &asked)?.take("lease").option(|lease| read(key, lease))
    }
}

fn read(key: &LeaseKey, mut lease: Json) -> Result<Lease, Failure> {
    let holder = Uuid::parse_str(&lease.take("holder").text()?).map_err(|_| unexpected("no UUID"))?;
    Ok(Lease {
        key: key.clone(),
        holder: Holder(holder),
        started_at: Timestamp(lease.take("started_at").number()?),
        beat_at: Timestamp(lease.take("beat_at").number()?),
        progress: lease.take("progress").option(|progress| progress.float())?,
        message: lease.take("message").option(Json::text)?.map(unescape),
    })
}
