//! Hosts of apps that throw a machine's disk away, and how to know that one is there.

use std::path::Path;

/// A host that starts an app with a new disk each time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// As people call it.
    pub(super) name: &'static str,
    mark: Mark,
    /// What it has that lasts, which is mounted somewhere below the root; none when nothing lasts there.
    pub(super) volume: Option<&'static str>,
}

/// What only this host has.
#[derive(Debug, PartialEq, Eq)]
enum Mark {
    /// A variable of the environment.
    Variable(&'static str),
    /// The folder that apps are put into; the host has no variable of its own.
    Folder(&'static str),
}

use Mark::{Folder, Variable};

/// From the hosts' own pages on their environment and disks.
const HOSTS: [Host; 10] = [
    host("Streamlit Community Cloud", Folder("/mount/src"), None),
    host("Hugging Face Spaces", Variable("SPACE_ID"), Some("the storage a Space can be given")),
    host("Cloud Run", Variable("K_SERVICE"), Some("a volume mounted into the service")),
    host("Cloud Run", Variable("CLOUD_RUN_JOB"), Some("a volume mounted into the job")),
    host("Heroku", Variable("DYNO"), None),
    host("Render", Variable("RENDER"), Some("a Render disk")),
    host("Railway", Variable("RAILWAY_PROJECT_ID"), Some("a Railway volume")),
    host("Fly.io", Variable("FLY_APP_NAME"), Some("a Fly volume")),
    host("Google Colab", Variable("COLAB_RELEASE_TAG"), Some("a mounted Google Drive")),
    host("Binder", Variable("BINDER_REPO_URL"), None),
];

const fn host(name: &'static str, mark: Mark, volume: Option<&'static str>) -> Host {
    Host { name, mark, volume }
}

/// The host that the store in `folder` is on, if it is one of these.
pub(super) fn find(folder: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Option<&'static Host> {
    HOSTS.iter().find(|host| match host.mark {
        Variable(name) => variable(name).is_some_and(|value| !value.is_empty()),
        Folder(apps) => folder.starts_with(apps),
    })
}
