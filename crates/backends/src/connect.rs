//! From a URL or path to a backend; the only place that reads URLs and the environment.
//!
//! Messages never repeat a URL that could hold a password.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stillroom_core::memory::Memory;
use stillroom_core::{Backend, BackendError, Clock, Operator, Owner, Result, Secret, layers};
use uuid::Uuid;

use crate::{Check, ConnectOptions};

/// Where a store is when nobody says otherwise.
const DEFAULT_URL: &str = ".stillroom";
/// Names the store when no argument does.
const URL_VARIABLE: &str = "STILLROOM_URL";
/// The key of a Supabase project when no argument is one.
#[cfg(feature = "supabase")]
const KEY_VARIABLE: &str = "STILLROOM_KEY";
/// The token of whoever asks one, for the command and for scripts.
#[cfg(feature = "supabase")]
const TOKEN_VARIABLE: &str = "STILLROOM_TOKEN";
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
    /// What its users' tokens are verified by, where the place itself says that.
    #[cfg(feature = "tokens")]
    pub verifier: Option<Arc<crate::Verifier>>,
    /// The token of whoever asks until somebody else does, where the environment has one.
    pub token: Option<Secret>,
    /// Signs people in, where the place does that.
    #[cfg(feature = "supabase")]
    pub auth: Option<Arc<crate::Auth>>,
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
        StoreUrl::Memory | StoreUrl::Folder(_) | StoreUrl::Project(_) => Err(invalid(
            "this is about databases; name one with `--store postgresql://…` or `$STILLROOM_URL`".to_owned(),
        )),
    }
}

/// Whether `url`, or else `$STILLROOM_URL`, names a Supabase project. Nothing is asked.
///
/// # Errors
/// `Invalid` for what names no store.
pub fn is_project(url: Option<&str>) -> Result<bool> {
    let variable = env::var_os(URL_VARIABLE).map(|value| value.to_string_lossy().into_owned());
    Ok(matches!(StoreUrl::choose(url, variable.as_deref())?, StoreUrl::Project(_)))
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
        StoreUrl::Memory | StoreUrl::Folder(_) | StoreUrl::Project(_) => Ok(None),
    }
}

/// Whoever signs people in to the project that `url`, or else `$STILLROOM_URL`, names, with its key or else
/// `$STILLROOM_KEY`.
///
/// # Errors
/// `Invalid` for a store that is no project, and for a key that is none of an app's.
#[cfg(feature = "supabase")]
pub fn connect_auth(
    url: Option<&str>,
    key: Option<Secret>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<crate::Auth>> {
    let variable = env::var_os(URL_VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let StoreUrl::Project(url) = StoreUrl::choose(url, variable.as_deref())? else {
        return Err(invalid(
            "people sign in to a Supabase project; name one, `https://<ref>.supabase.co`, or set `$STILLROOM_URL`"
                .to_owned(),
        ));
    };
    let project = crate::supabase::Project::parse(&url)?;
    let key =
        key.or_else(|| secret_variable(KEY_VARIABLE)).ok_or_else(|| crate::supabase::no_key(&project))?;
    crate::Auth::new(&url, &key, clock).map(Arc::new)
}

/// A secret that the environment has.
#[cfg(feature = "supabase")]
fn secret_variable(name: &str) -> Option<Secret> {
    env::var(name).ok().filter(|text| !text.is_empty()).map(Secret::new)
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
        StoreUrl::Project(url) => connect_project(&url, &options),
    }
}

fn connect_memory(options: ConnectOptions) -> Connected {
    Connected {
        backend: Memory::backend(options.clock),
        local_owner: Some(Owner::new(Uuid::new_v4())),
        signing_key: None,
        is_local: false,
        #[cfg(feature = "tokens")]
        verifier: None,
        token: None,
        #[cfg(feature = "supabase")]
        auth: None,
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

#[cfg(feature = "supabase")]
fn connect_project(url: &str, options: &ConnectOptions) -> Result<Connected> {
    let project = crate::supabase::Project::parse(url)?;
    let key = options.key.clone().or_else(|| secret_variable(KEY_VARIABLE));
    let cache = crate::cache::choose(&options.cache, &|name| env::var_os(name), env::home_dir());
    let connected = crate::supabase::open(&project, key, options, &cache)?;
    Ok(Connected { token: secret_variable(TOKEN_VARIABLE), ..connected })
}

#[cfg(not(feature = "supabase"))]
fn connect_project(_: &str, _: &ConnectOptions) -> Result<Connected> {
    Err(invalid("this build knows no projects of Supabase's, `https://` (feature `supabase`)".to_owned()))
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
    /// A Supabase project; the URL is looked at when it is opened.
    Project(String),
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
            Some(("https" | "http" | "supabase+https" | "supabase+http", _)) => {
                Ok(Self::Project(text.to_owned()))
            }
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
    let known = "a folder's path, `file:`, `memory:`, `postgresql://`, or a Supabase project's `https://`";
    invalid(format!("`{scheme}:` is no store known here; write {known}"))
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
mod tests;
