//! `stillroom cat`: a value in a form that other programs read, on the standard output or in a file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use stillroom::{Error, ErrorKind, Record, Store, Value};

use super::facts;
use crate::answer::Answer;
use crate::args::Cat;
use crate::console::Console;
use crate::failure::Failure;
use crate::forms::{Form, Style};
use crate::progress::{Bar, Counted};
use crate::text::{printable, size};

/// Writes the value; an answer is left to give when it went to a file.
pub(crate) fn run(store: &Store, asked: &Cat, console: &mut Console<'_>) -> Result<Option<Answer>, Failure> {
    let to_terminal = asked.output.is_none() && console.is_out_terminal;
    if to_terminal && !asked.to.is_text() {
        let message = format!("{} is no text for a terminal; name a file with -o", asked.to.as_str());
        return Err(Error::new(ErrorKind::Invalid, message).into());
    }
    let loaded = {
        let mut bar = console.bar("loading");
        store.load(&asked.place.key()?, asked.version, &mut bar.watch())?
    };
    let record = loaded.record.clone();
    let value = loaded.into_value()?;
    let style =
        Style { name: &asked.place.key, nan_as_null: asked.nan_as_null, is_for_terminal: to_terminal };
    let Some(path) = &asked.output else {
        // On a terminal the text itself shows how far it is.
        let bar = console.is_err_terminal && !to_terminal;
        let bar = Bar::new("writing", bar.then_some(&mut *console.err));
        let mut out = BufWriter::new(Counted::new(&mut *console.out, bar));
        asked.to.write(&value, style, &mut out)?;
        out.flush()?;
        return Ok(None);
    };
    let bytes = write_file(path, asked.to, &value, style, console.bar("writing"))?;
    Ok(Some(answer(path, asked.to, &record, bytes)))
}

fn answer(path: &Path, form: Form, record: &Record, bytes: u64) -> Answer {
    let name = path.to_string_lossy();
    let text = format!(
        "Wrote {}, version {}, {}, to {}: {} of {}.\n",
        facts::place(&record.key),
        record.version,
        printable(&facts::form(record)),
        printable(&name),
        size(bytes),
        form.as_str(),
    );
    let json = json!({"file": name, "form": form.as_str(), "bytes": bytes, "result": facts::json(record)});
    Answer::new(text, json)
}

/// Writes beside `path` first: what is there stays as it is until the value is whole.
fn write_file(
    path: &Path,
    form: Form,
    value: &Value,
    style: Style<'_>,
    bar: Bar<'_>,
) -> Result<u64, Failure> {
    let partial = beside(path);
    let written = write_partial(&partial, form, value, style, bar).and_then(|bytes| {
        fs::rename(&partial, path).map_err(|error| in_place(path, error))?;
        Ok(bytes)
    });
    if written.is_err() {
        // It may not be there; the error that matters is the first one.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn write_partial(
    partial: &Path,
    form: Form,
    value: &Value,
    style: Style<'_>,
    bar: Bar<'_>,
) -> Result<u64, Failure> {
    let mut file = File::create(partial).map_err(|error| in_place(partial, error))?;
    let mut out = BufWriter::new(Counted::new(&mut file, bar));
    form.write_once(value, style, &mut out)?;
    out.flush().map_err(|error| in_place(partial, error))?;
    drop(out);
    Ok(file.metadata()?.len())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

/// An error with the file it is about.
fn in_place(path: &Path, error: io::Error) -> Failure {
    let message = format!("can't write `{}`: {error}", path.display());
    Failure::Output(io::Error::new(error.kind(), message))
}

#[cfg(test)]
mod tests {
    use stillroom::{Limits, OpenOptions, ResultKey, Save, Writer, keep_going};

    use super::*;
    use crate::args::Place;

    /// What `cat` writes to a terminal, and what it answers.
    fn on_terminal(value: &Value, to: Form) -> (String, Result<Option<Answer>, Failure>) {
        let url = Some("memory:".to_owned());
        let store = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();
        let mut writer = Writer::new(Limits::default());
        value.write(&mut writer).unwrap();
        let key = ResultKey::parse("page", "key").unwrap();
        store.save(vec![Save::new(key, writer.finish().unwrap())], &mut keep_going).unwrap();
        let place = Place { page: "page".to_owned(), key: "key".to_owned() };
        let asked = Cat { place, version: None, to, output: None, nan_as_null: false };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::new(&mut out, &mut err);
        console.is_out_terminal = true;

        let answer = run(&store, &asked, &mut console);

        (String::from_utf8(out).unwrap(), answer)
    }

    #[test]
    fn a_terminal_gets_text_that_it_does_not_obey() {
        let column = Value::dict(vec![(Value::str("a"), Value::str("\u{1b}[31mred"))]);

        let (out, answer) = on_terminal(&column, Form::Json);

        assert!(answer.unwrap().is_none());
        assert_eq!(out, "{\"a\": \"\\u001b[31mred\"}\n");
    }

    #[test]
    fn a_terminal_gets_no_bytes() {
        for form in [Form::Npy, Form::Parquet] {
            let (out, answer) = on_terminal(&Value::int(1), form);

            let Err(Failure::Store(error)) = answer else { panic!("{form:?} is refused") };
            assert_eq!((error.kind(), out.as_str()), (ErrorKind::Invalid, ""));
        }
    }
}
