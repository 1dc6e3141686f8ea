//! The functions and triggers that a database has when all migrations were applied, read from their SQL: the last
//! word on each, for the doctor to compare with.
//!
//! Statements that make them begin a line. A body stands between two `$$`, and a trigger's statement ends the line
//! that it ends.

use serde_json::{Value as Json, json};

use super::migrate;

/// What breaks it that functions are as they were made; $1 is [`functions`].
pub(super) const FUNCTIONS: &str = r"
    select case when p.oid is null then format('there is no function %s', e.name)
            else format('the function %s is not what stillroom made it', p.oid::regprocedure) end,
        e.again
    from jsonb_to_recordset($1::jsonb) as e(name text, body text, is_definer boolean, again text)
    left join (
        select p.oid, p.prosrc, p.prosecdef, n.nspname || '.' || p.proname as name
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    ) p on p.name = e.name
    where p.oid is null or p.prosrc <> e.body or p.prosecdef <> e.is_definer
    order by e.name";

/// The same of triggers; $1 is [`triggers`]. A disabled one of the system's own keeps what refers to an owner.
pub(super) const TRIGGERS: &str = r"
    select case
            when t.oid is null then format('there is no trigger %s on %s', e.name, e.label)
            when t.tgenabled not in ('O', 'A') then format('the trigger %s on %s is disabled', e.name, e.label)
            else format('the trigger %s on %s is not what stillroom made it', e.name, e.label)
        end,
        case
            when t.oid is null then e.again
            when t.tgenabled not in ('O', 'A') then format('alter table %s enable trigger %s', e.label, e.name)
            else format('drop trigger %s on %s; %s', e.name, e.label, e.again)
        end
    from jsonb_to_recordset($1::jsonb)
        as e(name text, label text, type smallint, function text, has_condition boolean, again text)
    join ours o on o.label = e.label
    left join pg_trigger t on t.tgrelid = o.oid and t.tgname = e.name and not t.tgisinternal
    where o.oid is not null and (
        t.oid is null or t.tgenabled not in ('O', 'A') or t.tgtype <> e.type or (t.tgqual is not null) <> e.has_condition
        or e.function <> (
            select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where p.oid = t.tgfoid))
    union all
    select format('the trigger %I on %s is disabled', t.tgname, o.label), format('alter table %s enable trigger all', o.label)
    from pg_trigger t join ours o on o.oid = t.tgrelid
    where t.tgisinternal and t.tgenabled not in ('O', 'A')";

/// Every function as JSON: its name, its body, whether it works with its owner's rights, and how it is made again.
pub(super) fn functions() -> String {
    let mut functions: Vec<(&str, Json)> = Vec::new();
    for migration in migrate::migrations() {
        for start in line_starts(migration.sql) {
            if let Some(rest) = after(start, &["drop function if exists ", "drop function "]) {
                functions.retain(|(name, _)| *name != word(rest));
            }
            let rest = after(start, &["create function ", "create or replace function "]);
            if let Some((name, function)) = rest.and_then(function) {
                functions.retain(|(other, _)| *other != name);
                functions.push((name, function));
            }
        }
    }
    Json::Array(functions.into_iter().map(|(_, function)| function).collect()).to_string()
}

/// Every trigger as JSON: its name and table, its type as the catalog has it, what it calls and how it is made again.
pub(super) fn triggers() -> String {
    let mut triggers: Vec<(String, Json)> = Vec::new();
    for migration in migrate::migrations() {
        for start in line_starts(migration.sql) {
            let statement = start.split(";\n").next().unwrap_or_default();
            if let Some(rest) = after(statement, &["drop trigger if exists ", "drop trigger "]) {
                triggers.retain(|(name, _)| name != rest);
            }
            if let Some((name, trigger)) =
                after(statement, &["create trigger "]).and_then(|rest| trigger(rest, statement))
            {
                triggers.retain(|(other, _)| *other != name);
                triggers.push((name, trigger));
            }
        }
    }
    Json::Array(triggers.into_iter().map(|(_, trigger)| trigger).collect()).to_string()
}

/// A function from its name on.
fn function(text: &str) -> Option<(&str, Json)> {
    let mut parts = text.splitn(3, "$$");
    let (head, body) = (parts.next()?, parts.next()?);
    let name = word(head);
    let is_definer = head.contains(" security definer");
    // What clients call is in public, or does the work of one that is; triggers ask `is_ours`.
    let is_called = !name.starts_with("stillroom.") || is_definer && !head.contains(" returns trigger");
    let grant = match is_called || name == "stillroom.is_ours" {
        true => format!("; grant execute on function {name} to authenticated, stillroom_app"),
        false => String::new(),
    };
    let make = format!(
        "create or replace function {head}$${body}$$;\nrevoke all on function {name} from public{grant}"
    );
    let again = match name.starts_with("stillroom.") {
        // They are the keeper's, who makes functions only while it is let.
        true => format!(
            "grant create on schema stillroom to stillroom_keeper; set role stillroom_keeper;\n{make};\n\
             reset role; revoke create on schema stillroom from stillroom_keeper"
        ),
        false => make,
    };
    Some((name, json!({ "name": name, "body": body, "is_definer": is_definer, "again": again })))
}

/// A trigger from its name on, named `NAME on TABLE`.
fn trigger(text: &str, statement: &str) -> Option<(String, Json)> {
    let (head, function) = text.split_once("execute function ")?;
    let (name, rest) = head.split_once(' ')?;
    let (events, rest) = rest.split_once(" on ")?;
    let table = word(rest);
    let bits = [("before", 2), ("insert", 4), ("delete", 8), ("update", 16)];
    let when = bits.iter().filter(|(event, _)| events.split(' ').any(|word| word == *event));
    let of_row = i16::from(rest.contains("for each row"));
    let made = json!({
        "name": name,
        "label": table,
        "type": when.map(|(_, bit)| bit).sum::<i16>() + of_row,
        "function": word(function),
        "has_condition": rest.contains(" when ("),
        "again": statement,
    });
    Some((format!("{name} on {table}"), made))
}

/// The text from the start of each line on.
fn line_starts(sql: &str) -> impl Iterator<Item = &str> {
    let starts = std::iter::once(0).chain(sql.match_indices('\n').map(|(at, _)| at + 1));
    starts.filter_map(|start| sql.get(start..))
}

fn after<'a>(text: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|beginning| text.strip_prefix(beginning))
}

/// What is before the first space, line or bracket.
fn word(text: &str) -> &str {
    text.split([' ', '\n', '(']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Vec<Json> {
        match serde_json::from_str(json).unwrap() {
            Json::Array(all) => all,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn functions_and_triggers_are_read_from_the_migrations() {
        let (functions, triggers) = (parsed(&functions()), parsed(&triggers()));

        let count =
            |what: &str| -> usize { migrate::migrations().map(|one| one.sql.matches(what).count()).sum() };
        assert_eq!(triggers.len(), count("\ncreate trigger ") - count("\ndrop trigger "));
        assert!(functions.len() > 50, "{}", functions.len());
        let named = |name: &str| functions.iter().find(|function| function["name"] == name).unwrap();
        assert_eq!(named("stillroom.save")["is_definer"], true);
        assert_eq!(named("public.stillroom_save")["body"], " begin return stillroom.save($1); end ");
        let deletes = triggers.iter().find(|trigger| trigger["name"] == "recipe_deletes").unwrap();
        // Before, of a row, and of a deletion.
        assert_eq!((&deletes["type"], &deletes["has_condition"]), (&json!(11), &json!(true)));
        assert_eq!(deletes["function"], "stillroom.recipe_deletes");
    }
}
