//! The suite every backend and every layer is held to (being written).
