//! `stillroom migrate`: makes a database ready, and says for each migration what became of it; `--login-role` makes
//! a login for the app.

use std::path::Path;

use serde_json::{Value as Json, json};
use stillroom::Result;
use stillroom::postgres::{self, Login, LoginShape, Migrated, Notice, Step};

use super::facts::counted;
use crate::answer::Answer;
use crate::args::Migrate;
use crate::text::{Align, Table, printable, shell_word};

pub(crate) fn run(store: Option<&str>, asked: &Migrate) -> Result<Answer> {
    if asked.print {
        let script = postgres::script();
        let json = json!({ "sql": script });
        return Ok(Answer::new(script, json));
    }
    if let Some(folder) = &asked.to_folder {
        return to_folder(folder);
    }
    let migrated = postgres::migrate(store, asked.dry_run)?;
    let (mut text, mut json) = (text(&migrated, asked.dry_run), json(&migrated, asked.dry_run));
    if let Some(name) = &asked.login_role {
        let shape = if asked.as_authenticated { LoginShape::Authenticated } else { LoginShape::App };
        let login = postgres::make_login(store, name, shape)?;
        text.push_str(&login_text(name, shape, &login));
        json["login"] = login_json(name, shape, &login);
    }
    Ok(Answer::new(text, json))
}

fn to_folder(folder: &Path) -> Result<Answer> {
    let written: Vec<_> =
        postgres::write_scripts(folder)?.iter().map(|path| path.display().to_string()).collect();
    let text = match written.as_slice() {
        [] => format!("All migrations are in {} already.\n", printable(&folder.display().to_string())),
        files => {
            let files: String = files.iter().map(|file| format!("  {}\n", printable(file))).collect();
            format!("Wrote {}:\n{files}", counted(written.len() as u64, "migration"))
        }
    };
    Ok(Answer::new(text, json!({ "written": written })))
}

fn text(migrated: &Migrated, dry_run: bool) -> String {
    let mut table = Table::new([Align::Left, Align::Left, Align::Left]);
    for step in &migrated.steps {
        let (migration, outcome) = told(*step, dry_run);
        table.push([&format!("  {:04}", migration.number), migration.name, outcome]);
    }
    let lines = table.to_text();
    let is_ready = migrated.steps.iter().all(|step| matches!(step, Step::Present(_)));
    let sum = match (is_ready, dry_run) {
        (true, _) => "The database was ready already.",
        (false, true) => "Nothing was done.",
        (false, false) => "The database is ready.",
    };
    format!("{}\n{lines}{}{sum}\n", printable(&migrated.location), said(&migrated.notices))
}

/// What the database said by the way.
fn said(notices: &[Notice]) -> String {
    let line = |notice: &Notice| {
        let word = if notice.is_warning { "warning" } else { "notice" };
        format!("{word}: {}\n", printable(&notice.message))
    };
    notices.iter().map(line).collect()
}

fn json(migrated: &Migrated, dry_run: bool) -> Json {
    let step = |step: &Step| {
        let (migration, outcome) = told(*step, dry_run);
        json!({
            "number": migration.number,
            "name": migration.name,
            "checksum": migration.checksum(),
            "outcome": outcome,
        })
    };
    let notice = |notice: &Notice| {
        let Notice { is_warning, message } = notice;
        json!({ "is_warning": is_warning, "message": message })
    };
    json!({
        "store": migrated.location,
        "dry_run": dry_run,
        "notices": migrated.notices.iter().map(notice).collect::<Vec<_>>(),
        "migrations": migrated.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn told(step: Step, dry_run: bool) -> (postgres::Migration, &'static str) {
    match step {
        Step::Present(migration) => (migration, "present"),
        Step::Applied(migration) => (migration, if dry_run { "would be applied" } else { "applied" }),
    }
}

fn login_text(name: &str, shape: LoginShape, login: &Login) -> String {
    let shown = printable(name);
    match login {
        Login::Made(url) => format!(
            "\nThe login {shown} is made, in {}. The app connects with this URL, which is shown only now; keep it as \
             a secret:\n  {}\nThen let the doctor look at it:\n  STILLROOM_URL=\u{2026} stillroom doctor --prove-isolation\n",
            shape.role(),
            url.reveal()
        ),
        Login::Present { is_member } => {
            let ident = format!("\"{}\"", name.replace('"', "\"\""));
            let grant = match is_member {
                true => String::new(),
                false => format!("It is not in {0} yet; in SQL:\n  grant {0} to {ident};\n", shape.role()),
            };
            format!(
                "\nThe login {shown} was there already and keeps its password. To give it a new one, in psql:\n  \
                 \\password {}\n{grant}",
                shell_word(name)
            )
        }
    }
}

fn login_json(name: &str, shape: LoginShape, login: &Login) -> Json {
    match login {
        Login::Made(url) => json!({"role": name, "in": shape.role(), "outcome": "made", "url": url.reveal()}),
        Login::Present { is_member } => {
            json!({"role": name, "in": is_member.then_some(shape.role()), "outcome": "present", "url": null})
        }
    }
}
