//! What leaves this machine or comes from it: calls over HTTP, objects, messages. Put together from the
//! settings, once.

use std::sync::Arc;
use std::time::Duration;

use civic::follower::links::Links;
use delivery::tell::Veil;
use kernel::Id;
use kernel::jiff::tz::TimeZone;
use media::object::{Bucket, Where};
use media::{Media, Secret};
use notify::{
    About, Channel, Channels, Form, Home, Homes, Keys, Late, Notify, Parts, Places, Provider, Quiet,
    SmtpSettings, Templates, smtp,
};
use outward::Outward;
use store::{Market, Store};
use tenancy::Directory;
use web::{Site, World};

use crate::commands::report::Failure;
use crate::config::{HttpProvider, Security, Settings, Switch};

/// Where objects are, inside the data folder.
const OBJECTS: &str = "media";

pub struct Outside {
    pub outward: Arc<Outward>,
    pub media: Arc<Media>,
    pub notify: Arc<Notify>,
    /// What hides numbers that buyers say at their doors until they are sent.
    pub veil: Veil,
}

/// What all of it is put together from.
pub struct Needs<'a> {
    pub settings: &'a Settings,
    /// The deployment's own secret.
    pub secret: &'a [u8],
    pub directory: &'a Arc<Directory>,
    pub world: &'a Arc<World>,
}

impl Outside {
    pub fn open(needs: &Needs<'_>) -> Result<Self, Failure> {
        let Needs { settings, secret, directory, world } = *needs;
        let outward = Outward::new(outward_settings(settings), world.clock.clone())
            .map_err(|error| Failure::failed(error.to_string()))?;
        let key = Secret::new(secret).map_err(|error| Failure::usage(error.to_string()))?;
        let media = Media::start(key, world.clock.clone(), world.random.clone(), media_settings(settings))
            .map_err(|error| Failure::usage(format!("pictures cannot be kept: {error}")))?;
        let places =
            Known { directory: directory.clone(), quiet: quiet(settings), url: public_url(settings) };
        let veil = Veil::new(secret);
        let links: Arc<dyn Late> = Arc::new(Links::new(secret));
        let notify = Notify::new(Parts {
            keys: Keys::new(secret),
            templates: templates()?,
            late: [(civic::APP, links), (delivery::APP, Arc::new(veil.clone()))].into(),
            channels: channels(settings, &outward)?,
            places: Arc::new(places),
            outward: outward.clone(),
            world: world.clone(),
        });
        Ok(Self { outward, media, notify, veil })
    }
}

pub fn public_url(settings: &Settings) -> Option<String> {
    settings.server.public_url.as_ref().map(|url| url.0.clone())
}

fn outward_settings(settings: &Settings) -> outward::Settings {
    let its = &settings.outward;
    outward::Settings {
        allowed: its.allowed.clone(),
        plain_http: its.plain_http == Switch::On,
        time_max: Duration::from_millis(its.time_max_ms.get()),
        connect_time_max: Duration::from_millis(its.connect_time_max_ms.get()),
        answer_bytes_max: its.answer_max_bytes.get() as usize,
    }
}

/// Where objects are kept.
pub fn objects(settings: &Settings) -> Where {
    let its = &settings.media;
    match (&its.bucket, &its.bucket_key_id, &its.bucket_secret) {
        (Some(name), Some(key_id), Some(secret)) => Where::Bucket(Bucket {
            name: name.0.clone(),
            region: its.bucket_region.0.clone(),
            endpoint: its.bucket_endpoint.as_ref().map(|it| it.0.clone()),
            key_id: key_id.0.clone(),
            secret: secret.0.expose().clone(),
            path_style: its.bucket_path_style == Switch::On,
            allow_http: its.bucket_allow_http == Switch::On,
        }),
        _ => Where::Folder(its.folder.clone().unwrap_or_else(|| settings.store.folder.join(OBJECTS))),
    }
}

fn media_settings(settings: &Settings) -> media::Settings {
    let its = &settings.media;
    media::Settings {
        objects: objects(settings),
        picture_bytes_max: its.picture_bytes_max.get() as usize,
        memory_bytes_max: its.memory_bytes_max.get(),
        threads: its.threads.get() as usize,
        purposes: vec![
            civic::photos::PURPOSE,
            delivery::photos::STORES,
            delivery::photos::PRODUCTS,
            delivery::photos::PROOFS,
            delivery::claim::PHOTOS,
        ],
    }
}

/// Of every app, in every language. What is missing or different in one of them is found before anybody
/// is to be told something.
fn templates() -> Result<Templates, Failure> {
    let bad = |error: notify::BadTemplate| Failure::failed(error.to_string());
    let own = Templates::new().map_err(bad)?;
    let apps = [(civic::APP, civic::TEXTS), (delivery::APP, delivery::tell::TEXTS)];
    let mut all = apps.into_iter().flat_map(|(app, texts)| texts.iter().map(move |its| (app, its)));
    let texts =
        all.try_fold(own, |all, (app, (language, text))| all.add(app, language, text)).map_err(bad)?;
    match &texts.faults()[..] {
        [] => Ok(texts),
        faults => Err(Failure::failed(format!("the texts of messages are at fault: {}", faults.join("; ")))),
    }
}

fn channels(settings: &Settings, outward: &Arc<Outward>) -> Result<Channels, Failure> {
    let its = &settings.notify;
    let mut channels = Channels::default();
    for server in mail_servers(settings)? {
        let provider = smtp(server).map_err(|error| Failure::usage(error.to_string()))?;
        channels = channels.with(Channel::Email, provider);
    }
    let over_http = [
        (Channel::Sms, "sms", &its.sms),
        (Channel::Sms, "sms2", &its.sms2),
        (Channel::Push, "push", &its.push),
        (Channel::Push, "push2", &its.push2),
    ];
    for (channel, name, described) in over_http {
        if let Some(described) = described {
            channels = channels.with(channel, over(name, described, outward));
        }
    }
    Ok(channels)
}

fn mail_servers(settings: &Settings) -> Result<Vec<SmtpSettings>, Failure> {
    let its = &settings.notify;
    let one = (&its.smtp_host, &its.smtp_from, its.smtp_port, its.smtp_security);
    let two = (&its.smtp2_host, &its.smtp2_from, its.smtp2_port, its.smtp2_security);
    let signs = [
        (&its.smtp_user, &its.smtp_password, &its.smtp_certificates),
        (&its.smtp2_user, &its.smtp2_password, &its.smtp2_certificates),
    ];
    let mut servers = Vec::new();
    for ((name, (host, from, port, security)), (user, password, certificates)) in
        [("smtp", one), ("smtp2", two)].into_iter().zip(signs)
    {
        let (Some(host), Some(from)) = (host, from) else { continue };
        let security = match security {
            Security::Tls => notify::Security::Tls,
            Security::StartTls => notify::Security::StartTls,
            Security::Plain => notify::Security::Plain,
        };
        let port = u16::try_from(port.get()).unwrap_or(u16::MAX);
        let mut server = SmtpSettings::new(name, &host.0, port, security, &from.0);
        server.user = user.as_ref().map(|it| it.0.clone());
        server.password = password.as_ref().map(|it| it.0.expose().clone());
        if let Some(file) = certificates {
            let bytes = std::fs::read(file);
            server.roots = Some(bytes.map_err(|fault| {
                Failure::usage(format!("notify.{name}_certificates: {}: {fault}", file.display()))
            })?);
        }
        servers.push(server);
    }
    Ok(servers)
}

fn over(name: &str, described: &HttpProvider, outward: &Arc<Outward>) -> Arc<dyn Provider> {
    let its = described.0.expose().clone();
    let form = match its.json {
        Some(json) => Form::Json(json),
        None => Form::Fields(its.fields.into_iter().flatten().collect()),
    };
    let provider = notify::HttpProvider {
        name: name.to_owned(),
        url: its.url,
        headers: its.headers.into_iter().collect(),
        form,
        key_header: its.key_header,
        reference: its.reference,
        recipient_errors: its.recipient_errors,
    };
    provider.over(outward.clone())
}

fn quiet(settings: &Settings) -> Option<Quiet> {
    settings.notify.quiet_hours.map(|hours| Quiet { from: hours.from, to: hours.to })
}

/// What messages say of the market that they come from.
struct Known {
    directory: Arc<Directory>,
    quiet: Option<Quiet>,
    url: Option<String>,
}

/// What a market is called, where people reach it, and who they are there.
fn known(
    directory: &Directory,
    url: Option<&str>,
    market: &Market,
) -> Option<(String, Option<String>, Arc<Site>)> {
    let path = format!("/{}/", market.place().name);
    let found = directory.resolve("", &path)?;
    let base = match directory.host(market.place().id) {
        Some(host) => Some(format!("https://{host}")),
        None => url.map(|url| format!("{url}{}", found.base)),
    };
    let brand = format!("{} {}", found.site.tenant_name, found.site.market_name);
    Some((brand, base, found.site))
}

impl Places for Known {
    fn about(&self, market: &Market) -> About {
        let quiet = self.quiet;
        match known(&self.directory, self.url.as_deref(), market) {
            Some((brand, base, site)) => {
                About { zone: site.zone.clone(), quiet, languages: site.languages.to_vec(), brand, base }
            }
            // It is being moved: what is sent now names nobody, and leads nowhere.
            None => {
                let zone = self.directory.zone(market.place().id).unwrap_or(TimeZone::UTC);
                About { zone, quiet, languages: Vec::new(), brand: String::new(), base: None }
            }
        }
    }
}

/// What one-time codes say of the tenant that they come from.
pub struct KnownHomes {
    pub directory: Arc<Directory>,
    pub store: Store,
    /// Where people reach this server, if the operator said so.
    pub url: Option<String>,
}

impl Homes for KnownHomes {
    fn home(&self, tenant: &str) -> Option<Home> {
        let tenant = self.directory.tenants().into_iter().find(|it| it.slug == tenant)?;
        Some(Home {
            market: self.store.market(&tenant.home()),
            brand: tenant.name.clone(),
            languages: tenant.languages.clone(),
        })
    }

    fn market(&self, market: Id<kernel::Market>) -> Option<(String, Option<String>)> {
        let all = self.directory.markets();
        let (market, _) = all.iter().find(|(its, _)| its.place().id == market)?;
        let about = known(&self.directory, self.url.as_deref(), market)?;
        Some((about.0, about.1))
    }
}
