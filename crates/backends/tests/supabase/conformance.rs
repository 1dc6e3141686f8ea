//! A project keeps every promise of the contract: on the oldest and the newest server that it may have.

macro_rules! conformance {
    ($($module:ident: $major:literal),* $(,)?) => {
        $(mod $module {
            fn subject() -> impl stillroom_core::conformance::Subject {
                crate::project::Project::of($major)
            }

            stillroom_core::conformance_tests!(subject, stillroom_core::poll_now);
        })*
    };
}

conformance! {
    of_15: 15,
    of_18: 18,
}
