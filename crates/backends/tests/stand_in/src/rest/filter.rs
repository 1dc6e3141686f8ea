//! Which rows and columns a query means.

use super::refusal::Refusal;
use super::{MAX_ROWS, quoted};
use crate::database::Parameter;
use crate::http::Request;
use crate::query::pairs;

/// Operators of PostgREST that are none of these here.
const OTHERS: [&str; 19] = [
    "not",
    "like",
    "ilike",
    "match",
    "imatch",
    "isdistinct",
    "fts",
    "plfts",
    "phfts",
    "wfts",
    "cs",
    "cd",
    "ov",
    "sl",
    "sr",
    "nxr",
    "nxl",
    "adj",
    "all",
];

#[derive(Debug, Default)]
pub(crate) struct Query {
    /// Columns; none for all.
    pub(crate) select: Option<Vec<String>>,
    filters: Vec<(String, Test)>,
    order: Vec<String>,
    pub(crate) limit: Option<usize>,
    pub(crate) offset: usize,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) on_conflict: Option<Vec<String>>,
}

#[derive(Debug)]
enum Test {
    /// An operator of SQL, and what is on its right.
    Compare(&'static str, String),
    Among(Vec<String>),
    Is(&'static str),
}

impl Query {
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        let mut query = Self::default();
        for (name, value) in pairs(request.query.as_deref().unwrap_or_default()) {
            match name.as_str() {
                "select" if value == "*" => query.select = None,
                "select" => query.select = Some(names(&value)?),
                "order" => query.order = value.split(',').map(order).collect::<Result<_, _>>()?,
                "limit" => query.limit = Some(number(&value)?),
                "offset" => query.offset = number(&value)?,
                "columns" => query.columns = Some(names(&value)?),
                "on_conflict" => query.on_conflict = Some(names(&value)?),
                column => query.filters.push((plain(column)?, test(&value)?)),
            }
        }
        Ok(query)
    }

    /// What is selected or returned of a table.
    pub(crate) fn columns_of(&self, table: &str) -> String {
        let table = format!("\"public\".{}", quoted(table));
        match &self.select {
            None => format!("{table}.*"),
            Some(names) => {
                let named: Vec<_> = names.iter().map(|name| format!("{table}.{}", quoted(name))).collect();
                named.join(", ")
            }
        }
    }

    /// ` where …`, whose parameters are put behind those that are there.
    pub(crate) fn condition(&self, table: &str, parameters: &mut Vec<Parameter>) -> String {
        let mut sql = String::new();
        for (column, test) in &self.filters {
            sql.push_str(if sql.is_empty() { " where " } else { " and " });
            let column = format!("\"public\".{}.{}", quoted(table), quoted(column));
            let mut parameter = |value: &str| {
                parameters.push(Parameter::Text(value.as_bytes().to_vec()));
                format!("${}", parameters.len())
            };
            match test {
                Test::Compare(operator, value) => {
                    sql.push_str(&format!("{column} {operator} {}", parameter(value)))
                }
                Test::Among(values) => {
                    let among: Vec<_> = values.iter().map(|value| parameter(value)).collect();
                    sql.push_str(&format!("{column} in ({})", among.join(", ")));
                }
                Test::Is(what) => sql.push_str(&format!("{column} is {what}")),
            }
        }
        sql
    }

    /// ` order by … limit … offset …`
    pub(crate) fn window(&self, table: &str) -> String {
        let order = match self.order.as_slice() {
            [] => String::new(),
            order => {
                let of_table: Vec<_> =
                    order.iter().map(|column| format!("\"public\".{}.{column}", quoted(table))).collect();
                format!(" order by {}", of_table.join(", "))
            }
        };
        let limit = self.limit.unwrap_or(MAX_ROWS).min(MAX_ROWS);
        format!("{order} limit {limit} offset {}", self.offset)
    }
}

/// Names, which may be in quotes.
fn names(list: &str) -> Result<Vec<String>, Refusal> {
    list.split(',').map(|name| plain(name.trim().trim_matches('"'))).collect()
}

/// A name that is nothing else: no path into JSON, no cast, no other name, no other table.
fn plain(name: &str) -> Result<String, Refusal> {
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ' ');
    if is_plain && !matches!(name, "and" | "or") {
        Ok(name.to_owned())
    } else {
        Err(Refusal::unknown(format!("{name:?} in a query")))
    }
}

fn number(text: &str) -> Result<usize, Refusal> {
    text.parse().map_err(|_| Refusal::unknown(format!("{text:?} as a number")))
}

/// `column.desc.nullslast` in SQL.
fn order(item: &str) -> Result<String, Refusal> {
    let mut words = item.split('.');
    let mut sql = quoted(&plain(words.next().unwrap_or_default())?);
    for word in words {
        sql.push_str(match word {
            "asc" => " asc",
            "desc" => " desc",
            "nullsfirst" => " nulls first",
            "nullslast" => " nulls last",
            _ => return Err(Refusal::unknown(format!("order={item}"))),
        });
    }
    Ok(sql)
}

fn test(value: &str) -> Result<Test, Refusal> {
    let (operator, operand) = value.split_once('.').unwrap_or((value, ""));
    let compare = |sql| Ok(Test::Compare(sql, operand.to_owned()));
    match operator {
        "eq" => compare("="),
        "neq" => compare("<>"),
        "gt" => compare(">"),
        "gte" => compare(">="),
        "lt" => compare("<"),
        "lte" => compare("<="),
        "in" => among(operand),
        "is" => match operand {
            "null" => Ok(Test::Is("null")),
            "true" => Ok(Test::Is("true")),
            "false" => Ok(Test::Is("false")),
            _ => Err(Refusal::unknown(format!("is.{operand}"))),
        },
        other if OTHERS.contains(&other.split('(').next().unwrap_or_default()) => {
            Err(Refusal::unknown(format!("the operator {other}")))
        }
        _ => {
            let first = value
                .chars()
                .next()
                .map_or_else(|| "end of input".to_owned(), |c| format!("{:?}", c.to_string()));
            let details = format!("unexpected {first} expecting \"not\" or operator (eq, gt, ...)");
            let message = format!("\"failed to parse filter ({value})\" (line 1, column 1)");
            Err(Refusal::Said(400, "PGRST100", message, Some(details), None))
        }
    }
}

/// `(a,"b,c")`, in whose quotes a backslash keeps what follows.
fn among(operand: &str) -> Result<Test, Refusal> {
    let inner = operand.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut letters = inner
        .filter(|inner| !inner.is_empty())
        .ok_or_else(|| Refusal::unknown(format!("in.{operand}")))?
        .chars();
    let (mut values, mut value, mut is_quoted) = (Vec::new(), String::new(), false);
    while let Some(letter) = letters.next() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => value.extend(letters.next()),
            ',' if !is_quoted => values.push(std::mem::take(&mut value)),
            other => value.push(other),
        }
    }
    values.push(value);
    Ok(Test::Among(values))
}
