//! A store of a Supabase project, and who signed in to it.

use stillroom::{
    Accounts, Checkup, Credentials, ErrorKind, OpenOptions, ResultKey, Save, Secret, Store, TokenKeys,
    Verdict, doctor, keep_going, sign_in,
};
use supabase_stand_in::{Settings, StandIn};

use crate::database::Database;

const EMAIL: &str = "ana@example.org";

struct Project {
    stand_in: StandIn,
    _database: Database,
}

impl Project {
    fn new() -> Self {
        let database = Database::direct(15);
        Self { stand_in: StandIn::start(&database.admin_url(), Settings::default()), _database: database }
    }

    fn key(&self) -> Option<Secret> {
        Some(Secret::new(self.stand_in.publishable_key()))
    }

    fn options(&self) -> OpenOptions {
        OpenOptions { url: Some(self.stand_in.url()), key: self.key(), ..OpenOptions::default() }
    }

    fn store(&self) -> Store {
        Store::open(self.options()).unwrap()
    }
}

fn save(store: &Store) -> stillroom::Result<()> {
    let mut writer = stillroom::Writer::new(stillroom::Limits::default());
    writer.float(0.5)?;
    let key = ResultKey::parse("train_models", "rmse")?;
    store.save(vec![Save::new(key, writer.finish()?)], &mut keep_going).map(drop)
}

#[test]
fn a_store_stays_signed_in_and_hands_out_the_session_of_now() {
    let project = Project::new();
    let accounts = Accounts::of(Some(&project.stand_in.url()), project.key()).unwrap();
    let session = accounts.sign_up(EMAIL, &Secret::new("a password of hers")).unwrap().unwrap();
    let store = project.store().as_session(&session).unwrap();

    save(&store).unwrap();
    project.stand_in.set_clock_offset(7200);
    save(&store).unwrap();

    assert_eq!((store.owner(), project.store().session()), (session.owner, None));
    let now = store.session().unwrap();
    assert!(now.access_token != session.access_token && now.refresh_token != session.refresh_token);
    let password = Secret::new("a password of hers");
    let credentials = Credentials::Password { email: EMAIL.to_owned(), password };
    let again = sign_in(Some(&project.stand_in.url()), project.key(), &credentials).unwrap();
    assert_eq!(project.store().as_session(&again).unwrap().results(None).unwrap().len(), 1);
    let shown = format!("{store:?} {again:?}");
    assert!(!shown.contains(again.access_token.expose()), "{shown}");
}

#[test]
fn a_store_in_nobody_s_session_asks_for_one() {
    let project = Project::new();
    let id = project.stand_in.create_user(EMAIL, "a password of hers");
    let store = project.store();

    let nobody = store.results(None).unwrap_err();
    let named = store.as_owner(stillroom::Owner::new(id.parse().unwrap())).results(None).unwrap_err();

    for error in [nobody, named] {
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(error.to_string().contains("sign in"), "{error}");
    }
    assert_eq!(store.as_bearer(&project.stand_in.token_of(&id)).unwrap().results(None).unwrap().len(), 0);
}

#[test]
fn the_doctor_says_what_it_could_look_at_in_a_project() {
    let project = Project::new();

    let nobody = doctor(project.options()).unwrap();
    let other_key = OpenOptions { key: Some(Secret::new("sb_publishable_x")), ..project.options() };
    let of_another = doctor(OpenOptions { owner: Some(stillroom::Uuid::from_u128(1)), ..other_key }).unwrap();

    let told = |checkup: &Checkup| checkup.checks.iter().map(|check| check.name).collect::<Vec<_>>();
    assert_eq!(told(&nobody), ["functions", "rules"]);
    assert!(nobody.checks.iter().all(|check| matches!(check.verdict, Verdict::Skipped(_))));
    assert_eq!(of_another.failure().unwrap().kind(), ErrorKind::Unauthenticated);
}

#[test]
fn what_has_no_sessions_says_so() {
    let project = Project::new();
    let other = Project::new();
    let accounts = Accounts::of(Some(&other.stand_in.url()), other.key()).unwrap();
    let session = accounts.sign_in(&Credentials::Anonymous).unwrap();
    let memory =
        Store::open(OpenOptions { url: Some("memory:".to_owned()), ..OpenOptions::default() }).unwrap();
    let keys = TokenKeys { jwks: Some("https://example.org/".to_owned()), ..TokenKeys::default() };

    let refusals = [
        memory.as_session(&session).unwrap_err(),
        project.store().as_session(&session).unwrap_err(),
        Store::open(OpenOptions { tokens: keys, ..project.options() }).unwrap_err(),
        Accounts::of(Some("memory:"), None).map(drop).unwrap_err(),
    ];

    for error in refusals {
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(!error.to_string().contains(session.access_token.expose()), "{error}");
    }
}

#[test]
fn a_save_and_a_load_take_as_many_requests_as_the_document_says() {
    let project = Project::new();
    let id = project.stand_in.create_user(EMAIL, "a password of hers");
    let store = project.store().as_bearer(&project.stand_in.token_of(&id)).unwrap();
    let requests = || {
        let seen = project.stand_in.seen();
        project.stand_in.forget_seen();
        seen.into_iter().map(|one| one.path.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // The first save of an opening is followed by a sweep.
    save_bytes(&store, "first", 1);
    requests();

    save_bytes(&store, "small", 2_000);
    assert_eq!(requests(), ["stillroom_save"]);
    // Of what leaves the manifest it is first asked whether it is there.
    save_bytes(&store, "leaf", 50_000);
    assert_eq!(requests(), ["stillroom_missing", "stillroom_save"]);
    for key in ["small", "leaf"] {
        let key = ResultKey::parse("train_models", key).unwrap();
        store.load(&key, None, &mut keep_going).unwrap();
        assert_eq!(requests(), ["stillroom_load"]);
    }
    store.results(None).unwrap();
    assert_eq!(requests(), ["stillroom_list"]);
    store.usage().unwrap();
    assert_eq!(requests(), ["stillroom_usage"]);

    // A mebibyte at a time is asked for, and up to 2 MB at once are put: of what does not compress a mebibyte.
    save_bytes(&store, "large", 8 << 20);
    let asked = requests();
    let count = |name: &str| asked.iter().filter(|one| one.ends_with(name)).count();
    // How the threads divide it differs by the machine.
    assert!(count("_missing") <= 10 && count("_save") <= 11 && count("_load") == 0, "{asked:?}");
    let key = ResultKey::parse("train_models", "large").unwrap();
    store.load(&key, None, &mut keep_going).unwrap();
    assert_eq!(requests(), ["stillroom_load"; 2]);
}

/// Saves so many bytes that nothing compresses.
fn save_bytes(store: &Store, key: &str, len: usize) {
    let mut state = len as u64 + 1;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(len)
    .collect();
    let mut writer = stillroom::Writer::new(stillroom::Limits::default());
    writer.bytes(Box::new(bytes)).unwrap();
    let key = ResultKey::parse("train_models", key).unwrap();
    store.save(vec![Save::new(key, writer.finish().unwrap())], &mut keep_going).unwrap();
}
