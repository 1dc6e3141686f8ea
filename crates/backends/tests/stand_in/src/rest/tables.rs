//! Rows: read, inserted or merged, changed, deleted.
//!
//! The statements are made as PostgREST makes them, so that the database refuses what it would refuse there.

use postgres::types::ToSql;
use serde_json::Value as Json;

use super::filter::Query;
use super::prefer::{Prefer, Resolution, Returns};
use super::refusal::Refusal;
use super::schema::{self, Column};
use super::session::Asker;
use super::{Form, check_single, content_range, quoted};
use crate::State;
use crate::database::Parameter;
use crate::http::{Request, Response};

/// Counts the rows that a statement inserts: those that are merged are taken off again.
const INSERTS: &str = "set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) + 1)::text, true) <> '0'";
const MERGES: &str = "set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) - 1)::text, true) <> '-1'";
const INSERTED: &str = "nullif(current_setting('pgrst.inserted', true), '')::int";

/// The rows of `rows` as JSON.
pub(super) fn body_of(form: Form) -> &'static str {
    match form {
        Form::Object => "coalesce((json_agg(rows)->0)::text, 'null')",
        Form::Json | Form::Bytes => "coalesce(json_agg(rows), '[]')::text",
    }
}

pub(super) fn read(
    state: &State,
    request: &Request,
    asker: &Asker,
    table: &str,
) -> Result<Response, Refusal> {
    let (prefer, query, form) = (Prefer::of(request)?, Query::of(request)?, Form::of(request, false)?);
    schema::table(state, table)?;
    let (from, mut parameters) = (format!("\"public\".{}", quoted(table)), Vec::new());
    let condition = query.condition(table, &mut parameters);
    let total = if prefer.counts {
        format!("(select count(*) from {from}{condition})")
    } else {
        "null::bigint".to_owned()
    };
    let sql = format!(
        "with source as (select {} from {from}{condition}{}) \
         select {total}, count(*), {} from (select * from source) rows",
        query.columns_of(table),
        query.window(table),
        body_of(form),
    );
    let (total, rows, body) = asker.transact(state, request, true, |transaction| {
        let row = transaction.query_one(&sql, &given(&parameters))?;
        let (total, rows, body): (Option<i64>, i64, String) = (row.get(0), row.get(1), row.get(2));
        check_single(form, count(rows))?;
        Ok((total.map(count), count(rows), body))
    })?;

    let is_beyond = total.is_some_and(|total| query.offset > 0 && query.offset >= total);
    let (status, body) = match total {
        Some(total) if is_beyond => (416, beyond(query.offset, total)),
        Some(total) if rows < total => (206, body),
        _ => (200, body),
    };
    let kind = if is_beyond { Form::Json } else { form }.content_type();
    let range = content_range(query.offset, if is_beyond { 0 } else { rows }, total);
    let answer = Response::new(status).header("Content-Type", kind).header("Content-Range", range).body(body);
    Ok(with_applied(answer, &prefer, false))
}

fn beyond(offset: usize, total: usize) -> String {
    let details = format!("An offset of {offset} was requested, but there are only {total} rows.");
    serde_json::json!({
        "code": "PGRST103", "details": details, "hint": null, "message": "Requested range not satisfiable"
    })
    .to_string()
}

pub(super) fn change(
    state: &State,
    request: &Request,
    asker: &Asker,
    table: &str,
) -> Result<Response, Refusal> {
    let (prefer, query, form) = (Prefer::of(request)?, Query::of(request)?, Form::of(request, false)?);
    let columns = schema::table(state, table)?;
    let mut parameters = Vec::new();
    let change = match request.method.as_str() {
        "POST" => insert(request, &prefer, &query, table, &columns, &mut parameters)?,
        "PATCH" => update(request, &query, table, &columns, &mut parameters)?,
        _ => format!("delete from \"public\".{}{}", quoted(table), query.condition(table, &mut parameters)),
    };
    if query.limit.is_some() || query.offset > 0 {
        return Err(Refusal::unknown("a limit of a change"));
    }
    let gives_rows = prefer.returns == Some(Returns::Rows);
    let returning = if gives_rows { query.columns_of(table) } else { "1".to_owned() };
    let body = if gives_rows { body_of(form) } else { "''" };
    let sql = format!(
        "with source as ({change} returning {returning}) \
         select count(*), {body}, {INSERTED} from (select * from source) rows"
    );
    let (rows, body, inserted) = asker.transact(state, request, false, |transaction| {
        let row = transaction.query_one(&sql, &given(&parameters))?;
        let (rows, body, inserted): (i64, String, Option<i32>) = (row.get(0), row.get(1), row.get(2));
        if gives_rows {
            check_single(form, count(rows))?;
        }
        Ok((count(rows), body, inserted))
    })?;

    let total = prefer.counts.then_some(rows);
    let (status, range) = match request.method.as_str() {
        // Unless there was something to insert it was only merged.
        "POST" => (if inserted == Some(0) { 200 } else { 201 }, content_range(0, 0, total)),
        "PATCH" => (if gives_rows { 200 } else { 204 }, content_range(0, rows, total)),
        _ => (if gives_rows { 200 } else { 204 }, content_range(0, 0, total)),
    };
    let answer = Response::new(status).header("Content-Range", range);
    let answer =
        if gives_rows { answer.header("Content-Type", form.content_type()).body(body) } else { answer };
    Ok(with_applied(answer, &prefer, true))
}

fn insert(
    request: &Request,
    prefer: &Prefer,
    query: &Query,
    table: &str,
    columns: &[Column],
    parameters: &mut Vec<Parameter>,
) -> Result<String, Refusal> {
    let named = match &query.columns {
        Some(names) => {
            parse(request)?;
            names.clone()
        }
        None => keys(&parse(request)?)?,
    };
    let source = Source::of(&named, table, columns)?;
    parameters.push(Parameter::Text(request.body.clone()));
    let merges = prefer.resolution == Some(Resolution::Merge);
    let mut sql = format!(
        "insert into \"public\".{}({}) select {} from json_to_recordset(case json_typeof($1::json) \
         when 'array' then $1::json else json_build_array($1::json) end) as body({})",
        quoted(table),
        source.list(""),
        source.list("body."),
        source.typed(),
    );
    if merges {
        sql.push_str(&format!(" where {INSERTS}"));
    }
    let Some(resolution) = prefer.resolution else { return Ok(sql) };
    let keys: Vec<_> = match &query.on_conflict {
        Some(names) => names.iter().map(|name| quoted(name)).collect(),
        None => columns.iter().filter(|column| column.is_key).map(|column| quoted(&column.name)).collect(),
    };
    if keys.is_empty() {
        return Err(Refusal::unknown("a merge into a table without a key"));
    }
    sql.push_str(&format!(" on conflict({}) do ", keys.join(", ")));
    match resolution {
        Resolution::Ignore => sql.push_str("nothing"),
        Resolution::Merge => sql.push_str(&format!("update set {} where {MERGES}", source.set("excluded."))),
    }
    Ok(sql)
}

fn update(
    request: &Request,
    query: &Query,
    table: &str,
    columns: &[Column],
    parameters: &mut Vec<Parameter>,
) -> Result<String, Refusal> {
    let body = parse(request)?;
    if !body.is_object() {
        return Err(Refusal::unknown("a PATCH of anything but an object"));
    }
    let source = Source::of(&keys(&body)?, table, columns)?;
    parameters.push(Parameter::Text(request.body.clone()));
    Ok(format!(
        "update \"public\".{} set {} from (select {} from json_to_record($1::json) as _({})) body{}",
        quoted(table),
        source.set("body."),
        source.list(""),
        source.typed(),
        query.condition(table, parameters),
    ))
}

/// The columns that a body brings.
struct Source<'a>(Vec<&'a Column>);

impl<'a> Source<'a> {
    fn of(names: &[String], table: &str, columns: &'a [Column]) -> Result<Self, Refusal> {
        let known = names.iter().map(|name| {
            columns.iter().find(|column| column.name == *name).ok_or_else(|| {
                let message = format!("Could not find the '{name}' column of '{table}' in the schema cache");
                Refusal::said(400, "PGRST204", message)
            })
        });
        let known: Vec<_> = known.collect::<Result<_, _>>()?;
        if known.is_empty() { Err(Refusal::unknown("a body without columns")) } else { Ok(Self(known)) }
    }

    fn joined(&self, of: impl Fn(&Column) -> String) -> String {
        self.0.iter().map(|column| of(column)).collect::<Vec<_>>().join(", ")
    }

    fn list(&self, prefix: &str) -> String {
        self.joined(|column| format!("{prefix}{}", quoted(&column.name)))
    }

    fn typed(&self) -> String {
        self.joined(|column| format!("{} {}", quoted(&column.name), column.kind))
    }

    fn set(&self, prefix: &str) -> String {
        self.joined(|column| format!("{0} = {prefix}{0}", quoted(&column.name)))
    }
}

/// A body of JSON, which has to be said to be that.
pub(super) fn parse(request: &Request) -> Result<Json, Refusal> {
    let kind = request.header("content-type").unwrap_or("application/json");
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => serde_json::from_slice(&request.body).map_err(|_| Refusal::bad_json()),
        known @ ("text/csv" | "application/x-www-form-urlencoded") => {
            Err(Refusal::unknown(format!("Content-Type: {known}")))
        }
        other => Err(Refusal::said(400, "PGRST102", format!("Content-Type not acceptable: {other}"))),
    }
}

/// The keys of an object, or those that all of a list have, in their order.
fn keys(body: &Json) -> Result<Vec<String>, Refusal> {
    let of = |object: &Json| {
        let mut keys: Vec<_> = object.as_object()?.keys().cloned().collect();
        keys.sort();
        Some(keys)
    };
    let objects = match body {
        Json::Array(objects) => objects.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut each = objects.iter().map(of);
    let first = each.next().flatten().ok_or_else(|| Refusal::unknown("a body without objects"))?;
    if each.all(|keys| keys.as_ref() == Some(&first)) {
        Ok(first)
    } else {
        Err(Refusal::said(400, "PGRST102", "All object keys must match"))
    }
}

pub(super) fn with_applied(answer: Response, prefer: &Prefer, is_change: bool) -> Response {
    match prefer.applied(is_change) {
        applied if applied.is_empty() => answer,
        applied => answer.header("Preference-Applied", applied),
    }
}

pub(super) fn given(parameters: &[Parameter]) -> Vec<&(dyn ToSql + Sync)> {
    parameters.iter().map(|parameter| parameter as &(dyn ToSql + Sync)).collect()
}

pub(super) fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap()
}
