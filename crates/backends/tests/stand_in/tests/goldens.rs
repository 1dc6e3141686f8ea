//! The stand-in answers what a real PostgREST was recorded to answer (testdata/postgrest), or says that it does not know.

use serde_json::{Value as Json, json};
use supabase_stand_in::{Settings, Signing, StandIn};

use crate::support::{A, Answer, B, ask, project};

/// What nobody relies on: neither stillroom, nor supabase-py as apps use it for results. The stand-in does not know it.
const NOT_RELIED_ON: [(&str, &str); 9] = [
    ("insert headers-only", "supabase-py asks for the rows or for nothing"),
    ("insert bulk missing=default", "only with default_to_null=False"),
    ("json path", "results are read whole"),
    ("count planned", "a guess of the planner"),
    ("Range header", "supabase-py's range() is offset and limit"),
    ("csv", "results are read as JSON"),
    ("patch CAS on updated_at", "max-affected: stillroom's functions compare by themselves"),
    ("OPTIONS cors", "a browser's question"),
    ("root openapi", "the description of the schema"),
];
/// Where PostgREST searches for what was meant, which the stand-in does not.
const HAS_HINT: [&str; 1] = ["unknown argument"];
const HEADERS: [&str; 6] =
    ["Content-Type", "Content-Range", "Proxy-Status", "WWW-Authenticate", "Preference-Applied", "Vary"];

#[test]
fn tables_answer_as_recorded() {
    let stand_in = project("tables", include_str!("../../../../../testdata/postgrest/tables.sql"), hs256());
    let exchanges = recorded(include_str!("../../../../../testdata/postgrest/tables.json"), 85);

    assert_eq!(differences_of_all(&stand_in, &exchanges), Vec::<String>::new());
}

#[test]
fn functions_answer_as_recorded() {
    let stand_in =
        project("functions", include_str!("../../../../../testdata/postgrest/functions.sql"), hs256());
    let exchanges = recorded(include_str!("../../../../../testdata/postgrest/functions.json"), 24);

    assert_eq!(differences_of_all(&stand_in, &exchanges), Vec::<String>::new());
}

/// Asks one after the other, but what takes eight seconds beside them.
fn differences_of_all(stand_in: &StandIn, exchanges: &[Json]) -> Vec<String> {
    let (slow, others): (Vec<_>, Vec<_>) =
        exchanges.iter().partition(|exchange| name(exchange).starts_with("statement timeout"));
    std::thread::scope(|scope| {
        let slow = scope.spawn(move || slow.iter().flat_map(|each| replay(stand_in, each)).collect());
        let others: Vec<_> = others.iter().flat_map(|each| replay(stand_in, each)).collect();
        let slow: Vec<_> = slow.join().unwrap();
        [others, slow].concat()
    })
}

/// What is answered otherwise than it was; or nothing, where it is said that that is not known.
fn replay(stand_in: &StandIn, exchange: &Json) -> Vec<String> {
    let answer = send(stand_in, exchange);
    if NOT_RELIED_ON.iter().all(|(unknown, _)| *unknown != name(exchange)) {
        return differences(exchange, &answer);
    }
    keep_in_step(stand_in, exchange);
    let is_told = exchange["req"]["method"] == "HEAD" || answer.text().contains("the stand-in does not know");
    if answer.status == 501 && is_told { Vec::new() } else { vec![format!("{}: {answer:?}", name(exchange))] }
}

fn name(exchange: &Json) -> &str {
    exchange["name"].as_str().unwrap()
}

fn hs256() -> Settings {
    Settings { signing: Signing::Hs256, ..Settings::default() }
}

fn recorded(text: &str, count: usize) -> Vec<Json> {
    let exchanges: Vec<Json> = serde_json::from_str(text).unwrap();
    assert_eq!(exchanges.len(), count);
    exchanges
}

fn send(stand_in: &StandIn, exchange: &Json) -> Answer {
    let request = &exchange["req"];
    let mut headers = vec![("apikey".to_owned(), stand_in.publishable_key().to_owned())];
    headers.extend(
        token(stand_in, exchange).map(|token| ("Authorization".to_owned(), format!("Bearer {token}"))),
    );
    let said = request["headers"].as_object().unwrap();
    headers.extend(said.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())));
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let target = format!("/rest/v1{}", request["path"].as_str().unwrap());
    ask(stand_in, request["method"].as_str().unwrap(), &target, &headers, &body(request))
}

/// What the token of a request was.
fn token(stand_in: &StandIn, exchange: &Json) -> Option<String> {
    let name = name(exchange);
    let claims = |sub: &str, role: &str| json!({ "sub": sub, "role": role, "aud": "authenticated", "exp": 4_000_000_000_i64 });
    let with = |more: Json| {
        let mut claims = claims(A, "authenticated");
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let claims = match (name, exchange["as"].as_str()?) {
        ("expired token", _) | (_, "expired") => with(json!({ "exp": 1_700_000_000 })),
        ("forged token", _) | (_, "badsig") => {
            let token = stand_in.sign(&claims(A, "authenticated"));
            return Some(token[..token.rfind('.').unwrap() + 1].to_owned() + "AAAA");
        }
        ("role not known", _) => claims(A, "nobody"),
        ("sub not a uuid", _) => claims("x", "authenticated"),
        (_, "A") => claims(A, "authenticated"),
        (_, "B") => claims(B, "authenticated"),
        (_, "nouser") => claims("cccccccc-0000-4000-8000-000000000003", "authenticated"),
        (_, "anon") => json!({ "role": "anon", "exp": 4_000_000_000_i64 }),
        (_, "svc") => json!({ "role": "service_role", "exp": 4_000_000_000_i64 }),
        (_, "badsub") => claims("nope", "authenticated"),
        (_, "evilrole") => claims(A, "supabase_admin"),
        (_, "norole") => json!({ "sub": A, "exp": 4_000_000_000_i64 }),
        (_, "future") => with(json!({ "nbf": 3_900_000_000_i64 })),
        (_, "garbage") => return Some("garbage".to_owned()),
        (_, "publishable") => return Some("sb_publishable_of_another_project".to_owned()),
        (_, other) => panic!("nobody is {other}"),
    };
    Some(stand_in.sign(&claims))
}

/// The body as it was, or one of that length: a frame of `stillroom_put`, a digest, or a byte.
fn body(request: &Json) -> Vec<u8> {
    if let Some(body) = request["body"].as_str() {
        return body.as_bytes().to_vec();
    }
    let digest = [7; 32];
    match request["body_len"].as_u64().unwrap_or(0) {
        0 => Vec::new(),
        1 => vec![0],
        32 => digest.to_vec(),
        len => {
            let len = usize::try_from(len).unwrap() - 36;
            let head = [digest.as_slice(), &u32::try_from(len).unwrap().to_be_bytes()].concat();
            [head, vec![9; len]].concat()
        }
    }
}

/// Inserts what the recorded server had then, in a way that is known.
fn keep_in_step(stand_in: &StandIn, exchange: &Json) {
    if exchange["req"]["method"] != "POST" {
        return;
    }
    let mut plain = exchange.clone();
    plain["req"]["headers"]["Prefer"] = json!("return=minimal");
    plain["req"]["path"] = json!("/app_results");
    assert_eq!(send(stand_in, &plain).status, 201);
}

fn differences(exchange: &Json, answer: &Answer) -> Vec<String> {
    let name = name(exchange);
    let mut differences = Vec::new();
    let mut compare = |what: &str, is: Json, was: Json| {
        if is != was {
            differences.push(format!("{name}: {what} is {is}, was {was}"));
        }
    };
    compare("status", json!(answer.status), exchange["status"].clone());
    let recorded = exchange["headers"].as_object().unwrap();
    for header in HEADERS {
        let was =
            recorded.iter().find(|(known, _)| known.eq_ignore_ascii_case(header)).map(|(_, value)| value);
        // Not every recording kept it.
        if header != "Vary" || was.is_some() {
            compare(header, json!(answer.header(header)), was.cloned().unwrap_or_default());
        }
    }
    match exchange["body"].as_str() {
        // Spaces are part of what was recorded, wherever nothing is of one run.
        Some(was) if masked(name, was) == json!(was) => compare("body", json!(answer.text()), json!(was)),
        Some(was) => compare("body", masked(name, answer.text()), masked(name, was)),
        None => compare("length of body", json!(answer.body.len()), exchange["body_len"].clone()),
    }
    differences
}

/// A body without what is of one run: numbers that a sequence gave, times, and until when a token was valid.
fn masked(name: &str, body: &str) -> Json {
    let Ok(mut json) = serde_json::from_str::<Json>(body) else { return json!(body) };
    let before = json.clone();
    match &mut json {
        Json::Array(rows) => rows.iter_mut().for_each(mask),
        Json::Object(object) if HAS_HINT.contains(&name) => {
            object.insert("hint".to_owned(), Json::Null);
        }
        Json::Object(object) => match object.get_mut("claims") {
            Some(claims) => mask(claims),
            None => mask(&mut json),
        },
        _ => {}
    }
    if json == before { json!(body) } else { json!(json.to_string()) }
}

fn mask(object: &mut Json) {
    for (name, value) in object.as_object_mut().into_iter().flatten() {
        if matches!(name.as_str(), "id" | "created_at" | "updated_at" | "exp") {
            *value = json!("of this run");
        }
    }
}
