//! Signing in to a Supabase project, and a store that stays signed in.

use std::sync::Arc;

use stillroom_backends::{Auth, Kept, connect_auth};

pub use stillroom_backends::{Credentials, Session};

use crate::clock::WallClock;
use crate::{Error, ErrorKind, Result, Secret, Store};

/// Signs somebody in to the project at `url`; without one, to that of `$STILLROOM_URL`, and without its publishable
/// key with `$STILLROOM_KEY`. Nothing of it is kept: the session is the caller's.
///
/// # Errors
/// `unauthenticated` for what the project does not know, without saying which part; `invalid` for a URL or key that
/// is none of an app's; `denied` where the project signs nobody in so; `unavailable`.
pub fn sign_in(url: Option<&str>, key: Option<Secret>, credentials: &Credentials) -> Result<Session> {
    Accounts::of(url, key)?.sign_in(credentials)
}

/// Whether `url`, or without one `$STILLROOM_URL`, names a Supabase project, whose users sign in to it. Nothing is
/// asked.
///
/// # Errors
/// `invalid` for what names no store.
pub fn is_project(url: Option<&str>) -> Result<bool> {
    Ok(stillroom_backends::is_project(url)?)
}

/// The accounts of a project. It holds nobody's session.
#[derive(Clone)]
pub struct Accounts(Arc<Auth>);

impl Accounts {
    /// Those of the project at `url`, named by its publishable key; as [`sign_in`]. Nothing is asked yet.
    ///
    /// # Errors
    /// `invalid` for a URL or key that is none of an app's.
    pub fn of(url: Option<&str>, key: Option<Secret>) -> Result<Self> {
        Ok(Self(connect_auth(url, key, Arc::new(WallClock))?))
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// As [`sign_in`].
    pub fn sign_in(&self, credentials: &Credentials) -> Result<Session> {
        Ok(self.0.sign_in(credentials)?)
    }

    /// Makes an account; none is answered where its e-mail address has to be confirmed first.
    ///
    /// # Errors
    /// `invalid` for an address or password that the project does not take; `denied` where it takes no new accounts.
    pub fn sign_up(&self, email: &str, password: &Secret) -> Result<Option<Session>> {
        Ok(self.0.sign_up(email, password)?)
    }

    /// Has a code sent to an account's e-mail address, or, if `may_sign_up`, to whose account it then makes.
    ///
    /// # Errors
    /// `denied` where the project sends none; `unavailable` when it was asked too often.
    pub fn send_code(&self, email: &str, may_sign_up: bool) -> Result<()> {
        Ok(self.0.send_code(email, may_sign_up)?)
    }

    /// The session that follows, whose tokens take the place of the old one's.
    ///
    /// # Errors
    /// `unauthenticated` when the sign-in is over.
    pub fn refresh(&self, session: &Session) -> Result<Session> {
        Ok(self.0.refresh(session)?)
    }

    /// Ends a session: it can't be renewed any more.
    ///
    /// # Errors
    /// `invalid` for one of another project; `unavailable`.
    pub fn sign_out(&self, session: &Session) -> Result<()> {
        Ok(self.0.sign_out(session)?)
    }
}

impl Store {
    /// The same store for whoever signed in.
    ///
    /// Their token is followed by another a minute before its end, by whichever call comes then; the old tokens are
    /// good no longer, so keep what [`session`](Self::session) hands out.
    ///
    /// # Errors
    /// `invalid` for a session of another project, and for a store that is no project.
    pub fn as_session(&self, session: &Session) -> Result<Self> {
        let Some(auth) = &self.auth else {
            let message =
                format!("this store is no Supabase project, which sessions are of: `{}`", self.location());
            return Err(Error::new(ErrorKind::Invalid, message));
        };
        let kept = Kept::new(auth, session)?;
        let mut store = self.asked_by(kept.principal());
        store.session = Some(kept);
        Ok(store)
    }

    /// Sees to it that whoever is signed in is so for another minute: asks the project only when their token is
    /// nearly over. Nothing for a store that is in no session.
    ///
    /// # Errors
    /// `unauthenticated` when the sign-in is over; `unavailable`.
    pub fn renew(&self) -> Result<()> {
        self.session.as_ref().map_or(Ok(()), |kept| Ok(kept.renew()?))
    }

    /// The session as it is now; none of a store that is in none.
    pub fn session(&self) -> Option<Session> {
        self.session.as_ref().map(|kept| kept.session())
    }
}
