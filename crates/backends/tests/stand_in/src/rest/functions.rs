//! Functions: called with the body as it is, or with arguments by their names.

use serde_json::Value as Json;

use super::prefer::Prefer;
use super::refusal::Refusal;
use super::schema::{self, Function};
use super::session::Asker;
use super::tables::{body_of, count, given, parse, with_applied};
use super::{BYTES, Form, MAX_ROWS, check_single, content_range, quoted};
use crate::State;
use crate::database::Parameter;
use crate::http::{Request, Response};

/// What a function is given.
enum Given {
    /// The body.
    Bytes,
    /// The body, and the arguments in it.
    Json(Vec<String>),
    /// Nothing, by a GET.
    Nothing,
}

pub(super) fn call(state: &State, request: &Request, asker: &Asker, name: &str) -> Result<Response, Refusal> {
    let prefer = Prefer::of(request)?;
    if request.method == "POST" && request.query.is_some() {
        return Err(Refusal::unknown("a query of a POST to a function"));
    }
    let arguments = Given::of(request)?;
    let function = choose(schema::functions(state, name)?, name, &arguments)?;
    let form = Form::of(request, function.returns == BYTES)?;
    let is_read_only = request.method == "GET" || !function.is_volatile;
    let (from, parameters) = call_of(&function, name, &arguments, request);

    asker.transact(state, request, is_read_only, |transaction| {
        let rows = given(&parameters);
        if form == Form::Bytes {
            let bytes: Option<Vec<u8>> =
                transaction.query_one(&format!("select answer::bytea from {from}"), &rows)?.get(0);
            return Ok(Response::new(200)
                .header("Content-Range", "0-0/*")
                .header("Content-Type", BYTES)
                .body(bytes.unwrap_or_default()));
        }
        if function.is_void {
            transaction.query_one(&format!("select 1 from {from}"), &rows)?;
            return Ok(with_applied(Response::new(204).header("Content-Range", "0-0/*"), &prefer, false));
        }
        let row = transaction.query_one(&rows_of(&function, &from, form), &rows)?;
        let (total, rows, body): (i64, i64, String) = (row.get(0), row.get(1), row.get(2));
        let (total, rows) = (count(total), count(rows));
        check_single(form, rows)?;
        let total = prefer.counts.then_some(total);
        let status = if total.is_some_and(|total| rows < total) { 206 } else { 200 };
        let answer = Response::new(status)
            .header("Content-Range", content_range(0, rows, total))
            .header("Content-Type", form.content_type())
            .body(body);
        Ok(with_applied(answer, &prefer, false))
    })
}

impl Given {
    fn of(request: &Request) -> Result<Self, Refusal> {
        if request.method == "GET" {
            return match request.query {
                None => Ok(Self::Nothing),
                Some(_) => Err(Refusal::unknown("arguments in a query")),
            };
        }
        let kind = request.header("content-type").unwrap_or("application/json");
        match kind.split(';').next().unwrap_or_default().trim() {
            BYTES => return Ok(Self::Bytes),
            kind @ ("text/plain" | "text/xml" | "application/xml") => {
                return Err(Refusal::unknown(format!("Content-Type: {kind} of a function")));
            }
            _ => {}
        }
        // A function may be called with nothing.
        if request.body.is_empty() {
            return Ok(Self::Json(Vec::new()));
        }
        match parse(request)? {
            Json::Object(object) => {
                let mut names: Vec<_> = object.keys().cloned().collect();
                names.sort();
                Ok(Self::Json(names))
            }
            _ => Err(Refusal::unknown("a body of a function that is no object")),
        }
    }
}

/// The function that takes this.
fn choose(functions: Vec<Function>, name: &str, given: &Given) -> Result<Function, Refusal> {
    let (named, whole): (Vec<_>, Vec<_>) = match given {
        Given::Bytes => {
            (Vec::new(), functions.into_iter().filter(|each| each.takes_body(&["bytea"])).collect())
        }
        Given::Nothing => (functions.into_iter().filter(|each| each.takes(&[])).collect(), Vec::new()),
        Given::Json(names) => {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let (whole, others): (Vec<_>, Vec<_>) =
                functions.into_iter().partition(|each| each.takes_body(&["json", "jsonb"]));
            (others.into_iter().filter(|each| each.takes(&names)).collect(), whole)
        }
    };
    let mut fitting = if named.is_empty() { whole } else { named };
    match (fitting.pop(), fitting.is_empty()) {
        (Some(function), true) => Ok(function),
        (Some(_), false) => Err(Refusal::unknown("a choice between functions of one name")),
        (None, _) => Err(none_fits(name, given)),
    }
}

/// PostgREST may add a hint to what is near; the stand-in has none.
fn none_fits(name: &str, given: &Given) -> Refusal {
    let (sought, called) = match given {
        Given::Bytes => (" with a single unnamed bytea parameter".to_owned(), String::new()),
        Given::Nothing => (" without parameters".to_owned(), " without parameters".to_owned()),
        Given::Json(names) => {
            let list = names.join(", ");
            let (sought, called) = match names.len() {
                0 => (" without parameters".to_owned(), " without parameters".to_owned()),
                1 => (format!(" with parameter {list}"), format!("({list})")),
                _ => (format!(" with parameters {list}"), format!("({list})")),
            };
            (format!("{sought} or with a single unnamed json/jsonb parameter"), called)
        }
    };
    Refusal::Said(
        404,
        "PGRST202",
        format!("Could not find the function public.{name}{called} in the schema cache"),
        Some(format!(
            "Searched for the function public.{name}{sought}, but no matches were found in the schema cache."
        )),
        None,
    )
}

/// The call as what stands behind `from`: its answer is `answer`.
fn call_of(function: &Function, name: &str, given: &Given, request: &Request) -> (String, Vec<Parameter>) {
    let name = format!("\"public\".{}", quoted(name));
    let body = || vec![Parameter::Text(request.body.clone())];
    let arguments = match given {
        Given::Bytes => {
            return (format!("{name}($1::bytea) answer"), vec![Parameter::Bytes(request.body.clone())]);
        }
        Given::Json(names) if !names.is_empty() || function.takes_body(&["json", "jsonb"]) => names,
        Given::Json(_) | Given::Nothing => return (format!("{name}() answer"), Vec::new()),
    };
    if let [(parameter, kind)] = function.parameters.as_slice()
        && parameter.is_empty()
    {
        return (format!("{name}($1::{kind}) answer"), body());
    }
    let types = function.parameters.iter().filter(|(known, _)| arguments.contains(known));
    let typed: Vec<_> = types.map(|(known, kind)| format!("{} {kind}", quoted(known))).collect();
    let passed: Vec<_> = arguments.iter().map(|known| format!("{0} := body.{0}", quoted(known))).collect();
    let from = format!(
        "json_to_record($1::json) as body({}), lateral {name}({}) answer",
        typed.join(", "),
        passed.join(", "),
    );
    (from, body())
}

/// How many rows there are, how many are given, and these.
fn rows_of(function: &Function, from: &str, form: Form) -> String {
    if function.is_row {
        let body = body_of(if function.is_set { form } else { Form::Object });
        return format!(
            "with source as materialized (select answer.* from {from}) \
             select (select count(*) from source), count(*), {body} \
             from (select * from source limit {MAX_ROWS}) rows"
        );
    }
    let body = if function.is_set {
        "coalesce(json_agg(rows.answer), '[]')::text"
    } else {
        "coalesce((json_agg(rows.answer)->0)::text, 'null')"
    };
    format!(
        "with source as materialized (select answer from {from}) \
         select (select count(*) from source), count(*), {body} \
         from (select * from source limit {MAX_ROWS}) rows"
    )
}
