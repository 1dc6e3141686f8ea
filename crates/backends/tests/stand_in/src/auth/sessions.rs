//! Sessions with their refresh tokens, of which each is used once, and codes that were sent.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::answer::Refusal;
use super::users::User;
use crate::State;
use crate::gateway::letters;

/// For how long a code that was sent may be used.
const CODE_SECONDS: i64 = 3600;

#[derive(Debug, Default)]
pub(crate) struct Accounts {
    sessions: HashMap<String, Session>,
    /// By address: the code, and until when it may be used.
    codes: HashMap<String, (String, i64)>,
}

#[derive(Debug)]
struct Session {
    user: String,
    method: &'static str,
    since: i64,
    /// The newest is last.
    tokens: Vec<RefreshToken>,
}

#[derive(Debug)]
struct RefreshToken {
    token: String,
    parent: Option<String>,
    is_revoked: bool,
    changed: i64,
}

impl Accounts {
    /// Ends all sessions of an account.
    pub(crate) fn end_all_of(&mut self, user: &str) {
        self.sessions.retain(|_, session| session.user != user);
    }

    pub(crate) fn end(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    pub(crate) fn end_others(&mut self, user: &str, kept: &str) {
        self.sessions.retain(|id, session| session.user != user || id == kept);
    }

    pub(crate) fn has(&self, session: &str) -> bool {
        self.sessions.contains_key(session)
    }

    pub(crate) fn code_of(&self, email: &str) -> Option<String> {
        self.codes.get(&email.to_lowercase()).map(|(code, _)| code.clone())
    }

    pub(crate) fn send_code(&mut self, email: &str, now: i64) {
        let digits: String = letters(6).bytes().map(|byte| char::from(b'0' + byte % 10)).collect();
        self.codes.insert(email.to_lowercase(), (digits, now + CODE_SECONDS));
    }

    /// Whether that is the code that was sent there; it can be used no more then.
    pub(crate) fn use_code(&mut self, email: &str, code: &str, now: i64) -> bool {
        let is_valid = self.codes.get(email).is_some_and(|(sent, until)| sent == code && now < *until);
        if is_valid {
            self.codes.remove(email);
        }
        is_valid
    }

    /// A new session; its id.
    fn begin(&mut self, user: &str, method: &'static str, now: i64) -> String {
        let id = Uuid::new_v4().to_string();
        let tokens = vec![RefreshToken::new(None, now)];
        self.sessions.insert(id.clone(), Session { user: user.to_owned(), method, since: now, tokens });
        id
    }

    /// The session and the account of a refresh token.
    pub(crate) fn find(&self, token: &str) -> Option<(String, String)> {
        let mut sessions = self.sessions.iter();
        let of_token = |session: &Session| session.tokens.iter().any(|known| known.token == token);
        sessions
            .find(|(_, session)| of_token(session))
            .map(|(id, session)| (id.clone(), session.user.clone()))
    }

    /// Uses a refresh token; there is a newest one in its session then. One that was used before is taken as a sign
    /// that its answer was lost if it is the newest one's parent, or for a moment; else all of its session are revoked.
    pub(crate) fn refresh(
        &mut self,
        session: &str,
        token: &str,
        now: i64,
        reuse: i64,
    ) -> Result<(), Refusal> {
        let tokens = &mut self.sessions.get_mut(session).unwrap().tokens;
        let used = tokens.iter_mut().find(|known| known.token == token).unwrap();
        if used.is_revoked {
            let changed = used.changed;
            let active = tokens.iter().rev().find(|known| !known.is_revoked);
            if active.is_some_and(|active| active.parent.as_deref() == Some(token)) {
                return Ok(());
            }
            if now > changed + reuse {
                for known in tokens.iter_mut() {
                    known.is_revoked = true;
                }
                let message = "Invalid Refresh Token: Already Used";
                return Err(Refusal::new(400, "refresh_token_already_used", message));
            }
        } else {
            used.is_revoked = true;
            used.changed = now;
        }
        tokens.push(RefreshToken::new(Some(token), now));
        Ok(())
    }
}

impl RefreshToken {
    fn new(parent: Option<&str>, now: i64) -> Self {
        Self { token: letters(12), parent: parent.map(ToOwned::to_owned), is_revoked: false, changed: now }
    }
}

/// Signs an account in: what `/token` answers.
pub(crate) fn begin(state: &State, user: User, method: &'static str) -> Result<Json, Refusal> {
    let session = state.accounts().begin(&user.id, method, state.now());
    let user = user.signed_in(state)?;
    Ok(tokens(state, &user, &session))
}

/// The tokens of a session, as `/token` answers them.
pub(crate) fn tokens(state: &State, user: &User, session: &str) -> Json {
    let (now, seconds) = (state.now(), state.settings.token_seconds);
    let (method, since, refresh) = {
        let accounts = state.accounts();
        let session = &accounts.sessions[session];
        let newest = session.tokens.iter().rev().find(|known| !known.is_revoked).unwrap();
        (session.method, session.since, newest.token.clone())
    };
    let claims = json!({
        "iss": format!("{}/auth/v1", state.url()),
        "sub": user.id,
        "aud": "authenticated",
        "exp": now + seconds,
        "iat": now,
        "email": user.email,
        "phone": "",
        "app_metadata": user.json["app_metadata"],
        "user_metadata": user.json["user_metadata"],
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{ "method": method, "timestamp": since }],
        "session_id": session,
        "is_anonymous": user.is_anonymous,
    });
    json!({
        "access_token": state.sign(&claims),
        "token_type": "bearer",
        "expires_in": seconds,
        "expires_at": now + seconds,
        "refresh_token": refresh,
        "user": user.json,
    })
}
