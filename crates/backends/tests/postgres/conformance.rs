//! The Postgres backend keeps every promise of the contract: on the oldest and the newest server that it
//! supports, over connections of its own and over lent ones.

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
    direct_15: direct 15,
    direct_18: direct 18,
    pooled_15: pooled 15,
    pooled_18: pooled 18,
}
