//! As much of a browser as forms need: cookies, hidden fields, one form sent by one button.

use std::collections::BTreeMap;

use crate::client::Client;

pub struct Browser {
    client: Client,
    base: String,
    pub cookies: BTreeMap<String, String>,
    pub headers: Vec<(&'static str, &'static str)>,
}

pub struct Page {
    pub status: u16,
    pub text: String,
    /// Where it leads, within the market.
    pub location: String,
    pub set_cookies: Vec<String>,
    path: String,
}

impl Browser {
    pub fn new(client: Client, base: &str) -> Self {
        let headers = vec![("sec-fetch-site", "same-origin")];
        Self { client, base: base.to_owned(), cookies: BTreeMap::new(), headers }
    }

    pub fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path, None)
    }

    /// Follows wherever it leads.
    pub fn visit(&mut self, path: &str) -> Page {
        let mut page = self.get(path);
        for _ in 0..8 {
            if page.status != 303 {
                return page;
            }
            page = self.get(&page.location.clone());
        }
        panic!("{path} leads nowhere");
    }

    /// The form of a page that has this button, with what was typed beside what is hidden in it.
    pub fn send(&mut self, page: &Page, typed: &[(&str, &str)], go: &str) -> Page {
        let mut fields = hidden(page.form(go));
        for (name, value) in typed {
            fields.retain(|(its, _)| its != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        fields.push(("go".into(), go.into()));
        let action = page.action(go);
        let path = if action.is_empty() { page.path.clone() } else { action };
        let path = path.strip_prefix(&self.base).map_or(path.clone(), str::to_owned);
        self.post(&path, &fields)
    }

    pub fn post(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        self.ask("POST", path, Some(pairs.join("&").into_bytes()))
    }

    fn ask(&mut self, method: &str, path: &str, body: Option<Vec<u8>>) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = self.headers.clone();
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        if body.is_some() {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let whole = format!("{}{path}", self.base);
        let answer = self.client.send(method, &whole, &headers, body.as_deref());
        let set: Vec<String> =
            answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        for cookie in &set {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match cookie.contains("Max-Age=0;") {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        let location = answer.header("location").to_owned();
        let location = location.strip_prefix(&self.base).map_or(location.clone(), str::to_owned);
        Page { status: answer.status, text: answer.text(), location, set_cookies: set, path: path.to_owned() }
    }
}

impl Page {
    /// The form that has a button of this value.
    fn form(&self, go: &str) -> &str {
        let button = format!("value=\"{go}\"");
        let has = |form: &&str| form.contains("name=\"go\"") && form.contains(&button);
        let forms =
            self.text.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap_or(rest));
        forms.into_iter().find(has).unwrap_or_else(|| panic!("no button {go} in {}", self.text))
    }

    fn action(&self, go: &str) -> String {
        let head = self.form(go).split('>').next().unwrap_or_default();
        attribute(head, "action").unwrap_or_default()
    }
}

/// The hidden fields of a form.
pub fn hidden(form: &str) -> Vec<(String, String)> {
    let inputs = form.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let hidden = inputs.filter(|input| input.starts_with("type=\"hidden\""));
    hidden.map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap())).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split('"').next()?;
    let mut text = value.to_owned();
    // The ampersand last: what it leaves is no code.
    for (code, letter) in [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")] {
        text = text.replace(code, letter);
    }
    Some(text)
}

pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
