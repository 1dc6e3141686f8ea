//! The verbs, one file each, in the order of the help.

pub(crate) mod history;
pub(crate) mod key;
pub(crate) mod ls;
pub(crate) mod overview;
pub(crate) mod show;
pub(crate) mod usage;

mod facts;
