use super::*;

#[test]
fn a_url_is_what_it_says() {
    let folder = |path: &str| Some(StoreUrl::Folder(path.into()));
    let cases = [
        ("memory:", Some(StoreUrl::Memory)),
        (".stillroom", folder(".stillroom")),
        ("/data/results", folder("/data/results")),
        ("./with:colon", folder("./with:colon")),
        ("C:\\results", folder("C:\\results")),
        ("file:.stillroom", folder(".stillroom")),
        ("file:/data/results", folder("/data/results")),
        ("file:///data/results", folder("/data/results")),
        ("file:///my%20results", folder("/my results")),
        ("file:///100%25", folder("/100%")),
        ("", None),
        ("file:", None),
        ("file://host/data", None),
        ("file:///data?mode=ro", None),
        ("file:///100%", None),
        ("file:///%zz", None),
        ("file:///%00", None),
        ("nul\0", None),
        ("memory:shared", None),
        ("~/results", None),
        ("~", None),
    ];

    for (url, parsed) in cases {
        assert_eq!(StoreUrl::parse(url).ok(), parsed, "{url:?}");
    }
}

#[test]
fn what_is_no_store_is_refused_with_the_fix() {
    let cases = [
        ("s3://bucket", "write a folder's path"),
        ("abcdefghijklmnopqrst", "`https://abcdefghijklmnopqrst.supabase.co`"),
        ("~/results", "whole path"),
    ];

    for (url, fix) in cases {
        let message = StoreUrl::parse(url).unwrap_err().to_string();
        assert!(message.contains(fix), "{url}: {message}");
    }
}

#[test]
fn a_password_in_a_url_is_not_repeated() {
    for url in ["mysql://u:hunter2@h/db", "ftp://hunter2@h"] {
        assert!(!StoreUrl::parse(url).unwrap_err().to_string().contains("hunter2"), "{url}");
    }
}

#[test]
fn the_argument_goes_before_the_environment_and_that_before_the_default() {
    let folder = |path: &str| StoreUrl::Folder(path.into());

    assert_eq!(StoreUrl::choose(Some("a"), Some("b")).unwrap(), folder("a"));
    assert_eq!(StoreUrl::choose(None, Some("b")).unwrap(), folder("b"));
    assert_eq!(StoreUrl::choose(None, Some("")).unwrap(), folder(".stillroom"));
    assert_eq!(StoreUrl::choose(None, None).unwrap(), folder(".stillroom"));
    let message = StoreUrl::choose(None, Some("s3://bucket")).unwrap_err().to_string();
    assert!(message.starts_with("$STILLROOM_URL: "), "{message}");
}

#[test]
fn a_relative_path_starts_at_the_nearest_project_folder() {
    for marker in MARKERS {
        let root = tempfile::tempdir().unwrap();
        let working = root.path().join("app/pages");
        std::fs::create_dir_all(&working).unwrap();
        std::fs::create_dir(root.path().join("app").join(marker)).unwrap();

        assert_eq!(resolve(Path::new("kept"), &working, None), root.path().join("app/kept"), "{marker}");
        assert_eq!(resolve(Path::new("/kept"), &working, None), Path::new("/kept"), "{marker}");
    }
}

#[test]
fn without_a_project_folder_a_relative_path_starts_at_the_working_folder() {
    let nowhere = Path::new("/no/such/folder");

    assert_eq!(resolve(Path::new("kept"), nowhere, None), nowhere.join("kept"));
}

#[test]
fn streamlit_s_settings_in_the_home_folder_make_no_project_of_it() {
    let home = tempfile::tempdir().unwrap();
    let working = home.path().join("app");
    std::fs::create_dir_all(&working).unwrap();
    std::fs::create_dir(home.path().join(".streamlit")).unwrap();
    let resolve = || resolve(Path::new("kept"), &working, Some(home.path()));

    assert_eq!(resolve(), working.join("kept"));
    std::fs::create_dir(home.path().join(".git")).unwrap();
    assert_eq!(resolve(), home.path().join("kept"));
}
