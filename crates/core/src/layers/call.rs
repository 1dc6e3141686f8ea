//! What is asked of a backend and what it answers, as a layer sees them.

use crate::{
    Acquired, Body, Commit, Committed, Digest, Lease, LeaseKey, ListRange, Listing, Owner, PutBlob, Record,
    ResultKey, Scope, Stored, Sweep, Swept, Usage, Version,
};
use stillroom_format::Buffer;

/// A call of the contract. It has no owner: whom a call is for is no layer's business.
#[derive(Clone, Copy)]
pub(super) enum Call<'a> {
    Commit(&'a Commit<'a>),
    Get(&'a ResultKey, Option<Version>),
    List(ListRange<'a>),
    History(&'a ResultKey),
    Snapshot(&'a Scope),
    Annotate(&'a ResultKey, Version),
    Delete(&'a ResultKey, Option<Version>),
    Undelete(&'a ResultKey, &'a [Version]),
    Rename(&'a ResultKey),
    Sweep(Sweep),
    Usage,
    MissingBlobs(&'a [Digest]),
    PutBlobs(&'a [PutBlob<'a>]),
    GetBlobs(&'a [Buffer]),
    DamagedBlobs(&'a [Digest]),
    DiscardBlobs(&'a [Digest]),
    RecodeBlobs(&'a [Digest]),
    Acquire(&'a LeaseKey),
    Beat(&'a LeaseKey),
    Release(&'a LeaseKey),
    Lease(&'a LeaseKey),
    Owners,
    SetQuota,
    SweepAll(Sweep),
}

impl Call<'_> {
    /// The trait's method, told apart from the other traits' methods of that name.
    pub(super) const fn operation(&self) -> &'static str {
        match self {
            Self::Commit(_) => "catalog.commit",
            Self::Get(..) => "catalog.get",
            Self::List(_) => "catalog.list",
            Self::History(_) => "catalog.history",
            Self::Snapshot(_) => "catalog.snapshot",
            Self::Annotate(..) => "catalog.annotate",
            Self::Delete(..) => "catalog.delete",
            Self::Undelete(..) => "catalog.undelete",
            Self::Rename(..) => "catalog.rename",
            Self::Sweep(_) => "catalog.sweep",
            Self::Usage => "catalog.usage",
            Self::MissingBlobs(_) => "blobs.missing",
            Self::PutBlobs(_) => "blobs.put",
            Self::GetBlobs(_) => "blobs.get",
            Self::DamagedBlobs(_) => "blobs.damaged",
            Self::DiscardBlobs(_) => "blobs.discard",
            Self::RecodeBlobs(_) => "blobs.recode",
            Self::Acquire(_) => "leases.acquire",
            Self::Beat(_) => "leases.beat",
            Self::Release(_) => "leases.release",
            Self::Lease(_) => "leases.lease",
            Self::Owners => "operator.owners",
            Self::SetQuota => "operator.set_quota",
            Self::SweepAll(_) => "operator.sweep_all",
        }
    }
}

/// An answer of the contract.
pub(super) trait Answer: Send {
    /// How the call ended, in a word.
    fn outcome(&self) -> &'static str {
        "done"
    }

    /// How many there are of what was asked for.
    fn count(&self) -> Option<usize> {
        None
    }

    /// How many bytes of values came back.
    fn len(&self) -> Option<u64> {
        None
    }
}

impl Answer for () {}
impl Answer for u64 {}
impl Answer for bool {}
impl Answer for Record {}
impl Answer for Stored {}
impl Answer for Swept {}
impl Answer for Usage {}
impl Answer for Lease {}
impl Answer for Option<Lease> {}

impl Answer for Committed {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Missing(_) => "missing",
            Self::Same(_) => "same",
        }
    }

    fn count(&self) -> Option<usize> {
        Some(match self {
            Self::Done(records) => records.len(),
            Self::Missing(digests) => digests.len(),
            Self::Same(_) => 1,
        })
    }
}

impl Answer for Acquired {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Yours(_) => "done",
            Self::Held(_) => "held",
        }
    }
}

impl Answer for Listing {
    fn count(&self) -> Option<usize> {
        Some(self.records.len())
    }
}

impl Answer for Vec<Body> {
    fn count(&self) -> Option<usize> {
        Some(self.len())
    }

    fn len(&self) -> Option<u64> {
        Some(self.iter().map(|body| body.as_slice().len() as u64).sum())
    }
}

/// Lists of which only the length is told.
macro_rules! counted {
    ($($item:ty),*) => {
        $(impl Answer for Vec<$item> {
            fn count(&self) -> Option<usize> {
                Some(self.len())
            }
        })*
    };
}

counted!(Digest, Owner, Stored, Version);
