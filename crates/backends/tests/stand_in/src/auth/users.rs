//! Accounts: rows of `auth.users`.

use postgres::Row;
use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::answer::Refusal;
use crate::State;

/// An account as the server answers it, with nothing that it does not have.
const USER: &str = "
    select id::text, coalesce(email, ''), coalesce(encrypted_password, ''), email_confirmed_at is not null,
        coalesce(banned_until > now(), false), is_anonymous,
        (jsonb_strip_nulls(jsonb_build_object(
            'id', id, 'aud', aud, 'role', role, 'email', coalesce(email, ''), 'phone', '',
            'email_confirmed_at', email_confirmed_at, 'confirmed_at', email_confirmed_at,
            'last_sign_in_at', last_sign_in_at, 'created_at', created_at, 'updated_at', updated_at,
            'is_anonymous', is_anonymous))
        || jsonb_build_object('app_metadata', coalesce(raw_app_meta_data, '{}'),
            'user_metadata', coalesce(raw_user_meta_data, '{}'),
            'identities', case when is_anonymous then '[]'::jsonb else jsonb_build_array(jsonb_build_object(
                'identity_id', id, 'id', id, 'user_id', id, 'provider', 'email', 'email', email,
                'identity_data', jsonb_build_object('sub', id, 'email', email,
                    'email_verified', email_confirmed_at is not null, 'phone_verified', false),
                'last_sign_in_at', created_at, 'created_at', created_at, 'updated_at', updated_at)) end))::text
    from auth.users";

const CREATE: &str = "
    insert into auth.users (id, instance_id, aud, role, email, encrypted_password, email_confirmed_at, is_anonymous,
        raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
    values ($1::text::uuid, '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', $2, $3,
        case when $4 then now() end, $5, $6::text::jsonb, $7::text::jsonb, now(), now())";

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    proof: String,
    pub(crate) is_confirmed: bool,
    pub(crate) is_banned: bool,
    pub(crate) is_anonymous: bool,
    pub(crate) json: Json,
}

/// What an account is made of; one without an address is anonymous.
#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    pub(crate) is_confirmed: bool,
    pub(crate) data: Json,
}

impl User {
    pub(crate) fn of_id(state: &State, id: &str) -> Result<Option<Self>, Refusal> {
        Self::find(state, "id::text = $1", id)
    }

    /// Addresses are kept in lower case.
    pub(crate) fn of_email(state: &State, email: &str) -> Result<Option<Self>, Refusal> {
        Self::find(state, "email = $1", &email.to_lowercase())
    }

    fn find(state: &State, condition: &str, value: &str) -> Result<Option<Self>, Refusal> {
        let sql = format!("{USER} where {condition}");
        Ok(state.database.as_admin(|client| client.query_opt(&sql, &[&value]))?.map(|row| Self::from(&row)))
    }

    pub(crate) fn has_password(&self, password: &str) -> bool {
        self.proof == proof(&self.id, password)
    }

    pub(crate) fn create(state: &State, new: &NewUser<'_>) -> Result<Self, Refusal> {
        let id = Uuid::new_v4().to_string();
        let email = new.email.map(str::to_lowercase);
        let proof = new.password.map(|password| proof(&id, password));
        let of_provider = match email {
            Some(_) => json!({ "provider": "email", "providers": ["email"] }),
            None => json!({}),
        };
        let (about, data) = (of_provider.to_string(), new.data.to_string());
        state.database.as_admin(|client| {
            let values: [&(dyn postgres::types::ToSql + Sync); 7] =
                [&id, &email, &proof, &new.is_confirmed, &email.is_none(), &about, &data];
            client.execute(CREATE, &values)
        })?;
        Ok(Self::of_id(state, &id)?.unwrap())
    }

    /// The same account, now that it is known whose address that is.
    pub(crate) fn confirm(self, state: &State) -> Result<Self, Refusal> {
        self.update(state, "email_confirmed_at = coalesce(email_confirmed_at, now()), updated_at = now()")
    }

    /// The same account, now that it signed in.
    pub(crate) fn signed_in(self, state: &State) -> Result<Self, Refusal> {
        self.update(state, "last_sign_in_at = now(), updated_at = now()")
    }

    fn update(self, state: &State, set: &str) -> Result<Self, Refusal> {
        let sql = format!("update auth.users set {set} where id::text = $1");
        state.database.as_admin(|client| client.execute(&sql, &[&self.id]))?;
        Ok(Self::of_id(state, &self.id)?.unwrap_or(self))
    }
}

impl From<&Row> for User {
    fn from(row: &Row) -> Self {
        let json: String = row.get(6);
        Self {
            id: row.get(0),
            email: row.get(1),
            proof: row.get(2),
            is_confirmed: row.get(3),
            is_banned: row.get(4),
            is_anonymous: row.get(5),
            json: serde_json::from_str(&json).unwrap(),
        }
    }
}

/// Makes an account that is confirmed; its id.
pub(crate) fn create_confirmed(state: &State, email: &str, password: &str) -> String {
    let new = NewUser { email: Some(email), password: Some(password), is_confirmed: true, data: json!({}) };
    User::create(state, &new).unwrap().id
}

/// Deletes an account, with its sessions and with what references it; whether there was one.
pub(crate) fn delete(state: &State, id: &str) -> bool {
    state.accounts().end_all_of(id);
    let sql = "delete from auth.users where id::text = $1";
    state.database.as_admin(|client| client.execute(sql, &[&id])).unwrap() == 1
}

/// What is kept of a password. Nobody's but a test's: the real server has bcrypt for it.
fn proof(id: &str, password: &str) -> String {
    let digest = digest(&SHA256, format!("{id} {password}").as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
