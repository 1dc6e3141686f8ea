//! A database that was made ready for a test, by the command itself.

use crate::fresh::Fresh;
use crate::support::{Outcome, run};

/// A database that was made ready, and the app's login.
pub(crate) struct Ready {
    pub(crate) database: Fresh,
    login: String,
    pub(crate) url: String,
}

impl Ready {
    pub(crate) fn new(database: Fresh, flags: &[&str]) -> Self {
        let login = format!("login_{}", database.name());
        let keeper = database.keeper_url();
        let made = run(&[&["--json", "--store", &keeper, "migrate", "--login-role", &login], flags].concat());
        assert_eq!(made.code, 0, "{}", made.err);
        let url = made.out.split('"').find(|word| word.starts_with("postgresql://login")).unwrap().to_owned();
        Self { database, login, url }
    }

    pub(crate) fn doctor(&self, args: &[&str]) -> Outcome {
        run(&[&["--store", &self.url, "doctor"], args].concat())
    }

    /// Does something as the superuser.
    pub(crate) fn harm(&self, sql: &str) {
        self.database.admin().batch_execute(&sql.replace("$login", &self.login)).unwrap();
    }

    pub(crate) fn accounts(&self) -> [String; 2] {
        let owners = [1, 2].map(|n| format!("00000000-0000-4000-8000-00000000000{n}"));
        self.harm(&format!("insert into auth.users (id) values ('{}'), ('{}')", owners[0], owners[1]));
        owners
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        // A test that failed says so itself.
        let _ = self.database.admin().batch_execute(&format!("drop role if exists {}", self.login));
    }
}
