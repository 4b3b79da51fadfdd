//! The kinds of value a setting can have: how each is read, shown and explained.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use telemetry::{AccessPolicy, Collector, Secret};

pub(crate) trait Kind: Sized {
    const SECRET: bool = false;

    /// The value, or what was expected instead. `base` is what relative paths are relative to.
    fn parse(text: &str, base: &Path) -> Result<Self, String>;
    /// As one would write it, secrets masked.
    fn show(&self) -> String;
    /// The allowed values, in words.
    fn allowed() -> String;
}

/// A whole number within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Whole<MIN, MAX> {
    pub(crate) fn get(self) -> u64 {
        self.0
    }
}

impl<const MIN: u64, const MAX: u64> Kind for Whole<MIN, MAX> {
    fn parse(text: &str, _: &Path) -> Result<Self, String> {
        let number = text.replace('_', "").parse().ok().filter(|number| (MIN..=MAX).contains(number));
        number.map(Self).ok_or_else(Self::allowed)
    }

    fn show(&self) -> String {
        self.get().to_string()
    }

    fn allowed() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }
}

/// A closed set of words. A list of them is written with commas.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),+ }

        impl Kind for $name {
            fn parse(text: &str, _: &Path) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(Self::allowed()),
                }
            }

            fn show(&self) -> String {
                match self { $(Self::$variant => $word),+ }.to_owned()
            }

            fn allowed() -> String {
                [$($word),+].join(" or ")
            }
        }
    };
}

pub(super) use choice;

choice!(StoreKind { Embedded = "embedded", Postgres = "postgres" });
choice!(Role { Edge = "edge", Worker = "worker" });
choice!(LogFormat { Text = "text", Json = "json" });
choice!(Switch { On = "on", Off = "off" });

impl From<LogFormat> for telemetry::Format {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Text => Self::Text,
            LogFormat::Json => Self::Json,
        }
    }
}

/// Words or addresses, none twice.
impl<K: Kind + PartialEq> Kind for Vec<K> {
    fn parse(text: &str, base: &Path) -> Result<Self, String> {
        let mut all = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let item = K::parse(item, base).map_err(|_| Self::allowed())?;
            if !all.contains(&item) {
                all.push(item);
            }
        }
        Ok(all)
    }

    fn show(&self) -> String {
        self.iter().map(Kind::show).collect::<Vec<_>>().join(",")
    }

    fn allowed() -> String {
        format!("a list of: {}", K::allowed())
    }
}

/// Empty means: none.
impl<K: Kind> Kind for Option<K> {
    const SECRET: bool = K::SECRET;

    fn parse(text: &str, base: &Path) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { K::parse(text, base).map(Some) }
    }

    fn show(&self) -> String {
        self.as_ref().map(Kind::show).unwrap_or_default()
    }

    fn allowed() -> String {
        format!("{}, or nothing", K::allowed())
    }
}

/// Kinds that only wrap a type: how to read it, and the words for what is allowed.
macro_rules! kind {
    ($type:ty, secret = $secret:literal, |$text:ident, $base:ident| $parse:expr, |$it:ident| $show:expr, $allowed:expr) => {
        impl Kind for $type {
            const SECRET: bool = $secret;

            fn parse($text: &str, $base: &Path) -> Result<Self, String> {
                $parse.ok_or_else(Self::allowed)
            }

            fn show(&self) -> String {
                let $it = self;
                $show
            }

            fn allowed() -> String {
                $allowed.to_owned()
            }
        }
    };
}

pub(super) use kind;

/// The address of a database, with its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(pub Secret<String>);

/// 32 bytes of key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(pub Secret<[u8; 32]>);

/// A filter that logging understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFilter(pub String);

pub(super) const HIDDEN: &str = "********";

kind!(
    SocketAddr,
    secret = false,
    |text, _base| text.parse().ok(),
    |it| it.to_string(),
    "an IP address and a port, such as 127.0.0.1:8080"
);
kind!(
    IpNet,
    secret = false,
    |text, _base| text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from)),
    |it| it.to_string(),
    "an address range, such as 10.0.0.0/8"
);
kind!(
    PathBuf,
    secret = false,
    |text, base| (!text.is_empty()).then(|| base.join(text)),
    |it| it.display().to_string(),
    "a path"
);
kind!(
    DatabaseUrl,
    secret = true,
    |text, _base| database_url(text),
    |it| {
        let _ = it;
        HIDDEN.to_owned()
    },
    "an address such as postgres://user:password@host:5432/name"
);
kind!(
    Key,
    secret = true,
    |text, _base| key(text),
    |it| {
        let _ = it;
        HIDDEN.to_owned()
    },
    "32 bytes in base64"
);
kind!(
    LogFilter,
    secret = false,
    |text, _base| (!text.is_empty() && telemetry::check_filter(text).is_ok())
        .then(|| LogFilter(text.to_owned())),
    |it| it.0.clone(),
    "off, error, warn, info, debug or trace, also by part: info,store=debug"
);
kind!(
    AccessPolicy,
    secret = false,
    |text, _base| text.parse().ok(),
    |it| it.to_string(),
    AccessPolicy::ALLOWED
);

impl Kind for Collector {
    fn parse(text: &str, _: &Path) -> Result<Self, String> {
        text.parse().map_err(|error: telemetry::CollectorError| format!("{} ({error})", Self::allowed()))
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn allowed() -> String {
        "the address of an OTLP collector over http, such as http://127.0.0.1:4318".to_owned()
    }
}

fn database_url(text: &str) -> Option<DatabaseUrl> {
    let is_url = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    // The other form that PostgreSQL's own tools take: `host=… user=…`.
    let is_pairs = text.split_whitespace().next().is_some_and(|pair| pair.starts_with("host="));
    (is_url || is_pairs).then(|| DatabaseUrl(Secret::new(text.to_owned())))
}

fn key(text: &str) -> Option<Key> {
    let bytes = STANDARD.decode(text).ok()?;
    Some(Key(Secret::new(bytes.try_into().ok()?)))
}
