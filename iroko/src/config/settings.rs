//! The table of all settings. What is not here does not exist.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use outward::Destination;
use telemetry::{AccessPolicy, Collector};

use super::fault::Fault;
use super::kinds::{DatabaseUrl, Key, Kind, LogFilter, LogFormat, Role, StoreKind, Switch, Whole};
use super::outside::{HttpProvider, PublicUrl, Quiet, Security, Text, Words};
use super::sources::Layers;

/// One row of the table.
#[derive(Debug)]
pub(super) struct Known {
    pub key: &'static str,
    pub default: &'static str,
    pub doc: &'static [&'static str],
    pub allowed: fn() -> String,
}

/// From the table: a struct per section, the list of rows, and the way from written to typed values
/// and back. A `*` in a key stands for names that the person chooses.
macro_rules! settings {
    ($($(#[doc = $about:literal])+ $section:ident: $Section:ident {
        $($(#[doc = $doc:literal])+ $name:ident: $kind:ty = $default:literal,)+
        $(each $map:ident / $leaf:ident: $each:ty => $($each_doc:literal)+,)?
    })+) => {
        $($(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $Section {
            $($(#[doc = $doc])+ pub(crate) $name: $kind,)+
            $(pub(crate) $map: BTreeMap<String, $each>,)?
        })+

        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct Settings { $(pub(crate) $section: $Section,)+ }

        /// Sections with what they are about.
        pub(super) const SECTIONS: &[(&str, &[&str])] = &[$((stringify!($section), &[$($about),+])),+];

        pub(super) const KNOWN: &[Known] = &[$(
            $(Known {
                key: concat!(stringify!($section), ".", stringify!($name)),
                default: $default, doc: &[$($doc),+], allowed: <$kind>::allowed,
            },)+
            $(Known {
                key: concat!(stringify!($section), ".", stringify!($map), ".*.", stringify!($leaf)),
                default: "", doc: &[$($each_doc),+], allowed: <$each>::allowed,
            },)?
        )+];

        impl Settings {
            pub(super) fn from_layers(layers: &mut Layers) -> Self {
                let mut rows = KNOWN.iter();
                let mut next = || rows.next().expect("the table has a row for every field");
                Self {$(
                    $section: $Section {
                        $($name: { let row = next(); layers.value::<$kind>(row, row.key) },)+
                        $($map: {
                            let row = next();
                            let named = layers.names(row.key).into_iter();
                            named.filter_map(|name| {
                                let value = layers.value::<Option<$each>>(row, &row.key.replace('*', &name))?;
                                Some((name, value))
                            }).collect()
                        },)?
                    },
                )+}
            }

            /// Every key with its value as one would write it, secrets masked.
            pub(super) fn shown(&self) -> Vec<(String, String)> {
                let mut shown = Vec::new();
                let mut show = |key: String, value| shown.push((key, value));
                $(
                    $(show(concat!(stringify!($section), ".", stringify!($name)).to_owned(), self.$section.$name.show());)+
                    $(for (name, value) in &self.$section.$map {
                        let key = format!("{}.{}.{name}.{}", stringify!($section), stringify!($map), stringify!($leaf));
                        show(key, value.show());
                    })?
                )+
                shown
            }
        }
    };
}

settings! {
    /// Where the edge listens and how long it waits.
    server: Server {
        /// Address and port to listen on.
        listen: SocketAddr = "127.0.0.1:8080",
        /// Connections open at once; further ones wait in the system's queue.
        max_connections: Whole<1, 1_000_000> = "10000",
        /// Memory for answers that are the same for everyone, in MB.
        cache_mb: Whole<0, 65_536> = "32",
        /// The longest a request may take.
        request_timeout_ms: Whole<100, 600_000> = "15000",
        /// The longest a client may take to send the head of a request.
        header_timeout_ms: Whole<100, 60_000> = "5000",
        /// The largest body that is read.
        body_max_bytes: Whole<1_024, 1_073_741_824> = "1048576",
        /// How long running requests are waited for when the server stops.
        shutdown_grace_ms: Whole<0, 600_000> = "10000",
        /// Proxies in front of this server. Only from these is `X-Forwarded-For` believed.
        trusted_proxies: Vec<IpNet> = "",
        /// Who may read `/metrics`; for everybody else there is no such address.
        metrics_from: Vec<IpNet> = "127.0.0.0/8,::1/128",
        /// Where people reach this server, for links in messages of markets without a host of their own.
        public_url: Option<PublicUrl> = "",
    }

    /// Where everything is kept.
    store: Store {
        /// `embedded` keeps a file per market in `store.folder`; `postgres` needs `store.url`.
        kind: StoreKind = "embedded",
        /// The data folder. A relative one is relative to the file that names it.
        folder: PathBuf = "iroko-data",
        /// The database of this region, with its password.
        url: Option<DatabaseUrl> = "",
        /// Connections to each database.
        pool_size: Whole<1, 1_000> = "16",
        /// Embedded markets whose files stay open.
        open_markets_max: Whole<1, 100_000> = "1000",
        /// Threads that read embedded storage; 0 means one per core.
        reader_threads: Whole<0, 256> = "0",
        each databases / url: DatabaseUrl => " A database of its own for dedicated markets, under a name that placements use.",
    }

    /// Who people are.
    identity: Identity {
        /// The secret that protects keys and codes. Without it, one is made at the first start and
        /// kept in the data folder; processes that share a database must share it.
        secret: Option<Key> = "",
        /// How long a signed token is good for.
        token_minutes: Whole<1, 1_440> = "15",
        /// How long a session lasts without use.
        refresh_days: Whole<1, 365> = "14",
    }

    /// Where pictures and other objects are kept, and how much is taken.
    media: Media {
        /// A folder for objects; without one, `media` inside the data folder. Several processes need a
        /// bucket, or a folder that they share.
        folder: Option<PathBuf> = "",
        /// A bucket of S3 or its like, instead of a folder.
        bucket: Option<Text> = "",
        /// Its region.
        bucket_region: Text = "us-east-1",
        /// Where it is, such as `https://minio.internal:9000`; otherwise Amazon's own for the region.
        bucket_endpoint: Option<Text> = "",
        /// Who we are to it.
        bucket_key_id: Option<Text> = "",
        /// The secret that goes with that.
        bucket_secret: Option<Words> = "",
        /// Whether its name stands in the path instead of in the host's name, as most that are not Amazon want.
        bucket_path_style: Switch = "off",
        /// Whether its endpoint may be one without TLS, on a private network.
        bucket_allow_http: Switch = "off",
        /// Bytes of one picture as it is sent; in a form no more than `server.body_max_bytes` either.
        picture_bytes_max: Whole<1_024, 104_857_600> = "12582912",
        /// Memory for all pictures that are decoded at once; one that needs more is refused.
        memory_bytes_max: Whole<67_108_864, 68_719_476_736> = "536870912",
        /// Pictures that are made at once.
        threads: Whole<1, 256> = "2",
    }

    /// What the program calls over HTTP.
    outward: Outward {
        /// Inner hosts, addresses or blocks that may be called all the same, also without TLS.
        allowed: Vec<Destination> = "",
        /// Whether others may be called without TLS.
        plain_http: Switch = "off",
        /// The longest a call may take, with all its tries.
        time_max_ms: Whole<100, 600_000> = "30000",
        /// The longest it may take to connect.
        connect_time_max_ms: Whole<100, 60_000> = "5000",
        /// The largest answer that is read.
        answer_max_bytes: Whole<1_024, 1_073_741_824> = "1048576",
    }

    /// Where addresses are looked for, besides the address points that a market has imported.
    addresses: Addresses {
        /// Whether a service that speaks as Nominatim does is asked too.
        nominatim: Switch = "off",
        /// Where it is, such as `https://nominatim.example.org`.
        nominatim_url: Option<Text> = "",
        /// Whether it is asked before the market's own address points, instead of where these do not answer.
        nominatim_first: Switch = "off",
        /// The language of its answers.
        nominatim_language: Text = "en",
        /// Who asks; public services want to know.
        nominatim_user_agent: Text = "iroko",
    }

    /// How messages reach people. A channel without a provider writes to the outbox that staff can read.
    notify: Notify {
        /// Hours in which people are left in peace, by each market's own clock, such as `21:00-08:00`.
        quiet_hours: Option<Quiet> = "",
        /// The server that takes e-mail.
        smtp_host: Option<Text> = "",
        /// Its port: 587 for `starttls`, 465 for `tls`.
        smtp_port: Whole<1, 65_535> = "587",
        /// `tls` from the first byte, `starttls` after a greeting, `plain` for a relay on a private network.
        smtp_security: Security = "starttls",
        /// A file of certificates in PEM that are trusted beside those that the system knows.
        smtp_certificates: Option<PathBuf> = "",
        /// Who signs in there, if anybody has to.
        smtp_user: Option<Text> = "",
        /// With which password.
        smtp_password: Option<Words> = "",
        /// The sender, such as `City of Example <noreply@city.example>`.
        smtp_from: Option<Text> = "",
        /// A second server, asked when the first one fails.
        smtp2_host: Option<Text> = "",
        /// Its port: 587 for `starttls`, 465 for `tls`.
        smtp2_port: Whole<1, 65_535> = "587",
        /// `tls` from the first byte, `starttls` after a greeting, `plain` for a relay on a private network.
        smtp2_security: Security = "starttls",
        /// A file of certificates in PEM that are trusted beside those that the system knows.
        smtp2_certificates: Option<PathBuf> = "",
        /// Who signs in there, if anybody has to.
        smtp2_user: Option<Text> = "",
        /// With which password.
        smtp2_password: Option<Words> = "",
        /// The sender, such as `City of Example <noreply@city.example>`.
        smtp2_from: Option<Text> = "",
        /// Who takes text messages over HTTP: a JSON object with `url`, `json` or `fields`, and if needed
        /// `headers`, `key_header`, `reference`, `recipient_errors`.
        sms: Option<HttpProvider> = "",
        /// A second one, asked when the first one fails.
        sms2: Option<HttpProvider> = "",
        /// The same for push messages.
        push: Option<HttpProvider> = "",
        /// A second one for push messages.
        push2: Option<HttpProvider> = "",
    }

    /// How much each tier may ask.
    limits: Limits {
        /// Requests of a person or key of the free tier in 15 minutes.
        free_per_15_minutes: Whole<1, 100_000_000> = "100",
        /// The same for the basic tier.
        basic_per_15_minutes: Whole<1, 100_000_000> = "1000",
        /// The same for the premium tier.
        premium_per_15_minutes: Whole<1, 100_000_000> = "10000",
        /// Requests of one address that has not signed in, in a minute.
        anonymous_per_minute: Whole<1, 100_000_000> = "60",
    }

    /// What is seen from outside.
    telemetry: Telemetry {
        /// `text` for people, `json` for machines.
        log_format: LogFormat = "text",
        /// What is logged, by level and part.
        log_filter: LogFilter = "info",
        /// Which requests get a line. All but `off` include the server's own errors and whatever took
        /// a second or more.
        access_log: AccessPolicy = "sampled(1/100)",
        /// The collector that traces are sent to.
        otlp_url: Option<Collector> = "",
        /// Of new traces, one in so many is sent; a caller's own choice is respected. 0 sends none.
        trace_one_in: Whole<0, 1_000_000> = "100",
        /// Whether `/metrics` answers.
        metrics: Switch = "on",
    }

    /// What this process does.
    process: Process {
        /// A laptop plays all roles; a cluster gives each its own deployment.
        roles: Vec<Role> = "edge,worker",
        /// The number of this process in ids; processes that write the same database must differ.
        node: Whole<0, 1_023> = "0",
        /// Threads that serve requests; 0 means one per core.
        worker_threads: Whole<0, 1_024> = "0",
    }
}

impl Settings {
    /// What is valid by itself but not together.
    pub(super) fn disagreements(&self, layers: &Layers) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut object = |key: &str, message: &str| {
            faults.push(Fault::new(layers.origin(key), format!("{key}: {message}")))
        };
        if self.store.kind == StoreKind::Postgres && self.store.url.is_none() {
            object("store.kind", "postgres needs the address of a database in store.url");
        }
        if self.process.roles.is_empty() {
            object("process.roles", "a process without a role does nothing; name edge, worker or both");
        }
        if self.media.bucket.is_some()
            && (self.media.bucket_key_id.is_none() || self.media.bucket_secret.is_none())
        {
            object("media.bucket", "a bucket needs media.bucket_key_id and media.bucket_secret");
        }
        if self.addresses.nominatim == Switch::On && self.addresses.nominatim_url.is_none() {
            object("addresses.nominatim", "a service that is asked needs addresses.nominatim_url");
        }
        let notify = &self.notify;
        for (host, from, key) in [
            (&notify.smtp_host, &notify.smtp_from, "notify.smtp_host"),
            (&notify.smtp2_host, &notify.smtp2_from, "notify.smtp2_host"),
        ] {
            if host.is_some() && from.is_none() {
                object(
                    key,
                    "a server for e-mail needs a sender beside it, in the setting that ends in _from",
                );
            }
        }
        faults
    }
}

/// The row of a key; names that stand for a `*` are lower-case words.
pub(super) fn known(key: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|row| match row.key.split_once('*') {
        None => row.key == key,
        Some((before, after)) => {
            let name = key.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            name.is_some_and(|name| {
                name.starts_with(|c: char| c.is_ascii_lowercase())
                    && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            })
        }
    })
}

pub(super) fn known_keys() -> Vec<String> {
    KNOWN.iter().map(|row| row.key.to_owned()).collect()
}

pub(super) fn sections() -> Vec<String> {
    SECTIONS.iter().map(|(section, _)| (*section).to_owned()).collect()
}

/// Whether a table of this name holds settings, or further tables.
pub(super) fn is_section(key: &str) -> bool {
    let parts: Vec<&str> = key.split('.').collect();
    KNOWN.iter().any(|row| {
        let row: Vec<&str> = row.key.split('.').collect();
        row.len() > parts.len() && row.iter().zip(&parts).all(|(known, part)| known == part || *known == "*")
    })
}
