//! Chromium, started by chromedriver: the few commands of its own protocol that pages need.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use super::city::City;
use crate::step::Outcome;

const READY_WITHIN: Duration = Duration::from_secs(30);
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
const SEEN_WITHIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);
/// Dots of the narrowest screen that must do, and of its height.
const SCREEN: (u32, u32) = (320, 640);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

impl Scripts {
    pub fn name(self) -> &'static str {
        match self {
            Scripts::On => "with scripts",
            Scripts::Off => "without scripts",
        }
    }
}

/// Ended when the value is dropped.
pub struct Driver {
    process: Child,
    agent: Agent,
    url: String,
    folder: PathBuf,
}

/// One browser with its own cookies.
pub struct Browser {
    pub scripts: Scripts,
    agent: Agent,
    /// Of this session.
    url: String,
}

impl Driver {
    pub fn start(city: &City) -> Outcome<Self> {
        let port = testkit::free_port().map_err(|fault| fault.to_string())?;
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|fault| format!("chromedriver: {fault}"))?;
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).http_status_as_error(false);
        let url = format!("http://127.0.0.1:{port}");
        let driver = Self { process, agent: config.build().into(), url, folder: city.folder().to_owned() };
        let begun = Instant::now();
        while driver.agent.get(format!("{}/status", driver.url)).call().is_err() {
            if begun.elapsed() > READY_WITHIN {
                return Err("chromedriver does not get ready".into());
            }
            sleep(PAUSE);
        }
        Ok(driver)
    }

    /// `who` looks: each has cookies of their own.
    pub fn open(&self, scripts: Scripts, who: &str) -> Outcome<Browser> {
        let profile = self.folder.join(format!("profile-{scripts:?}-{who}"));
        let (width, height) = SCREEN;
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                // The map that moves is drawn without a graphics card.
                "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
                format!("--user-data-dir={}", profile.display()),
            ],
            "mobileEmulation": { "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1 } },
        });
        let mut wanted = json!({ "browserName": "chrome", "goog:chromeOptions": options });
        if scripts == Scripts::Off {
            // The driver would ask the page whether it has loaded, and wait for ever.
            wanted["pageLoadStrategy"] = "none".into();
        }
        let wish = json!({ "capabilities": { "alwaysMatch": wanted } });
        let made = told(self.agent.post(format!("{}/session", self.url)).send_json(wish))?;
        let id = made["sessionId"].as_str().ok_or_else(|| format!("no browser: {made}"))?;
        let browser =
            Browser { scripts, agent: self.agent.clone(), url: format!("{}/session/{id}", self.url) };
        if scripts == Scripts::Off {
            browser.command("Emulation.setScriptExecutionDisabled", json!({ "value": true }))?;
        }
        Ok(browser)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.url).call();
    }
}

impl Browser {
    pub fn go(&self, url: &str) -> Outcome {
        match self.scripts {
            // Waits until it is there.
            Scripts::On => self.ask("/url", json!({ "url": url })).map(drop),
            Scripts::Off => self.command("Page.navigate", json!({ "url": url })).map(drop),
        }
    }

    /// Where it is now.
    pub fn at(&self) -> Outcome<String> {
        let history = self.command("Page.getNavigationHistory", json!({}))?;
        let current = history["currentIndex"].as_u64().and_then(|at| usize::try_from(at).ok());
        let at = current.and_then(|at| history["entries"][at]["url"].as_str());
        Ok(at.unwrap_or_default().to_owned())
    }

    pub fn source(&self) -> Outcome<String> {
        let shown = self.command("DOM.getOuterHTML", json!({ "nodeId": self.document()? }))?;
        Ok(shown["outerHTML"].as_str().unwrap_or_default().to_owned())
    }

    fn document(&self) -> Outcome<i64> {
        let document = self.command("DOM.getDocument", json!({ "depth": 0 }))?;
        document["root"]["nodeId"].as_i64().ok_or_else(|| "there is no page".to_owned())
    }

    fn find(&self, selector: &str) -> Outcome<Option<i64>> {
        let asked = json!({ "nodeId": self.document()?, "selector": selector });
        let found = self.command("DOM.querySelector", asked)?;
        Ok(found["nodeId"].as_i64().filter(|id| *id > 0))
    }

    pub fn has(&self, selector: &str) -> bool {
        matches!(self.find(selector), Ok(Some(_)))
    }

    /// Does something to the first element that a CSS selector finds, once it is there. A page that just
    /// gives way to the next one takes its elements with it: then once more.
    fn with(&self, selector: &str, act: impl Fn(i64) -> Outcome) -> Outcome {
        let begun = Instant::now();
        loop {
            let done = self.find(selector).and_then(|found| act(found.ok_or("it is not there")?));
            match done {
                Ok(()) => return Ok(()),
                Err(fault) if begun.elapsed() > SEEN_WITHIN => {
                    return Err(format!("{} {selector}: {fault}", self.at().unwrap_or_default()));
                }
                Err(_) => sleep(PAUSE),
            }
        }
    }

    /// In its middle, as somebody does who sees it there.
    pub fn click(&self, selector: &str) -> Outcome {
        self.with(selector, |id| {
            self.command("DOM.scrollIntoViewIfNeeded", json!({ "nodeId": id }))?;
            let (x, y) = self.middle(id)?;
            sleep(PAUSE);
            if self.middle(id)? != (x, y) {
                return Err("it still moves".into());
            }
            let mouse = |kind: &str| {
                let (x, y) = (x as f64 / 2.0, y as f64 / 2.0);
                json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 })
            };
            self.command("Input.dispatchMouseEvent", mouse("mousePressed"))?;
            self.command("Input.dispatchMouseEvent", mouse("mouseReleased")).map(drop)
        })
    }

    /// In half dots.
    fn middle(&self, id: i64) -> Outcome<(i64, i64)> {
        let model = self.command("DOM.getBoxModel", json!({ "nodeId": id }))?;
        let corner = |at: usize| model["model"]["content"][at].as_f64().unwrap_or_default();
        Ok(((corner(0) + corner(4)).round() as i64, (corner(1) + corner(5)).round() as i64))
    }

    pub fn type_into(&self, selector: &str, text: &str) -> Outcome {
        self.with(selector, |id| self.command("DOM.focus", json!({ "nodeId": id })).map(drop))?;
        self.command("Input.insertText", json!({ "text": text })).map(drop)
    }

    /// The choice of a list that begins with these letters.
    pub fn choose(&self, selector: &str, letters: &str) -> Outcome {
        self.with(selector, |id| self.command("DOM.focus", json!({ "nodeId": id })).map(drop))?;
        for letter in letters.chars() {
            let key = json!({ "type": "keyDown", "text": letter, "key": letter });
            self.command("Input.dispatchKeyEvent", key)?;
            self.command("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": letter }))?;
        }
        Ok(())
    }

    pub fn choose_file(&self, selector: &str, file: &Path) -> Outcome {
        let chosen = |id: i64| json!({ "nodeId": id, "files": [file] });
        self.with(selector, |id| self.command("DOM.setFileInputFiles", chosen(id)).map(drop))
    }

    /// Until the page says so.
    pub fn sees(&self, text: &str) -> Outcome {
        self.sees_one(&[text]).map(drop)
    }

    /// Which of these the page says first.
    pub fn sees_one(&self, texts: &[&str]) -> Outcome<usize> {
        let begun = Instant::now();
        loop {
            let source = self.source().unwrap_or_default();
            if let Some(found) = texts.iter().position(|text| source.contains(text)) {
                return Ok(found);
            }
            if begun.elapsed() > SEEN_WITHIN {
                return Err(format!("{} does not say {}: {source}", self.at()?, texts.join(" or ")));
            }
            sleep(PAUSE);
        }
    }

    /// Until nothing on the page is like this.
    pub fn sees_no_more(&self, selector: &str) -> Outcome {
        let begun = Instant::now();
        while self.has(selector) {
            if begun.elapsed() > SEEN_WITHIN {
                return Err(format!("{} still has {selector}: {}", self.at()?, self.source()?));
            }
            sleep(PAUSE);
        }
        Ok(())
    }

    /// Cuts the connection, or gives it back.
    pub fn offline(&self, is_off: bool) -> Outcome {
        self.command("Network.enable", json!({}))?;
        let wish =
            json!({ "offline": is_off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.command("Network.emulateNetworkConditions", wish).map(drop)
    }

    /// The device is here, and says so to whoever asks.
    pub fn stands_at(&self, lat: f64, long: f64) -> Outcome {
        self.command("Browser.grantPermissions", json!({ "permissions": ["geolocation"] }))?;
        let place = json!({ "latitude": lat, "longitude": long, "accuracy": 5 });
        self.command("Emulation.setGeolocationOverride", place).map(drop)
    }

    /// A script that calls its last argument with what it found.
    pub fn run_async(&self, script: &str, args: Value) -> Outcome<Value> {
        self.ask("/execute/async", json!({ "script": script, "args": args }))
    }

    /// Straight to the browser: the driver's own way to press a button runs a script in the page and waits
    /// for its answer, for ever where scripts are off.
    fn command(&self, name: &str, params: Value) -> Outcome<Value> {
        let done = self.ask("/goog/cdp/execute", json!({ "cmd": name, "params": params }));
        done.map_err(|fault| format!("{name}: {fault}"))
    }

    fn ask(&self, path: &str, body: Value) -> Outcome<Value> {
        told(self.agent.post(format!("{}{path}", self.url)).send_json(body))
    }
}

fn told(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Outcome<Value> {
    let mut answer = answer.map_err(|fault| fault.to_string())?;
    let is_good = answer.status().is_success();
    let body: Value =
        answer.body_mut().with_config().limit(64 << 20).read_json().map_err(|fault| fault.to_string())?;
    let value = body["value"].clone();
    if is_good { Ok(value) } else { Err(value["message"].as_str().unwrap_or("refused").to_owned()) }
}
