//! The local backend keeps every promise of the contract, alone and through each layer.

stillroom_core::conformance_tests!(crate::common::local, stillroom_core::poll_now);
stillroom_core::layered_conformance_tests!(crate::common::local, stillroom_core::poll_now);
