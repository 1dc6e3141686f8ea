//! A store with a layer around it, under the suite like any other.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use stillroom_format::Codec;

use super::Subject;
use crate::layers::coded::form;
use crate::layers::retry::{Attempts, Patience};
use crate::layers::{coded, fault, retry, trace};
use crate::{Backend, ManualClock};

/// Puts a layer around a backend.
type Layer = fn(Backend) -> Backend;

/// A store and the layer it is reached through.
pub struct Layered<S> {
    subject: S,
    backend: Backend,
    layer: Layer,
}

impl<S: Subject> Layered<S> {
    /// A store whose unanswered calls are made again, without any waiting.
    pub fn retried(subject: S) -> Self {
        Self::new(subject, |backend| {
            let wait = Duration::from_secs(1);
            retry(backend, Attempts { most: 3, first_wait: wait, longest_wait: wait }, Arc::new(Impatient))
        })
    }

    /// A store whose calls are told.
    pub fn traced(subject: S) -> Self {
        Self::new(subject, trace)
    }

    /// A store whose calls could be made to fail, and aren't.
    pub fn faulty(subject: S) -> Self {
        Self::new(subject, |backend| fault(backend, Arc::default()))
    }

    /// A store that is given every blob coded.
    pub fn coded(subject: S) -> Self {
        Self::new(subject, coded)
    }

    fn new(subject: S, layer: Layer) -> Self {
        let backend = layer(subject.backend().clone());
        Self { subject, backend, layer }
    }
}

impl<S: Subject> Subject for Layered<S> {
    fn backend(&self) -> &Backend {
        &self.backend
    }

    fn reopened(&self) -> Backend {
        (self.layer)(self.subject.reopened())
    }

    fn clock(&self) -> &ManualClock {
        self.subject.clock()
    }

    fn damage(&self, blob: &[u8]) {
        self.subject.damage(blob);
        // As it is kept when it came through a layer that codes.
        let (codec, coded) = form(blob);
        if codec != Codec::Raw {
            self.subject.damage(&coded);
        }
    }

    fn wait(&self, work: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.subject.wait(work);
    }
}

/// Waits not at all.
struct Impatient;

#[async_trait]
impl Patience for Impatient {
    async fn wait(&self, _: Duration) {}
}

/// The suite through each layer: [`conformance_tests`](crate::conformance_tests) in a module per layer.
///
/// Both paths begin at `crate` or with a crate's name.
#[macro_export]
macro_rules! layered_conformance_tests {
    ($make:path, $run:path) => {
        $crate::layered_conformance_tests! { @each $make, $run; retried traced faulty coded }
    };
    (@each $make:path, $run:path; $($layer:ident)*) => {
        $(mod $layer {
            fn subject() -> impl $crate::conformance::Subject {
                $crate::conformance::Layered::$layer($make())
            }

            $crate::conformance_tests!(subject, $run);
        })*
    };
}
