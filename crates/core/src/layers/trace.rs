//! Tells what is asked of a backend: one `tracing` event per call.
//!
//! An event names the operation, where it was, how much was asked for and
//! came back, and how it ended. It never holds contents, labels, metadata,
//! secrets, owners, or an error's message, which can hold a path. Keys are
//! there: the events are of level `debug`.

use stillroom_format::Buffer;
use tracing::Level;

use super::{Answer, Ask, Call, Layer, wrap};
use crate::{Backend, BackendError, KeyName, PageKey, PutBlob, Result, ResultKey, Version};

/// What the events are filtered by.
const TARGET: &str = "stillroom";

/// A backend that tells of each call once it was answered.
pub fn trace(backend: Backend) -> Backend {
    wrap(backend, Trace)
}

struct Trace;

impl Layer for Trace {
    async fn around<'a, T: Answer>(&self, call: Call<'a>, ask: &Ask<'a, T>) -> Result<T> {
        let answer = ask().await;
        if tracing::enabled!(target: TARGET, Level::DEBUG) {
            tell(&call, &answer);
        }
        answer
    }
}

fn tell<T: Answer>(call: &Call<'_>, answer: &Result<T>) {
    let asked = Asked::by(call);
    let came = answer.as_ref().ok();
    tracing::debug!(
        target: TARGET,
        operation = call.operation(),
        page = asked.page.map(PageKey::as_str),
        key = asked.key,
        version = asked.version.map(Version::get),
        count = asked.count,
        bytes = asked.len,
        answer_count = came.and_then(Answer::count),
        answer_bytes = came.and_then(Answer::len),
        outcome = answer.as_ref().map_or_else(word, Answer::outcome),
    );
}

/// What is told of a call.
#[derive(Default)]
struct Asked<'a> {
    page: Option<&'a PageKey>,
    /// Of a result or a lease.
    key: Option<&'a str>,
    version: Option<Version>,
    /// How many versions, blobs or buffers it is about.
    count: Option<usize>,
    /// Bytes of blobs on their way in, or of buffers asked for.
    len: Option<u64>,
}

impl<'a> Asked<'a> {
    fn by(call: &Call<'a>) -> Self {
        match *call {
            Call::Commit(commit) => {
                Self { count: Some(commit.versions.len()), len: Some(len(&commit.blobs)), ..Self::default() }
            }
            Call::Get(key, version) | Call::Delete(key, version) => Self { version, ..Self::at(key) },
            Call::Annotate(key, version) => Self { version: Some(version), ..Self::at(key) },
            Call::Undelete(key, versions) => Self { count: Some(versions.len()), ..Self::at(key) },
            Call::History(key) | Call::Rename(key) => Self::at(key),
            Call::List(asked) => Self { page: asked.page, ..Self::default() },
            Call::Snapshot(scope) => {
                Self { page: scope.page(), key: scope.key().map(KeyName::as_str), ..Self::default() }
            }
            Call::PutBlobs(blobs) => {
                Self { count: Some(blobs.len()), len: Some(len(blobs)), ..Self::default() }
            }
            Call::GetBlobs(buffers) => {
                let len = buffers.iter().map(|buffer: &Buffer| buffer.len).sum();
                Self { count: Some(buffers.len()), len: Some(len), ..Self::default() }
            }
            Call::MissingBlobs(digests)
            | Call::DamagedBlobs(digests)
            | Call::DiscardBlobs(digests)
            | Call::RecodeBlobs(digests) => Self { count: Some(digests.len()), ..Self::default() },
            Call::Acquire(key) | Call::Beat(key) | Call::Release(key) | Call::Lease(key) => {
                Self { key: Some(key.as_str()), ..Self::default() }
            }
            Call::Sweep(_) | Call::Usage | Call::Owners | Call::SetQuota | Call::SweepAll(_) => {
                Self::default()
            }
        }
    }

    fn at(key: &'a ResultKey) -> Self {
        Self { page: Some(&key.page), key: Some(key.key.as_str()), ..Self::default() }
    }
}

fn len(blobs: &[PutBlob<'_>]) -> u64 {
    blobs.iter().map(|blob| blob.bytes.len() as u64).sum()
}

/// The kind of an error and nothing of what it says.
const fn word(error: &BackendError) -> &'static str {
    match error {
        BackendError::NotFound { .. } => "not-found",
        BackendError::NoStore { .. } => "no-store",
        BackendError::Conflict { .. } => "conflict",
        BackendError::LeaseLost { .. } => "lease-lost",
        BackendError::TooLarge { .. } => "too-large",
        BackendError::Full { .. } => "full",
        BackendError::Unauthenticated { .. } => "unauthenticated",
        BackendError::Denied { .. } => "denied",
        BackendError::Invalid { .. } => "invalid",
        BackendError::Corrupt { .. } => "corrupt",
        BackendError::Newer { .. } => "newer",
        BackendError::Unavailable { .. } => "unavailable",
        BackendError::Other { .. } => "other",
    }
}
