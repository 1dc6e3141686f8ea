//! From a URL or path to a backend; the only place that reads URLs and the environment.
//!
//! Supabase's come in a later release: their URLs are known here and refused
//! with that word. Messages never repeat a URL that could hold a password.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stillroom_core::memory::Memory;
use stillroom_core::{Backend, BackendError, Clock, Operator, Owner, Result, layers};
use uuid::Uuid;

use crate::{Check, ConnectOptions};

/// Where a store is when nobody says otherwise.
const DEFAULT_URL: &str = ".stillroom";
/// Names the store when no argument does.
const URL_VARIABLE: &str = "STILLROOM_URL";
/// Streamlit's settings: an app's beside the app, a user's in the home folder.
const STREAMLIT: &str = ".streamlit";
/// What marks the folder that relative paths start from.
const MARKERS: [&str; 4] = [".stillroom", STREAMLIT, "pyproject.toml", ".git"];

/// A store that was connected to.
pub struct Connected {
    /// Its records and bytes.
    pub backend: Backend,
    /// The owner of a store that knows only one: made with the store. None for a store of many.
    pub local_owner: Option<Owner>,
    /// The store's own signing key, where it has one (a folder of this machine, made with the store).
    pub signing_key: Option<[u8; 32]>,
    /// Whether it is a folder of this machine.
    pub is_local: bool,
}

/// Connects to the store at `url`; none for `$STILLROOM_URL`, else the nearest `.stillroom`.
///
/// A relative path starts at the first folder, from the working folder upwards, that holds `.stillroom`,
/// `.streamlit` (not the one in the home folder), `pyproject.toml` or `.git`, else at the working folder.
///
/// # Errors
/// `Invalid` for a URL or path that is none, naming the fix; else as the backend can't be opened.
pub fn connect(url: Option<&str>, options: ConnectOptions) -> Result<Connected> {
    let variable = env::var_os(URL_VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let connected = open(StoreUrl::choose(url, variable.as_deref())?, options)?;
    Ok(Connected { backend: layers::trace(connected.backend), ..connected })
}

/// Connects to the store at `url` as whoever keeps the whole of it; the second is where it is.
///
/// # Errors
/// As [`connect`]; `Denied` where the asker is not the store's keeper.
pub fn connect_operator(url: Option<&str>, options: ConnectOptions) -> Result<(Arc<dyn Operator>, String)> {
    let variable = env::var_os(URL_VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let url = StoreUrl::choose(url, variable.as_deref())?;
    #[cfg(feature = "postgres")]
    if let StoreUrl::Postgres(url) = &url {
        return crate::postgres::operator(url);
    }
    let Backend { operator, location, .. } = open(url, options)?.backend;
    match operator {
        Some(operator) => Ok((operator, location)),
        None => Err(BackendError::Denied {
            message: format!("only who keeps the store may work on all owners: `{location}`"),
            source: None,
        }),
    }
}

/// The URL of the database that `url`, or else `$STILLROOM_URL`, names. It may hold a password.
///
/// # Errors
/// `Invalid` for a store that is no database, and as [`connect`].
pub fn database_url(url: Option<&str>) -> Result<String> {
    let variable = env::var_os(URL_VARIABLE).map(|value| value.to_string_lossy().into_owned());
    match StoreUrl::choose(url, variable.as_deref())? {
        StoreUrl::Postgres(url) => Ok(url),
        StoreUrl::Memory | StoreUrl::Folder(_) => Err(invalid(
            "this is about databases; name one with `--store postgresql://…` or `$STILLROOM_URL`".to_owned(),
        )),
    }
}

/// Looks at the database that `url`, or else `$STILLROOM_URL`, names, as whoever it is opened by; the first is
/// where it is. None for a store that is no database.
///
/// # Errors
/// As [`connect`], when nothing could be looked at.
pub fn examine(url: Option<&str>, clock: &dyn Clock) -> Result<Option<(String, Vec<Check>)>> {
    let variable = env::var_os(URL_VARIABLE).map(|value| value.to_string_lossy().into_owned());
    match StoreUrl::choose(url, variable.as_deref())? {
        StoreUrl::Postgres(url) => examine_postgres(&url, clock).map(Some),
        StoreUrl::Memory | StoreUrl::Folder(_) => Ok(None),
    }
}

fn open(url: StoreUrl, options: ConnectOptions) -> Result<Connected> {
    match url {
        StoreUrl::Memory if options.read_only => {
            Err(invalid("a store in memory begins empty, so there is nothing to read: `memory:`".to_owned()))
        }
        StoreUrl::Memory => Ok(connect_memory(options)),
        StoreUrl::Folder(path) => {
            let working = env::current_dir().map_err(|source| BackendError::Unavailable {
                message: "the working folder is gone".to_owned(),
                source: Some(source.into()),
            })?;
            let home = env::home_dir().and_then(|home| home.canonicalize().ok());
            connect_folder(&resolve(&path, &working, home.as_deref()), options)
        }
        StoreUrl::Postgres(url) => connect_postgres(&url, &options),
    }
}

fn connect_memory(options: ConnectOptions) -> Connected {
    Connected {
        backend: Memory::backend(options.clock),
        local_owner: Some(Owner::new(Uuid::new_v4())),
        signing_key: None,
        is_local: false,
    }
}

#[cfg(feature = "local")]
fn connect_folder(path: &Path, options: ConnectOptions) -> Result<Connected> {
    let durable = options.durable;
    let mut connected = crate::local::open(path, options)?;
    let backend = &mut connected.backend;
    let place = crate::local::look(Path::new(&backend.location), durable, &|name| env::var(name).ok());
    (backend.durability, backend.notices) = (place.durability, place.notices);
    Ok(connected)
}

#[cfg(not(feature = "local"))]
fn connect_folder(path: &Path, _: ConnectOptions) -> Result<Connected> {
    Err(invalid(format!("this build keeps nothing in folders (feature `local`): `{}`", path.display())))
}

#[cfg(feature = "postgres")]
fn connect_postgres(url: &str, options: &ConnectOptions) -> Result<Connected> {
    let cache = crate::cache::choose(&options.cache, &|name| env::var_os(name), env::home_dir());
    crate::postgres::open(url, options, &cache)
}

#[cfg(not(feature = "postgres"))]
fn connect_postgres(_: &str, _: &ConnectOptions) -> Result<Connected> {
    Err(invalid("this build knows no `postgresql://` (feature `postgres`)".to_owned()))
}

#[cfg(feature = "postgres")]
fn examine_postgres(url: &str, clock: &dyn Clock) -> Result<(String, Vec<Check>)> {
    crate::postgres::examine(url, clock)
}

#[cfg(not(feature = "postgres"))]
fn examine_postgres(url: &str, _: &dyn Clock) -> Result<(String, Vec<Check>)> {
    Err(invalid(format!(
        "this build knows no `{}:` (feature `postgres`)",
        url.split(':').next().unwrap_or_default()
    )))
}

/// A URL or path, parsed.
#[derive(PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
enum StoreUrl {
    /// In memory, gone with the process.
    Memory,
    /// A folder, maybe relative.
    Folder(PathBuf),
    /// A database; the URL may hold a password.
    Postgres(String),
}

impl StoreUrl {
    /// The argument, else the environment's, else the default.
    fn choose(argument: Option<&str>, variable: Option<&str>) -> Result<Self> {
        match (argument, variable.filter(|value| !value.is_empty())) {
            (Some(argument), _) => Self::parse(argument),
            (None, Some(variable)) => Self::parse(variable).map_err(|error| match error {
                BackendError::Invalid { message } => invalid(format!("${URL_VARIABLE}: {message}")),
                error => error,
            }),
            (None, None) => Self::parse(DEFAULT_URL),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        if text.is_empty() || text.contains('\0') {
            return Err(invalid("the store's path is empty or holds a null character".to_owned()));
        }
        match split_scheme(text) {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("memory", _)) => Err(invalid("nothing follows `memory:`".to_owned())),
            Some(("file", rest)) => Ok(Self::Folder(parse_file(rest)?)),
            Some(("postgresql" | "postgres", _)) => Ok(Self::Postgres(text.to_owned())),
            Some((scheme, _)) => Err(refuse(scheme)),
            None if is_project_ref(text) => Err(invalid(format!(
                "a project's ref alone is no store; write `https://{text}.supabase.co`, or `./{text}` for a folder"
            ))),
            None if text == "~" || text.starts_with("~/") => {
                Err(invalid(format!("`~` is not replaced here; write the folder's whole path: `{text}`")))
            }
            None => Ok(Self::Folder(text.into())),
        }
    }
}

fn invalid(message: String) -> BackendError {
    BackendError::Invalid { message }
}

/// What a scheme that isn't ours gets to hear.
fn refuse(scheme: &str) -> BackendError {
    invalid(match scheme {
        "https" | "supabase+https" => {
            format!(
                "`{scheme}://` stores come in a later release; this one takes a folder's path, \
                 `postgresql://` or `memory:`"
            )
        }
        "http" => "`http://` would send keys and results in the clear; use `https://`".to_owned(),
        _ => format!("`{scheme}:` is no store known here; write a folder's path, `file:` or `memory:`"),
    })
}

/// A scheme and what follows it; none for a path, `C:\…` included.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-".contains(c));
    is_scheme.then_some((scheme, rest))
}

/// The path of a `file:` URL: `file:relative`, `file:/absolute` or `file:///absolute`, `%20` for a space.
fn parse_file(rest: &str) -> Result<PathBuf> {
    let path = match rest.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(_) => return Err(invalid("`file://` is followed by a third slash and the path".to_owned())),
        None => rest,
    };
    if path.is_empty() || path.contains(['?', '#']) {
        let message = "`file:` is followed by a path alone; write `%3f` for `?` and `%23` for `#`";
        return Err(invalid(message.to_owned()));
    }
    let decoded = decode_percent(path).filter(|path| !path.contains('\0'));
    let path = decoded.ok_or_else(|| invalid("a `%` in a `file:` URL is written `%25`".to_owned()))?;
    Ok(path.into())
}

pub(crate) fn decode_percent(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Whether a text is shaped like a Supabase project's ref.
fn is_project_ref(text: &str) -> bool {
    text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// An absolute path, a relative one taken from the nearest folder that looks like a project's.
fn resolve(path: &Path, working: &Path, home: Option<&Path>) -> PathBuf {
    let is_project = |folder: &&Path| MARKERS.iter().any(|marker| marks(folder, marker, home));
    working.ancestors().find(is_project).unwrap_or(working).join(path)
}

/// Streamlit makes a `.streamlit` in the home folder of everyone who ever ran it; as a marker it would
/// join all scripts below that have no other into one store.
fn marks(folder: &Path, marker: &str, home: Option<&Path>) -> bool {
    let is_users_settings = marker == STREAMLIT && home == Some(folder);
    !is_users_settings && folder.join(marker).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_what_it_says() {
        let folder = |path: &str| Some(StoreUrl::Folder(path.into()));
        let cases = [
            ("memory:", Some(StoreUrl::Memory)),
            (".stillroom", folder(".stillroom")),
            ("/data/results", folder("/data/results")),
            ("./with:colon", folder("./with:colon")),
            ("C:\\results", folder("C:\\results")),
            ("file:.stillroom", folder(".stillroom")),
            ("file:/data/results", folder("/data/results")),
            ("file:///data/results", folder("/data/results")),
            ("file:///my%20results", folder("/my results")),
            ("file:///100%25", folder("/100%")),
            ("", None),
            ("file:", None),
            ("file://host/data", None),
            ("file:///data?mode=ro", None),
            ("file:///100%", None),
            ("file:///%zz", None),
            ("file:///%00", None),
            ("nul\0", None),
            ("memory:shared", None),
            ("~/results", None),
            ("~", None),
        ];

        for (url, parsed) in cases {
            assert_eq!(StoreUrl::parse(url).ok(), parsed, "{url:?}");
        }
    }

    #[test]
    fn what_is_no_store_is_refused_with_the_fix() {
        let cases = [
            ("https://abc.supabase.co", "later release"),
            ("supabase+https://db.example.org", "later release"),
            ("http://h", "use `https://`"),
            ("s3://bucket", "write a folder's path"),
            ("abcdefghijklmnopqrst", "`https://abcdefghijklmnopqrst.supabase.co`"),
            ("~/results", "whole path"),
        ];

        for (url, fix) in cases {
            let message = StoreUrl::parse(url).unwrap_err().to_string();
            assert!(message.contains(fix), "{url}: {message}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        for url in ["https://hunter2@h", "mysql://u:hunter2@h/db"] {
            assert!(!StoreUrl::parse(url).unwrap_err().to_string().contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn the_argument_goes_before_the_environment_and_that_before_the_default() {
        let folder = |path: &str| StoreUrl::Folder(path.into());

        assert_eq!(StoreUrl::choose(Some("a"), Some("b")).unwrap(), folder("a"));
        assert_eq!(StoreUrl::choose(None, Some("b")).unwrap(), folder("b"));
        assert_eq!(StoreUrl::choose(None, Some("")).unwrap(), folder(".stillroom"));
        assert_eq!(StoreUrl::choose(None, None).unwrap(), folder(".stillroom"));
        let message = StoreUrl::choose(None, Some("s3://bucket")).unwrap_err().to_string();
        assert!(message.starts_with("$STILLROOM_URL: "), "{message}");
    }

    #[test]
    fn a_relative_path_starts_at_the_nearest_project_folder() {
        for marker in MARKERS {
            let root = tempfile::tempdir().unwrap();
            let working = root.path().join("app/pages");
            std::fs::create_dir_all(&working).unwrap();
            std::fs::create_dir(root.path().join("app").join(marker)).unwrap();

            assert_eq!(resolve(Path::new("kept"), &working, None), root.path().join("app/kept"), "{marker}");
            assert_eq!(resolve(Path::new("/kept"), &working, None), Path::new("/kept"), "{marker}");
        }
    }

    #[test]
    fn without_a_project_folder_a_relative_path_starts_at_the_working_folder() {
        let nowhere = Path::new("/no/such/folder");

        assert_eq!(resolve(Path::new("kept"), nowhere, None), nowhere.join("kept"));
    }

    #[test]
    fn streamlit_s_settings_in_the_home_folder_make_no_project_of_it() {
        let home = tempfile::tempdir().unwrap();
        let working = home.path().join("app");
        std::fs::create_dir_all(&working).unwrap();
        std::fs::create_dir(home.path().join(".streamlit")).unwrap();
        let resolve = || resolve(Path::new("kept"), &working, Some(home.path()));

        assert_eq!(resolve(), working.join("kept"));
        std::fs::create_dir(home.path().join(".git")).unwrap();
        assert_eq!(resolve(), home.path().join("kept"));
    }
}
