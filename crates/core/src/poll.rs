//! Runs a backend that does its work in the first poll, without a runtime.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The answer of a future that never waits, on the caller's thread.
///
/// # Panics
/// When the future waits after all: only the memory and local backends may be asked this way.
pub fn poll_now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a backend that waits was asked without a runtime"),
    }
}
