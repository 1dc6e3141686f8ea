//! A session in use: its tokens are followed by others before they are over.
//!
//! There is no thread that does so: whoever asks for a token when one is nearly over gets the next, and whoever
//! else asks meanwhile waits for it. A refresh token is good once, and a project that sees one again ends the
//! session. So whoever comes with a session that is in use already, or with an older state of it, is in the same.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use ring::digest::{SHA256, digest};
use stillroom_core::{BackendError, Principal, Renewal, Result, Secret};

use super::{Auth, Session};

/// How long before its end a token is followed by another.
const AHEAD: Duration = Duration::from_secs(60);

/// Keeps somebody signed in.
pub struct Kept {
    pub(super) auth: Arc<Auth>,
    state: Mutex<State>,
    this: Weak<Self>,
}

struct State {
    session: Session,
    /// Whether the project has said that it is over: it is not asked again.
    is_over: bool,
}

impl Kept {
    /// What keeps this session of the project that `auth` signs in to. Nothing is asked yet.
    ///
    /// # Errors
    /// `Invalid` for another project's.
    pub fn new(auth: &Arc<Auth>, session: &Session) -> Result<Arc<Self>> {
        session.check_project(&auth.project)?;
        Ok(auth.in_use.find_or(&session.refresh_token, || {
            Arc::new_cyclic(|this| Self {
                auth: Arc::clone(auth),
                state: Mutex::new(State { session: session.clone(), is_over: false }),
                this: Weak::clone(this),
            })
        }))
    }

    /// The session as it is now.
    pub fn session(&self) -> Session {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).session.clone()
    }

    /// Follows the token by the next if it is nearly over, as any call would.
    ///
    /// # Errors
    /// `Unauthenticated` when the sign-in is over; `Unavailable`.
    pub fn renew(&self) -> Result<()> {
        self.token(None).map(drop)
    }

    /// Whoever is signed in.
    pub fn principal(self: &Arc<Self>) -> Principal {
        Principal::in_session(self.session().owner, Arc::clone(self) as _)
    }
}

impl Renewal for Kept {
    fn token(&self, refused: Option<&Secret>) -> Result<Secret> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_over {
            return Err(self.auth.over());
        }
        let now = self.auth.clock.now();
        let is_refused = refused == Some(&state.session.access_token);
        if is_refused || now.after(AHEAD) >= state.session.expires_at {
            match self.auth.refresh(&state.session) {
                Ok(next) => {
                    self.auth.in_use.add(&next.refresh_token, Weak::clone(&self.this));
                    state.session = next;
                }
                // It is good for a moment still, and the next call asks again.
                Err(BackendError::Unavailable { .. }) if !is_refused && now < state.session.expires_at => {}
                Err(error) => {
                    state.is_over = matches!(error, BackendError::Unauthenticated { .. });
                    return Err(error);
                }
            }
        }
        Ok(state.session.access_token.clone())
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(***)")
    }
}

/// The sessions in use, found by what their refresh tokens are and were. They are used elsewhere: here is no token.
#[derive(Default)]
pub(super) struct InUse(Mutex<Vec<(Fingerprint, Weak<Kept>)>>);

type Fingerprint = [u8; 32];

impl InUse {
    fn find_or(&self, token: &Secret, make: impl FnOnce() -> Arc<Kept>) -> Arc<Kept> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, kept)| kept.strong_count() > 0);
        let of = fingerprint(token);
        if let Some(kept) = known.iter().find(|(one, _)| *one == of).and_then(|(_, kept)| kept.upgrade()) {
            return kept;
        }
        let kept = make();
        known.push((of, Arc::downgrade(&kept)));
        kept
    }

    fn add(&self, token: &Secret, kept: Weak<Kept>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((fingerprint(token), kept));
    }
}

fn fingerprint(token: &Secret) -> Fingerprint {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.expose().as_bytes()).as_ref());
    bytes
}
