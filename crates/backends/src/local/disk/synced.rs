//! Folders that a program copies to other machines, known by their path.

use std::path::Path;

/// The name a program gives its folder, and the program. Its folder may have more after a ` - `, ` (` or
/// `-`: `OneDrive - Contoso`, `Dropbox (Personal)`, `GoogleDrive-ada@example.org`.
const FOLDERS: [(&str, &str); 12] = [
    ("Dropbox", "Dropbox"),
    ("OneDrive", "OneDrive"),
    ("Google Drive", "Google Drive"),
    ("GoogleDrive", "Google Drive"),
    ("My Drive", "Google Drive"),
    ("Mobile Documents", "iCloud Drive"),
    ("iCloud Drive", "iCloud Drive"),
    ("Box Sync", "Box"),
    ("Nextcloud", "Nextcloud"),
    ("ownCloud", "ownCloud"),
    ("pCloudDrive", "pCloud"),
    ("MEGAsync", "MEGA"),
];

/// Where macOS keeps what any program syncs: `~/Library/CloudStorage/Box-Box`.
const CLOUD_STORAGE: &str = "CloudStorage";
/// Syncthing has no name for its folders, and marks them.
const SYNCTHING_MARK: &str = ".stfolder";

/// What syncs `folder`, if anything known does; `exists` says whether there is such a file.
pub(super) fn by(folder: &Path, exists: &dyn Fn(&Path) -> bool) -> Option<String> {
    let names = || folder.components().filter_map(|part| part.as_os_str().to_str());
    if let Some(program) = names().find_map(named) {
        return Some(program.to_owned());
    }
    if let Some(provider) = names().skip_while(|name| *name != CLOUD_STORAGE).nth(1) {
        return Some(provider.split('-').next().unwrap_or(provider).to_owned());
    }
    let is_marked = folder.ancestors().any(|above| exists(&above.join(SYNCTHING_MARK)));
    is_marked.then(|| "Syncthing".to_owned())
}

/// The program whose folders have this name.
fn named(name: &str) -> Option<&'static str> {
    let is_its = |(folder, _): &&(&str, &str)| {
        let rest = name.strip_prefix(*folder);
        rest.is_some_and(|rest| rest.is_empty() || [" - ", " (", "-"].iter().any(|by| rest.starts_with(by)))
    };
    FOLDERS.iter().find(is_its).map(|(_, program)| *program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synced_folder_is_known_by_its_path() {
        let cases = [
            ("/home/ada/Dropbox/app/.stillroom", Some("Dropbox")),
            ("/home/ada/Dropbox (Personal)/.stillroom", Some("Dropbox")),
            ("/Users/ada/OneDrive - Contoso/app/.stillroom", Some("OneDrive")),
            ("/Users/ada/OneDrive/.stillroom", Some("OneDrive")),
            ("/Users/ada/Google Drive/.stillroom", Some("Google Drive")),
            ("/Volumes/GoogleDrive/My Drive/.stillroom", Some("Google Drive")),
            ("/Users/ada/Library/Mobile Documents/com~apple~CloudDocs/.stillroom", Some("iCloud Drive")),
            ("/Users/ada/Library/CloudStorage/OneDrive-Contoso/.stillroom", Some("OneDrive")),
            ("/Users/ada/Library/CloudStorage/GoogleDrive-ada@x.org/.stillroom", Some("Google Drive")),
            ("/Users/ada/Library/CloudStorage/Box-Box/.stillroom", Some("Box")),
            ("/Users/ada/Library/CloudStorage", None),
            ("/home/ada/Box Sync/.stillroom", Some("Box")),
            ("/home/ada/Nextcloud/.stillroom", Some("Nextcloud")),
            ("/home/ada/synced/app/.stillroom", Some("Syncthing")),
            // None of these is one, whatever they remind of.
            ("/home/ada/.stillroom", None),
            ("/home/ada/src/dropbox_api/.stillroom", None),
            ("/home/ada/src/Dropboxer/.stillroom", None),
            ("/home/ada/box/.stillroom", None),
            ("/home/ada/drive/.stillroom", None),
        ];
        let is_mark = |path: &Path| path == Path::new("/home/ada/synced/.stfolder");

        for (folder, program) in cases {
            assert_eq!(by(Path::new(folder), &is_mark).as_deref(), program, "{folder}");
        }
    }
}
