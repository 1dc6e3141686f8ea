//! How long a store's disk lives, and what else its place means for it.
//!
//! [`look`] gathers what can be seen; [`judge`] says what it means and does
//! nothing else, so that every case is a row of a table. In doubt nothing is
//! said: a warning that is wrong once is never read again. Nothing here stops
//! anyone from saving.

mod hosts;
mod mounts;
mod synced;

use std::path::Path;

use stillroom_core::Durability;

use hosts::Host;
use mounts::{Kind, Mount};

/// What a store's place means for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// How long what is saved there lasts.
    pub(crate) durability: Durability,
    /// What whoever opens the store ought to know.
    pub(crate) notices: Vec<String>,
}

/// What can be seen of a place.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    /// The store's folder, links followed.
    folder: &'a Path,
    /// The file system it lies on, where that is known.
    mount: Option<&'a Mount>,
    /// Whether this is a container that goes when it is made anew.
    in_container: bool,
    /// Where this runs, when that is a host known to throw disks away.
    host: Option<&'static Host>,
    /// What syncs the folder.
    synced_by: Option<&'a str>,
}

/// Looks at the place of the store in `folder`, a path without links; `variable` reads the environment.
///
/// `durable` is what the user says: yes is believed and takes every notice away, no is believed too.
pub(crate) fn look(
    folder: &Path,
    durable: Option<bool>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Verdict {
    match durable {
        Some(true) => Verdict { durability: Durability::Durable, notices: Vec::new() },
        Some(false) => {
            let reason = "it was opened with durable=False".to_owned();
            Verdict { durability: Durability::UntilRestart(reason), notices: Vec::new() }
        }
        None => judge(&Seen {
            folder,
            mount: mounts::under(folder).as_ref(),
            in_container: CONTAINER_MARKS.iter().any(|mark| Path::new(mark).exists()),
            host: hosts::find(folder, variable),
            synced_by: synced::by(folder, &|path| path.exists()).as_deref(),
        }),
    }
}

/// Files that Docker and Podman put into their containers. Others leave none, but their root is an overlay.
const CONTAINER_MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

fn judge(seen: &Seen<'_>) -> Verdict {
    let place = seen.folder.display();
    let thrown_away = thrown_away(seen);
    // Whose disk is thrown away has no other worry.
    let shared = if thrown_away.is_none() { shared(seen) } else { None };
    let notices = [
        thrown_away.as_ref().map(|(reason, advice)| {
            format!(
                "What is saved here lasts until the next restart: {reason}. {advice}. \
                 If you know that it lasts, open the store with durable=True: `{place}`"
            )
        }),
        shared.map(|words| format!("{words}: `{place}`")),
        seen.synced_by.map(|program| {
            format!(
                "The store lies in a folder that {program} syncs. Syncing copies files while they change and \
                 may put older ones back; keep the store elsewhere or leave its folder out: `{place}`"
            )
        }),
    ];
    Verdict {
        durability: match thrown_away {
            Some((reason, _)) => Durability::UntilRestart(reason),
            None => Durability::Durable,
        },
        notices: notices.into_iter().flatten().collect(),
    }
}

/// Why the disk won't last, and what to do about it.
fn thrown_away(seen: &Seen<'_>) -> Option<(String, String)> {
    const EXPORT: &str = "Export what must last";
    let on_root = seen.mount.is_none_or(|mount| mount.point == Path::new("/"));
    let kind = seen.mount.map_or(Kind::Disk, Mount::kind);
    if let Some(host) = seen.host.filter(|host| on_root || host.volume.is_none()) {
        let reason = format!("{} starts an app with a new disk each time", host.name);
        let advice = host
            .volume
            .map_or(EXPORT.to_owned(), |volume| format!("Keep what must last on {volume}, or export it"));
        return Some((reason, advice));
    }
    let reason = match kind {
        Kind::Memory => "the folder lies in memory and not on a disk",
        _ if kind == Kind::Layer || (seen.in_container && on_root) => {
            "the folder lies in a container and goes with it"
        }
        _ => return None,
    };
    let advice = match kind {
        Kind::Memory => "Keep what must last on a disk",
        _ => "Keep what must last on a volume that is mounted into the container",
    };
    Some((reason.to_owned(), advice.to_owned()))
}

/// What it means that another machine can reach the same files.
fn shared(seen: &Seen<'_>) -> Option<String> {
    let mount = seen.mount?;
    let name = &mount.file_system;
    match mount.kind() {
        Kind::Network => Some(format!(
            "The store lies on a network disk ({name}). Locks may not reach from one machine to another there, \
             so open it from one machine at a time; a disk of this machine is safe and faster"
        )),
        Kind::Guest => Some(format!(
            "The store lies on a disk of the machine that this one runs in ({name}). Locks don't reach from one \
             to the other, so don't open it in both at once"
        )),
        Kind::Memory | Kind::Layer | Kind::Disk => None,
    }
}

#[cfg(test)]
mod tests;
