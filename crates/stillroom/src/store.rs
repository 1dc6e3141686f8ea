//! A [`Store`]: what a user opens and holds.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use stillroom_backends::{CacheOptions, ConnectOptions, connect};
use stillroom_core::{
    Backend, BlobStore, Catalog, Compression, Durability, Leases, NearCache, Owner, Principal, Secret,
};
use uuid::Uuid;

use crate::clock::WallClock;
use crate::{Result, SigningKey};

/// When bytes are compared with their digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// Whenever they are copied or come from afar, and whenever a mapped file is not as it was left.
    #[default]
    Changed,
    /// On every load.
    Always,
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// A path or URL; none for `$STILLROOM_URL`, else the nearest `.stillroom`.
    pub url: Option<String>,
    /// Whose results; none for the one owner of a store that has no other, and for nobody of one with many, which
    /// then is there for [`Store::as_owner`].
    pub owner: Option<Uuid>,
    /// The first signs opaque objects, all verify them; none for the local store's own key.
    pub signing_keys: Option<Vec<SigningKey>>,
    /// How many versions of a result stay; none for all.
    pub keep_versions: Option<u64>,
    /// How the bytes of values are kept from now on; none to leave it to the place. What is kept already stays
    /// as it is.
    pub compression: Option<Compression>,
    /// When bytes are compared with their digests.
    pub verify: Verify,
    /// Whether a store that isn't there is made.
    pub create: bool,
    /// Whether nothing is written, even where it could be: every change is `denied`.
    pub read_only: bool,
    /// Whether what is saved outlasts a restart of the machine; none to judge by the place.
    pub durable: Option<bool>,
    /// The publishable key of a Supabase project; none for `$STILLROOM_KEY`.
    pub key: Option<Secret>,
    /// What tokens of askers are verified by; nothing for a store that is told its owners.
    #[cfg(feature = "tokens")]
    pub tokens: crate::TokenKeys,
    /// Where what is loaded from a store far away is kept on this computer, to be mapped the next time.
    pub cache: CacheOptions,
}

impl Default for OpenOptions {
    /// The nearest store, its own owner and key, 20 versions, kept as the place likes.
    fn default() -> Self {
        Self {
            url: None,
            owner: None,
            signing_keys: None,
            keep_versions: Some(20),
            compression: None,
            verify: Verify::default(),
            create: true,
            read_only: false,
            durable: None,
            key: None,
            #[cfg(feature = "tokens")]
            tokens: crate::TokenKeys::default(),
            cache: CacheOptions::default(),
        }
    }
}

impl OpenOptions {
    /// What of this is about the place.
    pub(crate) fn connect(&self) -> ConnectOptions {
        ConnectOptions {
            create: self.create,
            read_only: self.read_only,
            durable: self.durable,
            key: self.key.clone(),
            cache: self.cache.clone(),
            verify_always: self.verify == Verify::Always,
            clock: Arc::new(WallClock),
        }
    }
}

/// An open store, for one owner. Cheap to clone; may be used from many threads.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    who: Principal,
    signing_keys: Arc<[SigningKey]>,
    keep_versions: Option<u64>,
    compression: Compression,
    is_local: bool,
    /// The owner of a store that knows only one.
    local_owner: Option<Owner>,
    /// How many saves this opening made, all its clones and owners together.
    save_count: Arc<AtomicU64>,
    #[cfg(feature = "tokens")]
    pub(crate) verifier: Option<Arc<stillroom_backends::Verifier>>,
    #[cfg(feature = "supabase")]
    pub(crate) auth: Option<Arc<stillroom_backends::Auth>>,
    #[cfg(feature = "supabase")]
    pub(crate) session: Option<Arc<stillroom_backends::Kept>>,
}

impl Store {
    /// Opens a store.
    ///
    /// # Errors
    /// `invalid` for a URL or path that is none, and for tokens that nobody could trust; `not-found` when it isn't there and is not to be made;
    /// `denied` for a folder that isn't the user's own; `unsupported` for a store of a newer release.
    pub fn open(options: OpenOptions) -> Result<Self> {
        #[cfg(feature = "tokens")]
        let verifier = stillroom_backends::Verifier::new(&options.tokens, Arc::new(WallClock))?.map(Arc::new);
        let connected = connect(options.url.as_deref(), options.connect())?;
        #[cfg(feature = "tokens")]
        let verifier = crate::bearer::chosen(verifier, &connected)?;
        let owner = options.owner.map(Owner::new).or(connected.local_owner).unwrap_or(Owner::NOBODY);
        let own_key = || connected.signing_key.map(SigningKey::from_bytes).into_iter().collect();
        let signing_keys: Vec<_> = options.signing_keys.unwrap_or_else(own_key);
        let token = connected.token.filter(|_| options.owner.is_none());
        let store = Self {
            who: Principal::local(owner),
            signing_keys: signing_keys.into(),
            keep_versions: options.keep_versions,
            compression: options.compression.unwrap_or(connected.backend.compression),
            is_local: connected.is_local,
            local_owner: connected.local_owner,
            save_count: Arc::default(),
            #[cfg(feature = "tokens")]
            verifier,
            #[cfg(feature = "supabase")]
            auth: connected.auth,
            #[cfg(feature = "supabase")]
            session: None,
            backend: connected.backend,
        };
        match token {
            #[cfg(feature = "tokens")]
            Some(token) => store.as_bearer(token.expose()),
            _ => Ok(store),
        }
    }

    /// A store over a backend that was opened already, with no key in hand.
    #[cfg(feature = "postgres")]
    pub(crate) fn over(backend: Backend, owner: Owner) -> Self {
        Self {
            who: Principal::local(owner),
            signing_keys: Arc::default(),
            keep_versions: None,
            compression: backend.compression,
            is_local: false,
            local_owner: None,
            save_count: Arc::default(),
            #[cfg(feature = "tokens")]
            verifier: None,
            #[cfg(feature = "supabase")]
            auth: None,
            #[cfg(feature = "supabase")]
            session: None,
            backend,
        }
    }

    /// Where the store is: an absolute path, or a URL without secrets.
    pub fn location(&self) -> &str {
        &self.backend.location
    }

    /// Whether it is a folder of this machine.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// Whether it is a Supabase project, over HTTPS.
    pub fn is_project(&self) -> bool {
        #[cfg(feature = "supabase")]
        return self.auth.is_some();
        #[cfg(not(feature = "supabase"))]
        false
    }

    /// How long what is saved here lasts.
    pub fn durability(&self) -> &Durability {
        &self.backend.durability
    }

    /// What whoever opens the store ought to know of its place, each a sentence or two; none as a rule.
    pub fn notices(&self) -> &[String] {
        &self.backend.notices
    }

    /// Whose results these are; [`Owner::NOBODY`] when many owners share the store, and none was named.
    pub fn owner(&self) -> Owner {
        self.who.owner()
    }

    /// The owner of a store that knows only one, made with it; none of a store that many owners share.
    pub fn local_owner(&self) -> Option<Owner> {
        self.local_owner
    }

    /// The same store for another owner.
    pub fn as_owner(&self, owner: Owner) -> Self {
        self.asked_by(Principal::local(owner))
    }

    /// The same store for whoever this is.
    pub(crate) fn asked_by(&self, who: Principal) -> Self {
        Self {
            who,
            #[cfg(feature = "supabase")]
            session: None,
            ..self.clone()
        }
    }

    /// Whether a signing key is in hand, so that opaque objects can be kept.
    pub fn can_sign(&self) -> bool {
        !self.signing_keys.is_empty()
    }

    /// The same store with further signing keys in hand, after those it has: the first of all signs.
    pub fn with_keys(&self, keys: Vec<SigningKey>) -> Self {
        let signing_keys = self.signing_keys.iter().cloned().chain(keys).collect();
        Self { signing_keys, ..self.clone() }
    }

    /// The same store behind a layer.
    #[cfg(test)]
    pub(crate) fn behind(self, layer: impl FnOnce(Backend) -> Backend) -> Self {
        Self { backend: layer(self.backend), ..self }
    }

    /// Counts a save; how many came before it.
    pub(crate) fn count_save(&self) -> u64 {
        self.save_count.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn who(&self) -> &Principal {
        &self.who
    }

    pub(crate) fn catalog(&self) -> &dyn Catalog {
        &*self.backend.catalog
    }

    #[cfg(test)]
    pub(crate) fn operator(&self) -> Option<Arc<dyn stillroom_core::Operator>> {
        self.backend.operator.clone()
    }

    pub(crate) fn blobs(&self) -> &dyn BlobStore {
        &*self.backend.blobs
    }

    pub(crate) fn cache(&self) -> Option<&dyn NearCache> {
        self.backend.cache.as_deref()
    }

    pub(crate) fn leases(&self) -> &dyn Leases {
        &*self.backend.leases
    }

    pub(crate) fn signing_keys(&self) -> &[SigningKey] {
        &self.signing_keys
    }

    pub(crate) fn keep_versions(&self) -> Option<u64> {
        self.keep_versions
    }

    /// How the bytes of values are kept that are saved from here.
    pub fn compression(&self) -> Compression {
        self.compression
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("location", &self.location()).field("owner", &self.owner()).finish()
    }
}
