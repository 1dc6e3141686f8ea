//! The verbs, one file each, in the order of the help.

pub(crate) mod cat;
pub(crate) mod completions;
pub(crate) mod copy;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod gc;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod ls;
pub(crate) mod migrate;
pub(crate) mod overview;
pub(crate) mod recount;
pub(crate) mod rename;
pub(crate) mod rm;
pub(crate) mod rollback;
pub(crate) mod show;
pub(crate) mod update;
pub(crate) mod usage;
pub(crate) mod verify;

mod arriving;
mod facts;
