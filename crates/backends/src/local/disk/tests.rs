//! Every kind of place, one line each.

use std::path::Path;

use stillroom_core::Durability;

use super::*;

const FOLDER: &str = "/app/.stillroom";

/// A place: what is mounted at `point`, in a container or not, one variable of the environment.
struct Place {
    folder: &'static str,
    point: &'static str,
    file_system: &'static str,
    in_container: bool,
    variable: &'static str,
}

const fn place(point: &'static str, file_system: &'static str) -> Place {
    Place { folder: FOLDER, point, file_system, in_container: false, variable: "" }
}

impl Place {
    const fn in_container(self) -> Self {
        Self { in_container: true, ..self }
    }

    const fn with(self, variable: &'static str) -> Self {
        Self { variable, ..self }
    }

    const fn at(self, folder: &'static str) -> Self {
        Self { folder, ..self }
    }

    fn verdict(&self) -> Verdict {
        let folder = Path::new(self.folder);
        let mount = Mount { point: self.point.into(), file_system: self.file_system.to_owned() };
        let variable = |name: &str| (name == self.variable).then(|| "1".to_owned());
        judge(&Seen {
            folder,
            mount: (!self.point.is_empty()).then_some(&mount),
            in_container: self.in_container,
            host: hosts::find(folder, &variable),
            synced_by: synced::by(folder, &|_| false).as_deref(),
        })
    }
}

/// What a place is called in its notices; the reason it won't last comes first when it won't.
fn said(place: &Place) -> (bool, Vec<String>) {
    let Verdict { durability, notices } = place.verdict();
    (durability == Durability::Durable, notices)
}

#[test]
fn a_disk_that_is_thrown_away_is_named_with_what_lasts() {
    let cases = [
        (place("/mount", "ext4").at("/mount/src/app/.stillroom"), "Streamlit Community Cloud", "Export what"),
        (place("/", "overlay").with("SPACE_ID"), "Hugging Face Spaces", "storage a Space can be given"),
        (place("/", "overlay").with("K_SERVICE"), "Cloud Run", "volume"),
        (place("/", "9p").with("CLOUD_RUN_JOB"), "Cloud Run", "volume"),
        (place("/", "ext4").with("DYNO"), "Heroku", "Export what"),
        (place("/app", "ext4").with("DYNO"), "Heroku", "Export what"),
        (place("/", "ext4").with("RENDER"), "Render", "a Render disk"),
        (place("", "").with("RENDER"), "Render", "a Render disk"),
        (place("/", "overlay").with("RAILWAY_PROJECT_ID"), "Railway", "a Railway volume"),
        (place("/", "ext4").with("FLY_APP_NAME"), "Fly.io", "a Fly volume"),
        (place("/", "overlay").with("COLAB_RELEASE_TAG"), "Google Colab", "Google Drive"),
        (place("/", "overlay").with("BINDER_REPO_URL"), "Binder", "Export what"),
        (place("/", "overlay"), "in a container", "a volume that is mounted"),
        (place("/", "aufs"), "in a container", "a volume that is mounted"),
        (place("/", "fuse.fuse-overlayfs"), "in a container", "a volume that is mounted"),
        (place("/", "btrfs").in_container(), "in a container", "a volume that is mounted"),
        (place("", "").in_container(), "in a container", "a volume that is mounted"),
        (place("/app", "tmpfs"), "in memory", "on a disk"),
        (place("/", "ramfs"), "in memory", "on a disk"),
    ];

    for (place, why, advice) in cases {
        let Verdict { durability, notices } = place.verdict();
        let Durability::UntilRestart(reason) = durability else { panic!("{why}: it was to be thrown away") };
        assert!(reason.contains(why), "{reason}");
        let [notice] = notices.as_slice() else { panic!("{why}: one notice was to be given: {notices:?}") };
        for words in [&*reason, advice, "until the next restart", "durable=True", place.folder] {
            assert!(notice.contains(words), "{words}: {notice}");
        }
    }
}

#[test]
fn a_disk_that_lasts_is_durable_and_nothing_is_said() {
    let cases = [
        place("/", "ext4"),
        place("/", "btrfs"),
        place("/", "zfs"),
        place("/app", "fuseblk"),
        place("/", "apfs"),
        place("", ""),
        // A volume in a container, and on hosts that have volumes.
        place("/app", "ext4").in_container(),
        place("/app", "ext4").with("SPACE_ID"),
        place("/app", "ext4").with("RENDER"),
        place("/app", "ext4").with("FLY_APP_NAME"),
        place("/", "ext4").with("KUBERNETES_SERVICE_HOST"),
    ];

    for place in cases {
        assert_eq!(said(&place), (true, Vec::new()), "{} at {}", place.file_system, place.point);
    }
}

#[test]
fn a_disk_that_others_reach_and_a_synced_folder_are_named_with_what_that_means() {
    let cases = [
        (place("/app", "nfs4"), "network disk (nfs4)", "one machine at a time"),
        (place("/", "nfs"), "network disk (nfs)", "one machine at a time"),
        (place("/app", "cifs"), "network disk (cifs)", "one machine at a time"),
        (place("/app", "smbfs"), "network disk (smbfs)", "one machine at a time"),
        (place("/app", "fuse.sshfs"), "network disk (fuse.sshfs)", "one machine at a time"),
        (place("/app", "lustre"), "network disk (lustre)", "one machine at a time"),
        (place("/app", "fuse.gcsfuse").with("K_SERVICE"), "network disk", "one machine at a time"),
        (place("/app", "9p"), "(9p)", "in both at once"),
        (place("/app", "virtiofs").in_container(), "(virtiofs)", "in both at once"),
        (place("/", "ext4").at("/home/ada/Dropbox/.stillroom"), "Dropbox syncs", "keep the store elsewhere"),
    ];

    for (place, what, advice) in cases {
        let (is_durable, notices) = said(&place);
        assert!(is_durable, "{what}");
        let [notice] = notices.as_slice() else { panic!("{what}: one notice was to be given: {notices:?}") };
        for words in [what, advice, place.folder] {
            assert!(notice.contains(words), "{words}: {notice}");
        }
    }
}

#[test]
fn two_things_worth_knowing_are_two_notices() {
    let place = place("/home", "nfs4").at("/home/ada/OneDrive - Contoso/.stillroom");

    assert_eq!(said(&place).1.len(), 2);
}

#[test]
fn a_variable_that_is_empty_names_no_host() {
    assert_eq!(hosts::find(Path::new(FOLDER), &|_| Some(String::new())), None);
}

#[test]
fn whoever_says_that_it_lasts_is_believed_and_so_is_whoever_says_it_does_not() {
    let on_heroku = |name: &str| (name == "DYNO").then(|| "web.1".to_owned());
    let synced = Path::new("/home/ada/Dropbox/.stillroom");

    let yes = look(synced, Some(true), &on_heroku);
    let no = look(synced, Some(false), &on_heroku);

    assert_eq!(yes, Verdict { durability: Durability::Durable, notices: Vec::new() });
    assert!(matches!(no.durability, Durability::UntilRestart(reason) if reason.contains("durable=False")));
    assert_eq!(no.notices, Vec::<String>::new());
}

/// Every Linux has it, and it is memory.
#[cfg(target_os = "linux")]
#[test]
fn shared_memory_is_no_disk() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();

    let verdict = look(folder.path(), None, &|_| None);

    let Durability::UntilRestart(reason) = verdict.durability else { panic!("it was to be thrown away") };
    assert!(reason.contains("in memory"), "{reason}");
    assert_eq!(verdict.notices.len(), 1);
}
