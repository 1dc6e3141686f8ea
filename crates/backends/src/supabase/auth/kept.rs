//! A session in use: its tokens are followed by others before they are over.
//!
//! There is no thread that does so: whoever asks for a token when one is nearly over gets the next, and whoever
//! else asks meanwhile waits for it. A refresh token is good once, so two would end the session.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stillroom_core::{BackendError, Principal, Renewal, Result, Secret};

use super::{Auth, Session};

/// How long before its end a token is followed by another.
const AHEAD: Duration = Duration::from_secs(60);

/// Keeps somebody signed in.
pub struct Kept {
    pub(super) auth: Arc<Auth>,
    state: Mutex<State>,
}

struct State {
    session: Session,
    /// Whether the project has said that it is over: it is not asked again.
    is_over: bool,
}

impl Kept {
    /// One for a session of the project that `auth` signs in to. Nothing is asked yet.
    ///
    /// # Errors
    /// `Invalid` for another project's.
    pub fn new(auth: Arc<Auth>, session: Session) -> Result<Arc<Self>> {
        session.check_project(&auth.project)?;
        Ok(Arc::new(Self { auth, state: Mutex::new(State { session, is_over: false }) }))
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
                Ok(next) => state.session = next,
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
