//! Which file system a folder lies on.
//!
//! By its name and not by the number that `statfs` gives: every FUSE file
//! system has the same number, whether it is a disk or a network.

use std::path::{Path, PathBuf};

/// A file system and where it is mounted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) point: PathBuf,
    /// Its name as the system has it: `ext4`, `nfs4`, `fuse.sshfs`.
    pub(super) file_system: String,
}

/// What a file system is for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Memory: gone with the machine's next start.
    Memory,
    /// A container's own layer, over its image: gone with the container.
    Layer,
    /// Another machine's.
    Network,
    /// A disk of the machine that this one runs in.
    Guest,
    /// A disk, or nothing we know.
    Disk,
}

/// Names of file systems by kind.
const KINDS: [(Kind, &[&str]); 4] = [
    (Kind::Memory, &["tmpfs", "ramfs"]),
    (Kind::Layer, &["overlay", "aufs", "fuse.fuse-overlayfs"]),
    (
        Kind::Network,
        &[
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "smbfs",
            "afpfs",
            "webdav",
            "afs",
            "ceph",
            "fuse.ceph",
            "lustre",
            "gpfs",
            "beegfs",
            "fuse.glusterfs",
            "fuse.juicefs",
            "fuse.sshfs",
            "fuse.rclone",
            "fuse.s3fs",
            "fuse.gcsfuse",
            "fuse.goofys",
            "fuse.blobfuse",
            "fuse.blobfuse2",
            "fuse.curlftpfs",
            "fuse.google-drive-ocamlfuse",
        ],
    ),
    (
        Kind::Guest,
        &["9p", "drvfs", "virtiofs", "vboxsf", "prl_fs", "fuse.vmhgfs-fuse", "fuse.grpcfuse", "fuse.osxfs"],
    ),
];

impl Mount {
    pub(super) fn kind(&self) -> Kind {
        let name = self.file_system.as_str();
        KINDS.iter().find(|(_, names)| names.contains(&name)).map_or(Kind::Disk, |(kind, _)| *kind)
    }
}

/// The file system that `folder`, a path without links, lies on; none when the system doesn't say.
#[cfg(target_os = "linux")]
pub(super) fn under(folder: &Path) -> Option<Mount> {
    let table = std::fs::read("/proc/self/mountinfo").ok()?;
    find(&String::from_utf8_lossy(&table), folder)
}

/// The file system that `folder` lies on; none when the system doesn't say.
#[cfg(target_vendor = "apple")]
pub(super) fn under(folder: &Path) -> Option<Mount> {
    let found = rustix::fs::statfs(folder).ok()?;
    let text = |chars: &[std::ffi::c_char]| -> String {
        chars.iter().take_while(|char| **char != 0).map(|char| char::from(char.cast_unsigned())).collect()
    };
    Some(Mount { point: text(&found.f_mntonname).into(), file_system: text(&found.f_fstypename) })
}

/// Nothing is known of other systems.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(super) fn under(_: &Path) -> Option<Mount> {
    None
}

/// The mount of Linux's table that covers `folder`: the longest, and of one point the last.
#[cfg(any(target_os = "linux", test))]
fn find(table: &str, folder: &Path) -> Option<Mount> {
    let covering = table.lines().filter_map(parse).filter(|mount| folder.starts_with(&mount.point));
    covering.max_by_key(|mount| mount.point.components().count())
}

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)): the point is its fifth field; the name
/// follows a lone hyphen, before which a line has any number of fields.
#[cfg(any(target_os = "linux", test))]
fn parse(line: &str) -> Option<Mount> {
    let (mount, file_system) = line.split_once(" - ")?;
    let point = unescape(mount.split(' ').nth(4)?);
    Some(Mount { point: point.into(), file_system: file_system.split(' ').next()?.to_owned() })
}

/// The table writes a space, a tab, a line's end and a backslash as three octal digits.
#[cfg(any(target_os = "linux", test))]
fn unescape(text: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    escapes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a,upperdir=/b
23 22 0:21 / /proc rw shared:2 master:3 - proc proc rw
24 22 8:1 / /data rw - ext4 /dev/sda1 rw
25 24 0:30 / /data/home rw - nfs4 server:/home rw,vers=4.2
26 22 0:31 / /mnt/my\\040share rw - cifs //server/share rw
27 22 8:2 / /again rw - ext4 /dev/sdb1 rw
28 22 0:32 / /again rw - tmpfs tmpfs rw
a line that is none
";

    #[test]
    fn a_folder_lies_on_the_innermost_mount_that_came_last() {
        let cases = [
            ("/app/.stillroom", "/", "overlay"),
            ("/data/.stillroom", "/data", "ext4"),
            ("/data/home/ada/.stillroom", "/data/home", "nfs4"),
            ("/data/homework", "/data", "ext4"),
            ("/mnt/my share/.stillroom", "/mnt/my share", "cifs"),
            ("/again/.stillroom", "/again", "tmpfs"),
        ];

        for (folder, point, name) in cases {
            let expected = Mount { point: point.into(), file_system: name.to_owned() };
            assert_eq!(find(TABLE, Path::new(folder)), Some(expected), "{folder}");
        }
    }

    #[test]
    fn a_table_that_is_empty_or_none_says_nothing() {
        for table in ["", "nonsense", "1 2 3 - ", " - ext4"] {
            assert_eq!(find(table, Path::new("/data")), None, "{table:?}");
        }
    }

    #[test]
    fn a_name_of_a_file_system_has_one_kind() {
        let mut names: Vec<_> = KINDS.iter().flat_map(|(_, names)| names.iter()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();

        assert_eq!(names.len(), count);
    }
}
