//! A JSON picture as indented lines: what fits on a line stays on one.

use serde_json::Value as Json;

use super::{printable, width};

/// What a line holds.
const LINE_WIDTH: usize = 96;
const STEP: &str = "  ";

/// `json` in at most `max_lines` lines, the last of which says when there are more.
pub(crate) fn picture(json: &Json, max_lines: usize) -> String {
    let mut lines = Vec::new();
    draw("", json, "", 0, &mut lines);
    let left_out = lines.len().saturating_sub(max_lines);
    if left_out > 1 {
        lines.truncate(max_lines);
        lines.push(format!("… {} more lines", left_out));
    }
    lines.iter().map(|line| format!("{}\n", printable(line))).collect()
}

/// Draws one value behind `name` and before `end`.
fn draw(name: &str, json: &Json, end: &str, depth: usize, lines: &mut Vec<String>) {
    let indent = STEP.repeat(depth);
    let line = format!("{indent}{name}{}{end}", one_line(json));
    let fits = width(&line) <= LINE_WIDTH;
    let (open, children, close): (_, Vec<_>, _) = match json {
        Json::Array(items) if !fits => ('[', items.iter().map(|item| (String::new(), item)).collect(), ']'),
        Json::Object(fields) if !fits => {
            ('{', fields.iter().map(|(field, item)| (format!("{}: ", quoted(field)), item)).collect(), '}')
        }
        _ => return lines.push(line),
    };
    lines.push(format!("{indent}{name}{open}"));
    let last = children.len().saturating_sub(1);
    for (at, (name, item)) in children.into_iter().enumerate() {
        draw(&name, item, if at == last { "" } else { "," }, depth + 1, lines);
    }
    lines.push(format!("{indent}{close}{end}"));
}

/// `json` on one line, with spaces for reading.
pub(crate) fn one_line(json: &Json) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match json {
        Json::Array(items) => format!("[{}]", list(items.iter().map(one_line).collect())),
        Json::Object(fields) => {
            let field = |(name, item): (&String, &Json)| format!("{}: {}", quoted(name), one_line(item));
            format!("{{{}}}", list(fields.iter().map(field).collect()))
        }
        _ => json.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_on_a_line_stays_on_one() {
        let json = json!({"rmse": 1.25, "lags": [1, 7, 14], "name": "ridge\u{1b}[31m\u{202e}"});

        assert_eq!(
            picture(&json, 10),
            "{\"rmse\": 1.25, \"lags\": [1, 7, 14], \"name\": \"ridge\\u001b[31m\\u{202e}\"}\n"
        );
    }

    #[test]
    fn what_does_not_fit_is_opened_and_cut_at_the_last_line() {
        let long = "x".repeat(80);
        let json = json!({"first": [long, long], "second": {"a": 1}, "third": long});

        assert_eq!(
            picture(&json, 4),
            format!("{{\n  \"first\": [\n    \"{long}\",\n    \"{long}\"\n… 4 more lines\n")
        );
    }
}
