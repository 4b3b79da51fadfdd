use std::path::Path;

use proptest::prelude::*;
use telemetry::AccessPolicy;

use super::fault::Faults;
use super::kinds::{Kind, LogFormat, StoreKind};
use super::settings::{KNOWN, Settings};
use super::sources::Layers;
use super::{Config, Flag, Sources, load, reference};

/// What a file of this text, these variables and these flags come to.
fn read(text: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, Faults> {
    let mut layers = Layers::default();
    super::file::take_apart(Path::new("etc/iroko.toml"), text, &mut layers);
    layers.add_variables(&owned(variables));
    let set = owned(flags).into_iter().map(|(key, value)| Flag { name: "--set".into(), key, value });
    layers.add_flags(&set.collect::<Vec<_>>());
    let settings = Settings::from_layers(&mut layers);
    layers.faults.extend(settings.disagreements(&layers));
    if layers.faults.is_empty() { Ok(Config { settings, layers }) } else { Err(Faults(layers.faults)) }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn from(config: &Config, key: &str) -> (String, String) {
    let found = config.effective().into_iter().find(|setting| setting.key == key).expect("a known key");
    (found.value, found.from)
}

#[test]
fn every_default_is_valid_and_shown_as_it_is_written() {
    let config = read("", &[], &[]).unwrap();
    for (row, shown) in KNOWN.iter().filter(|row| !row.key.contains('*')).zip(config.effective()) {
        assert_eq!((row.key, row.default, "default"), (&*shown.key, &*shown.value, &*shown.from));
    }
}

#[test]
fn the_later_source_wins() {
    let file = "[server]\nlisten = '1.1.1.1:1'\nbody_max_bytes = 10_000\n[store]\nfolder = 'data'\n";
    let all = read(
        file,
        &[
            ("IROKO_SERVER_LISTEN", "2.2.2.2:2"),
            ("IROKO_PROCESS_ROLES", "worker"),
            ("IROKO_TEST_POSTGRES", "x"),
        ],
        &[("server.listen", "3.3.3.3:3")],
    )
    .unwrap();
    assert_eq!(from(&all, "server.listen"), ("3.3.3.3:3".into(), "--set server.listen".into()));
    assert_eq!(from(&all, "process.roles"), ("worker".into(), "IROKO_PROCESS_ROLES".into()));
    assert_eq!(from(&all, "server.body_max_bytes"), ("10000".into(), "etc/iroko.toml:3".into()));
    assert_eq!(from(&all, "store.folder"), ("etc/data".into(), "etc/iroko.toml:5".into()));
    let two =
        read(file, &[("IROKO_SERVER_LISTEN", "2.2.2.2:2"), ("IROKO_STORE_FOLDER", "here")], &[]).unwrap();
    assert_eq!(from(&two, "server.listen").0, "2.2.2.2:2");
    assert_eq!(from(&two, "store.folder").0, "here");
}

#[test]
fn typed_values() {
    let config = read(
        "[server]\ntrusted_proxies = ['10.0.0.0/8', '::1']\n\
         [store]\nkind = 'postgres'\nurl = 'postgres://u:pw@db/x'\ndatabases.lagos.url = 'host=db2'\n\
         [telemetry]\nlog_format = 'json'\naccess_log = 'sampled(1/9)'\notlp_url = 'http://collector'\n\
         [identity]\nsecret = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='\n",
        &[("IROKO_STORE_DATABASES_CAPE_TOWN_URL", "postgres://db3/x")],
        &[],
    )
    .unwrap();
    let Settings { server, store, telemetry, identity, .. } = &config.settings;
    assert!(
        server
            .trusted_proxies
            .iter()
            .any(|range| range.contains(&"10.9.9.9".parse::<std::net::IpAddr>().unwrap()))
    );
    let metrics_from: Vec<String> = server.metrics_from.iter().map(ToString::to_string).collect();
    assert_eq!(metrics_from, ["127.0.0.0/8", "::1/128"], "nobody else unless it is said");
    assert_eq!(store.kind, StoreKind::Postgres);
    assert_eq!(store.url.as_ref().unwrap().0.expose(), "postgres://u:pw@db/x");
    assert_eq!(store.databases.keys().collect::<Vec<_>>(), ["cape_town", "lagos"]);
    assert_eq!((telemetry.log_format, telemetry.access_log), (LogFormat::Json, AccessPolicy::Sampled(9)));
    assert_eq!(identity.secret.as_ref().unwrap().0.expose(), &[0; 32]);
    assert_eq!(from(&config, "telemetry.otlp_url").0, "http://collector:4318/v1/traces");
}

#[test]
fn secrets_are_never_shown() {
    let config = read(
        "[store]\nurl = 'postgres://u:hunter2@db/x'\ndatabases.a.url = 'host=db password=hunter2'\n\
         [identity]\nsecret = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='\n",
        &[],
        &[],
    )
    .unwrap();
    let shown = format!("{:?} {:?}", config.effective(), config);
    assert!(!shown.contains("hunter2") && !shown.contains("AAAA"), "{shown}");
    assert_eq!(from(&config, "store.url"), ("********".into(), "etc/iroko.toml:2".into()));
    assert_eq!(from(&config, "store.databases.a.url").0, "********");
    for bad in
        ["[store]\nurl = 'mysql://hunter2'", "[store]\nurl = 'hunter2\n", "[identity]\nsecret = 'hunter2'"]
    {
        let faults = read(bad, &[], &[]).unwrap_err().to_string();
        assert!(!faults.contains("hunter2"), "{faults}");
    }
}

#[test]
fn bad_files_and_what_is_said_about_them() {
    for (text, expect) in [
        (
            "[server]\nlistne = 'x'",
            "etc/iroko.toml:2: there is no setting server.listne; did you mean server.listen?",
        ),
        ("listen = 'x'", "etc/iroko.toml:1: there is no setting listen; did you mean server.listen?"),
        (
            "[server]\npool_size = 3",
            "etc/iroko.toml:2: there is no setting server.pool_size; did you mean store.pool_size?",
        ),
        (
            "[server]\nlisten = 8080",
            "etc/iroko.toml:2: server.listen = \"8080\": expected an IP address and a port, such as 127.0.0.1:8080",
        ),
        (
            "\n[process]\nnode = 1024",
            "etc/iroko.toml:3: process.node = \"1024\": expected a whole number from 0 to 1023",
        ),
        (
            "[store]\nkind = 'mysql'",
            "etc/iroko.toml:2: store.kind = \"mysql\": expected embedded or postgres",
        ),
        (
            "[process]\nroles = ['edge', 'cook']",
            "etc/iroko.toml:2: process.roles = \"edge,cook\": expected a list of: edge or worker",
        ),
        (
            "process.roles = []",
            "etc/iroko.toml:1: process.roles: a process without a role does nothing; name edge, worker or both",
        ),
        (
            "[store]\nkind = 'postgres'",
            "etc/iroko.toml:2: store.kind: postgres needs the address of a database in store.url",
        ),
        (
            "[identity]\nsecret = 'short'",
            "etc/iroko.toml:2: identity.secret = (hidden): expected 32 bytes in base64",
        ),
        (
            "[telemetry]\notlp_url = 'https://c'",
            "etc/iroko.toml:2: telemetry.otlp_url = \"https://c\": expected the address of an OTLP collector over http, \
             such as http://127.0.0.1:4318 (https is not supported for traces; name a collector beside this process, \
             such as http://127.0.0.1:4318)",
        ),
        (
            "[server]\nlisten = { port = 1 }",
            "etc/iroko.toml:2: server.listen = \"{…}\": expected an IP address and a port, such as 127.0.0.1:8080",
        ),
        (
            "[servr]\nlisten = '1.1.1.1:1'",
            "etc/iroko.toml:1: there is no section servr; did you mean server?",
        ),
    ] {
        match read(text, &[], &[]) {
            Ok(_) => panic!("{text} was accepted"),
            Err(faults) => assert_eq!(faults.to_string(), expect, "for {text}"),
        }
    }
}

#[test]
fn all_faults_at_once_from_every_source() {
    let faults = read(
        "[server]\nlisten = 'x'\nfoo_bar_baz = 1\n[limits]\nfree_per_15_minutes = -1\n",
        &[("IROKO_SERVER_LISTE", "1"), ("IROKO_STORE_KIND", "x")],
        &[("process.nodes", "1"), ("server.listen", "1.1.1.1:1")],
    )
    .unwrap_err();
    let said = faults.to_string();
    assert_eq!(faults.0.len(), 6, "{said}");
    for part in [
        "etc/iroko.toml:2: server.listen = \"x\"",
        "etc/iroko.toml:3: there is no setting server.foo_bar_baz; known are: server.listen, ",
        "etc/iroko.toml:5: limits.free_per_15_minutes = \"-1\": expected a whole number",
        "environment: there is no variable IROKO_SERVER_LISTE; did you mean IROKO_SERVER_LISTEN?",
        "IROKO_STORE_KIND: store.kind = \"x\": expected embedded or postgres",
        "--set process.nodes: there is no setting process.nodes; did you mean process.node?",
    ] {
        assert!(said.contains(part), "{part}\nis not in\n{said}");
    }
}

#[test]
fn a_broken_file_names_the_line() {
    let said = read("[server]\nlisten = \n", &[], &[]).unwrap_err().to_string();
    assert!(said.starts_with("etc/iroko.toml:2: this is not TOML: "), "{said}");
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("iroko.toml");
    let asked = Sources { file: Some(path.clone()), ..Sources::default() };
    let said = load(&asked).unwrap_err().to_string();
    assert!(said.starts_with(&format!("{}: the file cannot be read: ", path.display())), "{said}");
    std::fs::write(&path, "[store]\nfolder = 'data'\n").unwrap();
    let variables = vec![("IROKO_CONFIG".to_owned(), path.display().to_string())];
    let named = Sources { variables, ..Sources::default() };
    assert_eq!(load(&named).unwrap().settings.store.folder, folder.path().join("data"));
    assert_eq!(load(&asked).unwrap().settings.store.folder, folder.path().join("data"));
    assert!(load(&Sources::default()).is_ok(), "the default file may be missing");
}

#[test]
fn the_reference_names_every_setting() {
    let page = reference();
    for row in KNOWN {
        assert!(page.contains(&format!("| `{}` |", row.key.replace('*', "<name>"))), "{}", row.key);
    }
    assert!(page.contains("`IROKO_STORE_DATABASES_<NAME>_URL`"));
    assert!(
        page.lines().filter(|line| line.starts_with('|')).all(|line| line.matches(" | ").count() == 4),
        "{page}"
    );
}

#[test]
fn flags_need_a_value() {
    assert!(Flag::set("server.listen").is_err());
    let flag = Flag::set("store.url=postgres://h/?a=b").unwrap();
    assert_eq!((flag.key.as_str(), flag.value.as_str()), ("store.url", "postgres://h/?a=b"));
}

proptest! {
    #[test]
    fn any_text_is_taken(
        file in "\\PC{0,80}|[a-z\\[\\].='\" \n0-9,{}]{0,80}|(\\[(server|store)\\]\n|(listen|url|node) = ('[a-z:]*'|[0-9]+)\n){0,6}",
        name: String,
        value: String,
    ) {
        let _ = read(&file, &[(&format!("IROKO_{name}"), &value)], &[(&name, &value)]);
    }

    #[test]
    fn any_value_of_any_setting_is_taken(row in 0..KNOWN.len(), value: String, quoted in "[a-z0-9:/.,()=-]{0,30}") {
        let key = KNOWN[row].key.replace('*', "x");
        for value in [value, quoted] {
            if let Ok(config) = read("", &[], &[(&key, &value), ("store.url", "host=x")]) {
                let shown = config.effective();
                prop_assert!(shown.iter().all(|setting| setting.key != key || setting.from.starts_with("--set ") || value.is_empty()));
            }
        }
    }

    #[test]
    fn what_is_shown_reads_the_same_again(n in 0u64..=1_023, one_in in 1u32.., port: u16) {
        use super::kinds::Whole;
        let whole = Whole::<0, 1_023>::parse(&n.to_string(), Path::new("")).unwrap();
        prop_assert_eq!(Whole::parse(&whole.show(), Path::new("")), Ok(whole));
        let policy = AccessPolicy::Sampled(one_in);
        prop_assert_eq!(AccessPolicy::parse(&policy.show(), Path::new("")), Ok(policy));
        let listen = std::net::SocketAddr::from(([1, 2, 3, 4], port));
        prop_assert_eq!(std::net::SocketAddr::parse(&listen.show(), Path::new("")), Ok(listen));
    }
}
