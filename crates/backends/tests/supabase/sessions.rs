//! Signing in, and what becomes of a store while somebody is.

use std::sync::Arc;

use stillroom_backends::{Auth, Credentials, Kept, Session};
use stillroom_core::{BackendError, ListRange, Principal, Secret, poll_now};
use supabase_stand_in::{Settings, Signing};

use crate::gateway::told;
use crate::project::Project;
use crate::store::{Store, request};

const EMAIL: &str = "ana@example.org";

fn password(password: &str) -> Credentials {
    Credentials::Password { email: EMAIL.to_owned(), password: Secret::new(password) }
}

fn auth(project: &Project) -> Arc<Auth> {
    project.connect().auth.unwrap()
}

/// A store whose asker is in this session.
fn store(project: &Project, session: Session) -> (Store, Arc<Kept>) {
    let kept = Kept::new(&auth(project), &session).unwrap();
    (Store { backend: project.connect().backend, who: kept.principal() }, kept)
}

#[test]
fn results_follow_whoever_signs_in() {
    for signing in [Signing::Es256, Signing::Hs256] {
        let project = Project::with(15, Settings { signing, ..Settings::default() });
        let auth = auth(&project);
        let ana = auth.sign_up(EMAIL, &Secret::new("a password of hers")).unwrap().unwrap();
        let bo = auth.sign_up("bo@example.org", &Secret::new("a password of his")).unwrap().unwrap();
        store(&project, ana.clone()).0.save_small("a/b", b"hers", request(1)).unwrap();

        let again = auth.sign_in(&password("a password of hers")).unwrap();
        auth.send_code(EMAIL, false).unwrap();
        let code = Secret::new(project.stand_in.code_of(EMAIL).unwrap());
        let by_code = auth.sign_in(&Credentials::Code { email: EMAIL.to_owned(), code }).unwrap();
        let nobody = auth.sign_in(&Credentials::Anonymous).unwrap();

        for session in [again, by_code] {
            assert_eq!(session.owner, ana.owner);
            store(&project, session).0.assert_holds("a/b", b"hers");
        }
        assert!(nobody.is_anonymous && !ana.is_anonymous);
        for stranger in [bo, nobody] {
            let (store, _) = store(&project, stranger);
            let listed = poll_now(store.backend.catalog.list(&store.who, ListRange::default())).unwrap();
            assert_eq!(listed.records.len(), 0);
        }
    }
}

#[test]
fn a_wrong_password_and_a_wrong_address_are_told_alike() {
    let project = Project::of(15);
    let auth = auth(&project);
    let _ = project.user(EMAIL);
    let unknown = Credentials::Code { email: "nobody@example.org".to_owned(), code: Secret::new("123456") };
    let stranger = Credentials::Password {
        email: "nobody@example.org".to_owned(),
        password: Secret::new("hunter2-hunter2"),
    };

    let wrong = auth.sign_in(&password("hunter2-hunter2")).unwrap_err();
    let nobody = auth.sign_in(&stranger).unwrap_err();
    let code = auth.sign_in(&unknown).unwrap_err();

    assert_eq!(told(&wrong, &["hunter2"]), told(&nobody, &["hunter2"]));
    for error in [wrong, nobody, code] {
        assert!(matches!(error, BackendError::Unauthenticated { .. }), "{error:?}");
    }
}

#[test]
fn a_session_goes_on_when_its_token_is_over_there() {
    let project = Project::of(15);
    let auth = auth(&project);
    let session = auth.sign_up(EMAIL, &Secret::new("a password of hers")).unwrap().unwrap();
    let (store, kept) = store(&project, session.clone());
    store.save_small("a/b", b"one", request(1)).unwrap();

    // The project's clock is two hours ahead of ours: only it knows that the token is over.
    project.stand_in.set_clock_offset(7200);
    project.requests();
    let version = store.save_small("a/b", b"two", request(2)).unwrap();

    assert_eq!(version, 2);
    let lines: Vec<String> = project.requests().into_iter().map(|seen| seen.path).collect();
    let (save, refresh) = ("/rest/v1/rpc/stillroom_save", "/auth/v1/token?grant_type=refresh_token");
    assert_eq!(lines, [save, refresh, save]);
    assert_ne!(kept.session().access_token, session.access_token);
    store.save_small("a/b", b"three", request(3)).unwrap();
    assert_eq!(project.requests().len(), 1);
}

#[test]
fn a_session_that_is_over_asks_to_sign_in_again() {
    let project = Project::with(15, Settings { reuse_seconds: 0, ..Settings::default() });
    let auth = auth(&project);
    let session = auth.sign_up(EMAIL, &Secret::new("a password of hers")).unwrap().unwrap();
    let (store, _) = store(&project, session.clone());
    store.save_small("a/b", b"one", request(1)).unwrap();

    auth.sign_out(&session).unwrap();
    auth.sign_out(&session).unwrap();
    project.stand_in.set_clock_offset(7200);
    let over = store.save_small("a/b", b"two", request(2)).unwrap_err();

    assert!(matches!(over, BackendError::Unauthenticated { .. }), "{over:?}");
    let secrets = [session.access_token.expose(), session.refresh_token.expose()];
    assert!(told(&over, &secrets).contains("sign in again"));
}

#[test]
fn an_account_that_is_deleted_while_signed_in_is_no_longer_there() {
    let project = Project::of(15);
    let session = auth(&project).sign_up(EMAIL, &Secret::new("a password of hers")).unwrap().unwrap();
    let (store, _) = store(&project, session.clone());
    store.save_small("a/b", b"one", request(1)).unwrap();
    project.forget_accounts_are_made();

    project.stand_in.delete_user(&session.owner.to_string());
    let gone = store.save_small("a/b", b"two", request(2)).unwrap_err();

    assert!(matches!(gone, BackendError::Unauthenticated { .. }), "{gone:?}");
}

#[test]
fn a_token_from_elsewhere_is_verified_by_what_the_project_publishes() {
    for signing in [Signing::Es256, Signing::Hs256] {
        let project = Project::with(15, Settings { signing, ..Settings::default() });
        let session = auth(&project).sign_up(EMAIL, &Secret::new("a password of hers")).unwrap().unwrap();
        let other = Project::with(15, Settings { signing, ..Settings::default() });
        let verifier = project.connect().verifier.unwrap();
        let token = session.access_token.expose();

        // The clocks of tests stand at 1970, where no token is over.
        let who: Principal = verifier.principal(token).unwrap();
        let foreign = other.connect().verifier.unwrap().principal(token).unwrap_err();

        assert_eq!(who.owner(), session.owner);
        assert!(matches!(foreign, BackendError::Unauthenticated { .. }), "{}", told(&foreign, &[token]));
        let store = Store { backend: project.connect().backend, who };
        store.save_small("a/b", b"hers", request(1)).unwrap();
        let elsewhere = Store { backend: other.connect().backend, who: store.who };
        let refused = elsewhere.save_small("a/b", b"hers", request(1)).unwrap_err();
        assert!(matches!(refused, BackendError::Unauthenticated { .. }), "{}", told(&refused, &[token]));
    }
}
