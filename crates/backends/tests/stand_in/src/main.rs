//! The stand-in as a program, for tests that are not in Rust.
//!
//! It reads lines of JSON and answers each with one. The first says what is to be served:
//! `{"database": "postgresql://…", "signing": "ES256" | "HS256", "secret": …, "confirms_email": …, "allows_signup": …,
//! "allows_anonymous": …, "token_seconds": …, "reuse_seconds": …}`, of which only the database is needed. The answer has
//! the project's URL and keys. It ends when its input does.
//!
//! The others, by what they have in them:
//! `{"code_of": EMAIL}`, `{"token_of": USER}`, `{"sign": CLAIMS}`, `{"create_user": EMAIL, "password": …}`,
//! `{"delete_user": ID}`, `{"clock_offset": SECONDS}`, `{"rotate_key": true}`, `{"seen": true}`, `{"forget_seen": true}`,
//! `{"behave": true}`, and `{"misbehave": PATH, "skip": 0, "times": 1, "fault": FAULT}`, where a fault is
//! `{"html": 502}`, `{"too_many": SECONDS | null}`, `{"over_quota": true}`, `{"paused": true}`, `{"redirect": URL}`,
//! `{"delay": SECONDS}`, `{"cut_in": BYTES}`, `{"cut_out": BYTES}` or `{"truncated": BYTES}`.

#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "what it is told wrongly it refuses by ending, in the test that told it"
)]

use std::io::{BufRead, Write};
use std::time::Duration;

use serde_json::{Value as Json, json};
use supabase_stand_in::{Fault, Settings, Signing, StandIn};

fn main() {
    let mut lines = std::io::stdin().lock().lines();
    let first = lines.next().expect("a line that says what to serve").unwrap();
    let stand_in = start(&serde_json::from_str(&first).unwrap());
    let (anon, service) = stand_in.legacy_keys();
    say(&json!({
        "url": stand_in.url(),
        "publishable_key": stand_in.publishable_key(),
        "secret_key": stand_in.secret_key(),
        "anon_key": anon,
        "service_role_key": service,
        "jwt_secret": stand_in.jwt_secret(),
    }));
    for line in lines {
        say(&obey(&stand_in, &serde_json::from_str(&line.unwrap()).unwrap()));
    }
}

fn start(said: &Json) -> StandIn {
    let usual = Settings::default();
    let is = |name: &str, usual: bool| said[name].as_bool().unwrap_or(usual);
    let number = |name: &str, usual: i64| said[name].as_i64().unwrap_or(usual);
    let settings = Settings {
        signing: match said["signing"].as_str() {
            None => usual.signing,
            Some("ES256") => Signing::Es256,
            Some("HS256") => Signing::Hs256,
            Some(other) => panic!("a project signs by ES256 or HS256, not by {other}"),
        },
        secret: said["secret"].as_str().map(ToOwned::to_owned),
        confirms_email: is("confirms_email", usual.confirms_email),
        allows_signup: is("allows_signup", usual.allows_signup),
        allows_anonymous: is("allows_anonymous", usual.allows_anonymous),
        token_seconds: number("token_seconds", usual.token_seconds),
        reuse_seconds: number("reuse_seconds", usual.reuse_seconds),
    };
    StandIn::start(said["database"].as_str().expect("a database"), settings)
}

fn obey(stand_in: &StandIn, said: &Json) -> Json {
    let (word, value) = said.as_object().and_then(|said| said.iter().next()).expect("an order");
    match (word.as_str(), value.as_str()) {
        ("code_of", Some(email)) => return json!(stand_in.code_of(email)),
        ("token_of", Some(user)) => return json!(stand_in.token_of(user)),
        ("create_user", Some(email)) => {
            return json!(stand_in.create_user(email, said["password"].as_str().expect("a password")));
        }
        ("delete_user", Some(id)) => stand_in.delete_user(id),
        ("sign", None) => return json!(stand_in.sign(value)),
        ("clock_offset", None) => stand_in.set_clock_offset(value.as_i64().expect("seconds")),
        ("rotate_key", None) => stand_in.rotate_key(),
        ("behave", None) => stand_in.behave(),
        ("forget_seen", None) => stand_in.forget_seen(),
        ("seen", None) => return seen(stand_in),
        ("misbehave", Some(path)) => {
            let number =
                |name: &str, usual: usize| said[name].as_u64().map_or(usual, |n| usize::try_from(n).unwrap());
            stand_in.misbehave(path, number("skip", 0), number("times", 1), fault(&said["fault"]));
        }
        _ => panic!("no order of a stand-in: {said}"),
    }
    Json::Null
}

fn fault(said: &Json) -> Fault {
    let (word, value) = said.as_object().and_then(|said| said.iter().next()).expect("a fault");
    let number = || usize::try_from(value.as_u64().expect("a number")).unwrap();
    match word.as_str() {
        "html" => Fault::Html(u16::try_from(number()).unwrap()),
        "too_many" => Fault::TooMany(value.as_u64()),
        "over_quota" => Fault::OverQuota,
        "paused" => Fault::Paused,
        "redirect" => Fault::Redirect(value.as_str().expect("a URL").to_owned()),
        "delay" => Fault::Delay(Duration::from_secs_f64(value.as_f64().expect("seconds"))),
        "cut_in" => Fault::CutIn(number()),
        "cut_out" => Fault::CutOut(number()),
        "truncated" => Fault::Truncated(number()),
        other => panic!("no fault of a stand-in: {other}"),
    }
}

fn seen(stand_in: &StandIn) -> Json {
    let each = stand_in.seen().into_iter().map(|seen| {
        json!({
            "method": seen.method,
            "path": seen.path,
            "status": seen.status,
            "bytes_in": seen.bytes_in,
            "bytes_out": seen.bytes_out,
            "is_fault": seen.is_fault,
        })
    });
    each.collect()
}

fn say(answer: &Json) {
    let mut out = std::io::stdout().lock();
    // Whoever is gone is not told.
    let _ = writeln!(out, "{answer}").and_then(|()| out.flush());
}
