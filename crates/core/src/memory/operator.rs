//! The whole store in memory.

use async_trait::async_trait;

use super::{Holdings, Memory};
use crate::{Operator, Owner, Result, Sweep, Swept};

#[async_trait]
impl Operator for Memory {
    async fn owners(&self) -> Result<Vec<Owner>> {
        let has_any =
            |holdings: &Holdings| holdings.results.values().any(|history| !history.versions.is_empty());
        Ok(self.with_all(|owners, _| {
            owners.iter().filter(|(_, holdings)| has_any(holdings)).map(|(owner, _)| *owner).collect()
        }))
    }

    async fn set_quota(&self, owner: Owner, quota: Option<u64>) -> Result<()> {
        self.with(owner, |holdings, _| holdings.quota = quota);
        Ok(())
    }

    async fn sweep_all(&self, sweep: Sweep) -> Result<Swept> {
        Ok(self.with_all(|owners, now| owners.values_mut().map(|holdings| holdings.sweep(sweep, now)).sum()))
    }
}
