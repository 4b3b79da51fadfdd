//! Chromium, driven by chromedriver: the few commands of the WebDriver protocol that pages need.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use super::city::City;
use crate::step::Outcome;

const READY_WITHIN: Duration = Duration::from_secs(30);
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
const SEEN_WITHIN: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(100);
/// Under this name WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
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

    pub fn open(&self, scripts: Scripts) -> Outcome<Browser> {
        let profile = self.folder.join(format!("profile-{scripts:?}"));
        let (width, height) = SCREEN;
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
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
            // Those of pages; the driver's own still run, without which it could not press a button.
            let off = json!({ "cmd": "Emulation.setScriptExecutionDisabled", "params": { "value": true } });
            browser.ask("/goog/cdp/execute", off)?;
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
        self.ask("/url", json!({ "url": url })).map(drop)
    }

    /// Where it is now.
    pub fn at(&self) -> Outcome<String> {
        let at = told(self.agent.get(format!("{}/url", self.url)).call())?;
        Ok(at.as_str().unwrap_or_default().to_owned())
    }

    pub fn source(&self) -> Outcome<String> {
        let source = told(self.agent.get(format!("{}/source", self.url)).call())?;
        Ok(source.as_str().unwrap_or_default().to_owned())
    }

    /// The first element that a CSS selector finds, once it is there.
    fn element(&self, selector: &str) -> Outcome<String> {
        let begun = Instant::now();
        loop {
            match self.ask("/element", json!({ "using": "css selector", "value": selector })) {
                Ok(found) => return Ok(found[ELEMENT].as_str().unwrap_or_default().to_owned()),
                Err(fault) if begun.elapsed() > SEEN_WITHIN => {
                    let at = self.at().unwrap_or_default();
                    return Err(format!("{at} has no {selector}: {fault}"));
                }
                Err(_) => sleep(PAUSE),
            }
        }
    }

    pub fn has(&self, selector: &str) -> bool {
        self.ask("/element", json!({ "using": "css selector", "value": selector })).is_ok()
    }

    pub fn click(&self, selector: &str) -> Outcome {
        let id = self.element(selector)?;
        self.ask(&format!("/element/{id}/click"), json!({}))
            .map(drop)
            .map_err(|fault| format!("{selector}: {fault}"))
    }

    pub fn type_into(&self, selector: &str, text: &str) -> Outcome {
        let id = self.element(selector)?;
        let typed = self.ask(&format!("/element/{id}/value"), json!({ "text": text }));
        typed.map(drop).map_err(|fault| format!("{selector}: {fault}"))
    }

    /// Until the page says so.
    pub fn sees(&self, text: &str) -> Outcome {
        let begun = Instant::now();
        loop {
            let source = self.source()?;
            if source.contains(text) {
                return Ok(());
            }
            if begun.elapsed() > SEEN_WITHIN {
                return Err(format!("{} does not say {text:?}: {source}", self.at()?));
            }
            sleep(PAUSE);
        }
    }

    /// A script that calls its last argument with what it found.
    pub fn run_async(&self, script: &str, args: Value) -> Outcome<Value> {
        self.ask("/execute/async", json!({ "script": script, "args": args }))
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
