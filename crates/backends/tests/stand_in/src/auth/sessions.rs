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
    refreshed: i64,
    /// The newest is last.
    tokens: Vec<String>,
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
        let (user, tokens) = (user.to_owned(), vec![letters(12)]);
        self.sessions.insert(id.clone(), Session { user, method, since: now, refreshed: now, tokens });
        id
    }

    /// The session and the account of a refresh token.
    pub(crate) fn find(&self, token: &str) -> Option<(String, String)> {
        let mut sessions = self.sessions.iter();
        let of_token = |session: &Session| session.tokens.iter().any(|known| known == token);
        sessions
            .find(|(_, session)| of_token(session))
            .map(|(id, session)| (id.clone(), session.user.clone()))
    }

    /// Uses a refresh token: there is a newer one in its session then. One that was used before is taken as a sign that
    /// its answer was lost, if it is the one before the newest, or that several ask at once, if the session was
    /// refreshed only now: the newest stays. Else it was stolen, and the session ends.
    ///
    /// So the account server does with its second kind of refresh tokens. With the first, only refresh tokens end then,
    /// and access tokens of the session are believed until they are over.
    pub(crate) fn refresh(&mut self, id: &str, token: &str, now: i64, reuse: i64) -> Result<(), Refusal> {
        let session = self.sessions.get_mut(id).ok_or_else(unknown_token)?;
        let newer = session.tokens.iter().rev().position(|known| known == token).ok_or_else(unknown_token)?;
        if newer > 1 && now - session.refreshed >= reuse {
            self.sessions.remove(id);
            return Err(Refusal::new(
                400,
                "refresh_token_already_used",
                "Invalid Refresh Token: Already Used",
            ));
        }
        if newer == 0 {
            session.tokens.push(letters(12));
        }
        session.refreshed = now;
        Ok(())
    }
}

/// Signs an account in: what `/token` answers.
pub(crate) fn begin(state: &State, user: User, method: &'static str) -> Result<Json, Refusal> {
    let session = state.accounts().begin(&user.id, method, state.now());
    let user = user.signed_in(state)?;
    tokens(state, &user, &session)
}

pub(crate) fn unknown_token() -> Refusal {
    Refusal::new(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
}

/// The tokens of a session, as `/token` answers them.
pub(crate) fn tokens(state: &State, user: &User, session: &str) -> Result<Json, Refusal> {
    let (now, seconds) = (state.now(), state.settings.token_seconds);
    let (method, since, refresh) = {
        let accounts = state.accounts();
        // It may have been ended meanwhile.
        let session = accounts.sessions.get(session).ok_or_else(unknown_token)?;
        let newest = session.tokens.last().unwrap();
        (session.method, session.since, newest.clone())
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
    Ok(json!({
        "access_token": state.sign(&claims),
        "token_type": "bearer",
        "expires_in": seconds,
        "expires_at": now + seconds,
        "refresh_token": refresh,
        "user": user.json,
    }))
}
