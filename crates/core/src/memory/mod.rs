//! Keeps results in memory: the reference for the contract, and for tests (being written).
