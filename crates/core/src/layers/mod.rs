//! Backends around backends: each is held to the whole conformance suite.
