//! One connection, asked from whatever thread has it.
//!
//! Each has a runtime of its own that runs only while it is asked: no thread waits for it in between, and an
//! answer wakes nobody but who asked.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join4;
use stillroom_core::{BackendError, Result};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, NoTls, Row};

use super::error::{connecting, failure};
use super::tls::connector;
use super::url::{Target, Tls};
use crate::remote::{Argument, Call, Failure};

/// How long the database may work on one call.
pub(super) const STATEMENT_TIME: Duration = Duration::from_secs(8);
/// How long an answer may take: four statements that are each given up in time, and the way there and back.
const ANSWER_TIME: Duration = Duration::from_secs(45);

/// Who asks, until the transaction ends. A claim in a setting of its own would be believed first, and one that
/// somebody left in a session that a pooler lends on, or gave to the login, would be everyone's. Names are in full,
/// here and wherever we ask, for the same reason: a session's search path can be anything.
pub(super) const CLAIM: &str = "select pg_catalog.set_config('request.jwt.claims', $1, true), \
    pg_catalog.set_config('request.jwt.claim.sub', '', true)";

/// How much of what a database says by the way is remembered until somebody asks.
const NOTICES: usize = 64;

/// What a database says by the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether it is more than a remark.
    pub is_warning: bool,
    /// Its words.
    pub message: String,
}

type Notices = Arc<Mutex<Vec<Notice>>>;

/// A connection to a database.
pub(super) struct Connection {
    // Dropped before the runtime that it lives in.
    client: Client,
    driver: JoinHandle<()>,
    runtime: Runtime,
    location: String,
    notices: Notices,
}

impl Connection {
    /// # Errors
    /// `Unavailable`; `Unauthenticated` for a wrong password; `NoStore` when there is no such database.
    pub(super) fn open(target: &Target) -> Result<Self> {
        Self::try_open(target).map_err(|failure| failure.at(&target.location))
    }

    /// The same, telling apart what may pass.
    pub(super) fn try_open(target: &Target) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().map_err(|error| {
            let message = "the system has no means for another connection".to_owned();
            BackendError::Unavailable { message, source: Some(error.into()) }
        })?;
        let told = |error| connecting(error, &target.location);
        let notices = Notices::default();
        let (client, driver) = match &target.tls {
            Tls::Off => {
                let (client, connection) = runtime.block_on(target.config.connect(NoTls)).map_err(told)?;
                (client, runtime.spawn(drive(connection, Arc::clone(&notices))))
            }
            Tls::Verified(file) => {
                let tls = connector(file.as_deref())?;
                let (client, connection) = runtime.block_on(target.config.connect(tls)).map_err(told)?;
                (client, runtime.spawn(drive(connection, Arc::clone(&notices))))
            }
        };
        Ok(Self { client, driver, runtime, location: target.location.clone(), notices })
    }

    /// What the database said by the way since this was last asked.
    pub(super) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the other end is still there, as far as can be told without asking it.
    pub(super) fn is_open(&self) -> bool {
        // Looks at what came meanwhile, and lets the driver read it.
        self.runtime.block_on(async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        !self.driver.is_finished() && !self.client.is_closed()
    }

    /// Makes a call in a transaction of its own, which `prologue` begins, as whoever the claims speak of: four
    /// commands in one write.
    pub(super) fn call(&self, prologue: &str, claims: &str, call: Call<'_>) -> Result<Vec<u8>, Failure> {
        let rows = self.ask(prologue, claims, &statement(&call), &[parameter(&call.argument)])?;
        self.answer(&rows, call)
    }

    /// Makes a call within the transaction that is open, as whoever the claims speak of.
    pub(super) fn call_within(&self, claims: &str, call: Call<'_>) -> Result<Vec<u8>, Failure> {
        self.query(CLAIM, &[(&claims, Type::TEXT)])?;
        let rows = self.query(&statement(&call), &[parameter(&call.argument)])?;
        self.answer(&rows, call)
    }

    fn answer(&self, rows: &[Row], call: Call<'_>) -> Result<Vec<u8>, Failure> {
        let row = rows.first().ok_or_else(|| self.no_answer())?;
        let answer: Option<Vec<u8>> = match call.function.answers_bytes() {
            true => row.get::<_, Option<&[u8]>>(0).map(<[u8]>::to_vec),
            false => row.get::<_, Option<String>>(0).map(String::into_bytes),
        };
        answer.ok_or_else(|| self.no_answer())
    }

    /// The same for a query.
    pub(super) fn ask(
        &self,
        prologue: &str,
        claims: &str,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Failure> {
        let asked = async {
            let claim = [(&claims as &(dyn ToSql + Sync), Type::TEXT)];
            join4(
                self.client.batch_execute(prologue),
                self.client.query_typed(CLAIM, &claim),
                self.client.query_typed(sql, parameters),
                self.client.batch_execute("commit"),
            )
            .await
        };
        let (began, claimed, answer, committed) = self.in_time(asked)?;
        let told = |error| failure(error, &self.location);
        began.map_err(told)?;
        claimed.map_err(told)?;
        let rows = answer.map_err(told)?;
        committed.map_err(told)?;
        Ok(rows)
    }

    /// Runs statements as they are.
    pub(super) fn run(&self, sql: &str) -> Result<(), Failure> {
        self.runtime.block_on(self.client.batch_execute(sql)).map_err(|error| failure(error, &self.location))
    }

    /// A query outside of what [`ask`](Self::ask) does around one.
    pub(super) fn query(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Failure> {
        let rows = self.runtime.block_on(self.client.query_typed(sql, parameters));
        rows.map_err(|error| failure(error, &self.location))
    }

    fn in_time<T>(&self, asked: impl Future<Output = T>) -> Result<T, Failure> {
        let answer = self.runtime.block_on(async { tokio::time::timeout(ANSWER_TIME, asked).await });
        answer.map_err(|late| {
            // An answer that still comes is nobody's.
            self.driver.abort();
            let message = format!("the database did not answer in time: `{}`", self.location);
            BackendError::Unavailable { message, source: Some(late.into()) }.into()
        })
    }

    fn no_answer(&self) -> Failure {
        let message = format!("the database answered nothing: `{}`", self.location);
        BackendError::Corrupt { message, source: None }.into()
    }
}

/// Reads what comes, until the connection ends.
async fn drive<S, T>(mut connection: tokio_postgres::Connection<S, T>, notices: Notices)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        let AsyncMessage::Notice(said) = message else { continue };
        // What functions and migrations raise; the others are the server's own, such as of a table that is there.
        if !matches!(said.code().code(), "00000" | "01000") {
            continue;
        }
        let notice = Notice { is_warning: said.code().code() == "01000", message: said.message().to_owned() };
        let mut notices = notices.lock().unwrap_or_else(PoisonError::into_inner);
        if notices.len() < NOTICES {
            notices.push(notice);
        }
    }
}

fn statement(call: &Call<'_>) -> String {
    let name = call.function.name();
    match call.argument {
        Argument::Bytes(_) if call.function.answers_bytes() => format!("select stillroom.{name}($1)"),
        Argument::Bytes(_) => format!("select stillroom.{name}($1)::pg_catalog.text"),
        Argument::Json(_) => format!("select stillroom.{name}($1::pg_catalog.jsonb)::pg_catalog.text"),
    }
}

fn parameter<'a>(argument: &'a Argument<'_>) -> (&'a (dyn ToSql + Sync), Type) {
    match argument {
        Argument::Bytes(bytes) => (bytes, Type::BYTEA),
        Argument::Json(json) => (json, Type::TEXT),
    }
}
