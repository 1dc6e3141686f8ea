//! What PostgREST knows of the schema `public`: tables with their columns, functions with their parameters.
//!
//! It reads that once and again when it is told to; the stand-in asks each time.

use serde_json::Value as Json;

use super::refusal::Refusal;
use crate::State;

const TABLE: &str = "
    select json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'is_key', a.attnum = any (i.indkey)
    ) order by a.attname)::text
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_index i on i.indrelid = c.oid and i.indisprimary
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'f', 'p') and c.relname = $1";

const FUNCTIONS: &str = "
    select coalesce(json_agg(json_build_object(
        'names', array(
            select coalesce(p.proargnames[i], '')
            from generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) i
            where coalesce(p.proargmodes[i], 'i') in ('i', 'b', 'v')
            order by i
        ),
        'types', (select array_agg(format_type(t, null) order by n) from unnest(p.proargtypes) with ordinality u(t, n)),
        'defaults', p.pronargdefaults,
        'is_volatile', p.provolatile = 'v',
        'is_set', p.proretset,
        'is_void', p.prorettype = 'void'::regtype,
        'is_row', t.typtype = 'c' or p.prorettype = 'record'::regtype or coalesce(p.proargmodes::text[] && '{t,b,o}', false),
        'returns', t.typname
    )), '[]')::text
    from pg_proc p
    join pg_type t on t.oid = p.prorettype
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.proname = $1";

/// A column, and how it is read out of JSON.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) is_key: bool,
}

#[derive(Debug)]
pub(crate) struct Function {
    /// Name, empty for none, and type of each parameter.
    pub(crate) parameters: Vec<(String, String)>,
    /// How many of the last may be left out.
    pub(crate) defaults: usize,
    pub(crate) is_volatile: bool,
    pub(crate) is_set: bool,
    pub(crate) is_void: bool,
    pub(crate) is_row: bool,
    /// The bare name of the type that it returns.
    pub(crate) returns: String,
}

impl Function {
    /// Whether it takes the whole body, as one of these types.
    pub(crate) fn takes_body(&self, types: &[&str]) -> bool {
        matches!(self.parameters.as_slice(), [(name, kind)] if name.is_empty() && types.contains(&kind.as_str()))
    }

    /// Whether these are arguments that it can be called with.
    pub(crate) fn takes(&self, names: &[&str]) -> bool {
        let required = self.parameters.len() - self.defaults;
        let is_known = |name: &&str| self.parameters.iter().any(|(known, _)| known == name);
        let is_there = |(name, _): &(String, String)| names.contains(&name.as_str());
        names.iter().all(is_known) && self.parameters[..required].iter().all(is_there)
    }
}

/// The columns of a table, in the order of their names.
pub(crate) fn table(state: &State, name: &str) -> Result<Vec<Column>, Refusal> {
    let said: Option<String> = state.database.as_admin(|client| client.query_one(TABLE, &[&name]))?.get(0);
    let Some(said) = said else {
        let message = format!("Could not find the table 'public.{name}' in the schema cache");
        return Err(Refusal::said(404, "PGRST205", message));
    };
    let column = |json: &Json| Column {
        name: text(&json["name"]),
        kind: text(&json["type"]),
        is_key: json["is_key"].as_bool().unwrap_or(false),
    };
    Ok(array(&said).iter().map(column).collect())
}

pub(crate) fn functions(state: &State, name: &str) -> Result<Vec<Function>, Refusal> {
    let said: String = state.database.as_admin(|client| client.query_one(FUNCTIONS, &[&name]))?.get(0);
    Ok(array(&said).iter().map(function).collect())
}

fn function(json: &Json) -> Function {
    let is = |name: &str| json[name].as_bool().unwrap();
    let texts = |name: &str| json[name].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    Function {
        parameters: texts("names").into_iter().zip(texts("types")).collect(),
        defaults: usize::try_from(json["defaults"].as_u64().unwrap()).unwrap(),
        is_volatile: is("is_volatile"),
        is_set: is("is_set"),
        is_void: is("is_void"),
        is_row: is("is_row"),
        returns: text(&json["returns"]),
    }
}

fn array(said: &str) -> Vec<Json> {
    match serde_json::from_str(said).unwrap() {
        Json::Array(items) => items,
        other => panic!("no list: {other}"),
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}
