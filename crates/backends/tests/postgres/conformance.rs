//! The Postgres backend keeps every promise of the contract: on the oldest and the newest server that it
//! supports, over connections of its own with a cache of what was loaded, and over lent ones without.

macro_rules! conformance {
    ($($module:ident: $reached:ident $major:literal),* $(,)?) => {
        $(mod $module {
            fn subject() -> impl stillroom_core::conformance::Subject {
                crate::database::Database::$reached($major)
            }

            stillroom_core::conformance_tests!(subject, stillroom_core::poll_now);
        })*
    };
}

conformance! {
    cached_15: cached 15,
    cached_18: cached 18,
    pooled_15: pooled 15,
    pooled_18: pooled 18,
}
