//! Who is let in by which key, and how the stand-in misbehaves when it is told to.

use std::net::TcpStream;

use serde_json::json;
use supabase_stand_in::{Fault, Settings, StandIn};

use crate::support::{A, Answer, ask, project, try_ask};

const WHO: &str = "create function public.who() returns text language sql stable set search_path = ''
    as 'select current_user::text';
    create table public.marks (mark text);
    create function public.mark() returns void language sql security definer set search_path = ''
    as 'insert into public.marks values (''made'')';
    create function public.marks() returns bigint language sql stable security definer set search_path = ''
    as 'select count(*) from public.marks'";

fn who(stand_in: &StandIn, headers: &[(&str, &str)]) -> Answer {
    ask(stand_in, "POST", "/rest/v1/rpc/who", headers, b"{}")
}

#[test]
fn a_key_says_as_whom_and_a_users_token_says_it_better() {
    let stand_in = project("keys_say", WHO, Settings::default());
    let (anon, service) = stand_in.legacy_keys();
    let (publishable, secret) = (stand_in.publishable_key(), stand_in.secret_key());
    let user = format!("Bearer {}", stand_in.token_of(A));
    let own = format!("Bearer {publishable}");
    let (another, other) = (format!("Bearer {secret}"), "Bearer sb_publishable_other");

    let role = |headers: &[(&str, &str)]| who(&stand_in, headers).text().to_owned();
    assert_eq!(role(&[("apikey", publishable)]), "\"anon\"");
    assert_eq!(role(&[("apikey", anon)]), "\"anon\"");
    assert_eq!(role(&[("apikey", secret)]), "\"service_role\"");
    assert_eq!(role(&[("apikey", service)]), "\"service_role\"");
    assert_eq!(role(&[("apikey", publishable), ("Authorization", &own)]), "\"anon\"");
    assert_eq!(role(&[("apikey", publishable), ("Authorization", &user)]), "\"authenticated\"");
    assert_eq!(role(&[("apikey", secret), ("Authorization", &user)]), "\"authenticated\"");
    for wrong in [&another, other] {
        let answer = who(&stand_in, &[("apikey", publishable), ("Authorization", wrong)]);
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("PGRST301")));
    }
    let none = who(&stand_in, &[]);
    assert_eq!((none.status, &none.json()["message"]), (401, &json!("No API key found in request")));
    let wrong = who(&stand_in, &[("apikey", "sb_publishable_other")]);
    assert_eq!((wrong.status, &wrong.json()["message"]), (401, &json!("Invalid API key")));
    let browser = who(&stand_in, &[("apikey", secret), ("User-Agent", "Mozilla/5.0")]);
    assert_eq!(browser.status, 401);
}

#[test]
fn clocks_may_differ_by_half_a_minute() {
    let stand_in = project("clocks", WHO, Settings::default());
    let user = format!("Bearer {}", stand_in.token_of(A));
    let ask_at = |offset: i64| {
        stand_in.set_clock_offset(offset);
        who(&stand_in, &[("apikey", stand_in.publishable_key()), ("Authorization", &user)])
    };

    assert_eq!(ask_at(3600 + 20).status, 200);
    assert_eq!(ask_at(3600 + 40).json()["message"], "JWT expired");
    assert_eq!(ask_at(-20).status, 200);
    assert_eq!(ask_at(-40).json()["message"], "JWT issued at future");
}

#[test]
fn it_misbehaves_as_it_is_told_and_says_what_it_saw() {
    let stand_in = project("misbehaves", WHO, Settings::default());
    let key = [("apikey", stand_in.publishable_key())];
    let try_mark = || try_ask(&stand_in, "POST", "/rest/v1/rpc/mark", &key, b"{}");
    let marks = || ask(&stand_in, "POST", "/rest/v1/rpc/marks", &key, b"{}").text().to_owned();
    let plan = |skip, fault| stand_in.misbehave("rpc/mark", skip, 1, fault);

    plan(0, Fault::Html(502));
    let answer = try_mark().unwrap();
    assert_eq!((answer.status, answer.header("Content-Type")), (502, Some("text/html; charset=UTF-8")));
    plan(0, Fault::TooMany(Some(3)));
    let answer = try_mark().unwrap();
    assert_eq!((answer.status, answer.header("Retry-After")), (429, Some("3")));
    plan(0, Fault::Redirect("http://elsewhere.example".to_owned()));
    let answer = try_mark().unwrap();
    assert_eq!(answer.header("Location"), Some("http://elsewhere.example/rest/v1/rpc/mark"));
    for (fault, status) in [(Fault::OverQuota, 402), (Fault::Paused, 540)] {
        plan(0, fault);
        assert_eq!(try_mark().unwrap().status, status);
    }
    plan(0, Fault::CutIn(20));
    assert!(try_mark().is_none());
    assert_eq!(marks(), "0", "nothing of that was done");

    stand_in.forget_seen();
    plan(1, Fault::CutOut(0));
    assert_eq!(try_mark().unwrap().status, 204);
    assert!(try_mark().is_none(), "the second is cut, after it was done");
    assert_eq!(try_mark().unwrap().status, 204);
    assert_eq!(marks(), "3");
    let seen = stand_in.seen();
    let told: Vec<_> = seen.iter().map(|seen| (seen.status, seen.is_fault, seen.bytes_out > 0)).collect();
    let (well, cut) = ((Some(204), false, true), (None, true, false));
    assert_eq!(told, [well, cut, well, (Some(200), false, true)]);
    assert!(seen[0].bytes_in > 20);

    stand_in.misbehave("rpc/who", 0, 1, Fault::Truncated(3));
    let answer = who(&stand_in, &key);
    assert_eq!((answer.header("Content-Length"), answer.text()), (Some("6"), "\"an"));
}

#[test]
fn what_it_does_not_know_it_says() {
    let stand_in = project("not_known", WHO, Settings::default());
    let key = [("apikey", stand_in.publishable_key())];

    for (method, target) in [
        ("GET", "/rest/v1/marks?select=mark::int"),
        ("GET", "/rest/v1/marks?mark=like.a*"),
        ("GET", "/rest/v1/marks?or=(mark.eq.a,mark.eq.b)"),
        ("PUT", "/rest/v1/marks"),
        ("GET", "/rest/v1/rpc/who?a=1"),
        ("GET", "/storage/v1/bucket"),
        ("PUT", "/auth/v1/user"),
        ("POST", "/auth/v1/token?grant_type=pkce"),
    ] {
        let answer = ask(&stand_in, method, target, &key, b"");
        assert_eq!(answer.status, 501, "{method} {target}: {}", answer.text());
        assert!(answer.text().contains("the stand-in does not know"));
    }
    assert_eq!(ask(&stand_in, "GET", "/elsewhere", &key, b"").status, 404);
}

#[test]
fn it_is_gone_when_it_is_dropped() {
    let stand_in = project("is_gone", WHO, Settings::default());
    let place = stand_in.url().trim_start_matches("http://").to_owned();
    let open = TcpStream::connect(&place).unwrap();

    drop(stand_in);

    assert!(TcpStream::connect(&place).is_err());
    let mut rest = Vec::new();
    assert_eq!(std::io::Read::read_to_end(&mut &open, &mut rest).unwrap_or(0), 0);
}
