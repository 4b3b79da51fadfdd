//! A fresh database for one test.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::config::Host;

use crate::cluster::Cluster;
use crate::environment::{POSTGRES, POSTGRES_BIN, read_or_skip};
use crate::sql;

/// A database on the shared server; dropped with the value, connections cut.
#[derive(Debug)]
pub struct Postgres {
    server: String,
    name: String,
}

/// An empty database, or `None` where no PostgreSQL is at hand.
pub fn postgres() -> Option<Postgres> {
    Some(Postgres::on(&read_or_skip(POSTGRES, "PostgreSQL")?))
}

/// A server of one's own, for tests that kill or stop it: the shared one serves other tests at
/// that moment. Costs a second or two.
pub fn postgres_cluster() -> Option<Cluster> {
    let programs = read_or_skip(POSTGRES_BIN, "PostgreSQL programs")?;
    Some(Cluster::start_temporary(Path::new(&programs)).expect("a private PostgreSQL starts"))
}

impl Postgres {
    /// An empty database on the server that the superuser's connection string names.
    pub fn on(server: &str) -> Postgres {
        let name = fresh_name();
        // The other template may be in use by whoever looks around on the server.
        sql::run(server, &format!("create database {name} template template0"))
            .expect("a database is created");
        Postgres { server: server.to_owned(), name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The superuser's connection string to this database, over whatever the server was named by.
    pub fn url(&self) -> String {
        let config = parsed(&self.server);
        let host = match config.get_hosts().first() {
            Some(Host::Unix(path)) => path.display().to_string(),
            Some(Host::Tcp(name)) => name.clone(),
            None => "127.0.0.1".to_owned(),
        };
        let password = config.get_password().map(String::from_utf8_lossy);
        let password = password.map(|text| format!(" password={}", quoted(&text))).unwrap_or_default();
        let (port, user) = (port(&config), config.get_user().unwrap_or("postgres"));
        format!("host={} port={port} user={}{password} dbname={}", quoted(&host), quoted(user), self.name)
    }

    /// The same over TCP, in the form of an address; the port is the socket's.
    pub fn tcp_url(&self) -> String {
        let config = parsed(&self.server);
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            _ => "127.0.0.1".to_owned(),
        };
        let user = config.get_user().unwrap_or("postgres");
        format!("postgres://{user}@{host}:{}/{}", port(&config), self.name)
    }

    /// Runs statements as superuser; gives the first column of every row.
    pub fn run(&self, statements: &str) -> Vec<String> {
        sql::run(&self.url(), statements).unwrap_or_else(|fault| panic!("{statements}: {fault}"))
    }

    /// Cuts every connection to this database, as a server that restarts would.
    pub fn cut_connections(&self) {
        let name = &self.name;
        sql::run(
            &self.server,
            &format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"),
        )
        .expect("connections are cut");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Best effort: the server may be gone by design of the test, and it forgets everything anyway.
        let _ = sql::run(&self.server, &format!("drop database if exists {} with (force)", self.name));
    }
}

fn parsed(url: &str) -> tokio_postgres::Config {
    url.parse().unwrap_or_else(|fault| panic!("{POSTGRES} is not a connection string: {fault}"))
}

fn port(config: &tokio_postgres::Config) -> u16 {
    config.get_ports().first().copied().unwrap_or(5432)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Unlike any other test's, whether in this process, another, or one that was killed before.
fn fresh_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut bytes = [0; 4];
    kernel::Random::fill(&kernel::SystemRandom, &mut bytes);
    format!("test_{}_{number}_{:08x}", std::process::id(), u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_server() {
        let check = |server: &str, url: &str, tcp: &str| {
            let database = std::mem::ManuallyDrop::new(Postgres { server: server.into(), name: "d".into() });
            assert_eq!((database.url().as_str(), database.tcp_url().as_str()), (url, tcp));
        };
        check(
            "host=/run/it's port=5499 user=postgres",
            "host='/run/it\\'s' port=5499 user='postgres' dbname=d",
            "postgres://postgres@127.0.0.1:5499/d",
        );
        check(
            "postgres://amy:secret@db.example/postgres",
            "host='db.example' port=5432 user='amy' password='secret' dbname=d",
            "postgres://amy@db.example:5432/d",
        );
    }

    #[test]
    fn each_test_has_a_database_of_its_own() {
        let (Some(one), Some(two)) = (postgres(), postgres()) else { return };
        one.run("create table only_here (n int); insert into only_here values (7)");
        assert_eq!(one.run("select n from only_here"), ["7"]);
        assert!(two.run("select 1 from pg_class where relname = 'only_here'").is_empty());
        assert_eq!(sql::run(&one.tcp_url(), "select n from only_here").unwrap(), ["7"]);

        let gone = one.name().to_owned();
        drop(one);
        let left = two.run(&format!("select datname from pg_database where datname = '{gone}'"));
        assert!(left.is_empty(), "the database is dropped with the value");
    }

    #[test]
    fn a_database_in_use_is_dropped_all_the_same() {
        let (Some(used), Some(other)) = (postgres(), postgres()) else { return };
        let (url, name) = (used.url(), used.name().to_owned());
        let busy = std::thread::spawn(move || sql::run(&url, "select pg_sleep(600)"));
        let asked = format!("select pid from pg_stat_activity where datname = '{name}'");
        assert!(crate::until(crate::limits::READY_WITHIN, || !other.run(&asked).is_empty()));
        used.cut_connections();
        drop(used);
        assert!(busy.join().unwrap().is_err(), "its connection is cut");
        assert!(other.run(&format!("select 1 from pg_database where datname = '{name}'")).is_empty());
    }
}
