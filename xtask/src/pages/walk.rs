//! What people do, from the first page to the closed request.

use std::path::PathBuf;

use super::axe::Axe;
use super::browser::{Browser, Scripts};
use super::city::{City, REPORTED, WORKER};
use crate::step::Outcome;

/// The button that people see; another one, unseen, is what the enter key presses.
const NEXT: &str = "button[value=next]:not(.hidden)";
const SEND: &str = "button[value=send]:not(.hidden)";
/// Eight grey dots by eight, as a PNG.
const PHOTO: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADklEQVR4nGNogAIGyhgAgIQgAQ2AJGEAAAAASUVORK5CYII=";

pub fn whole(browser: &Browser, city: &City, axe: &Axe, desk: &str) -> Outcome {
    let number = report(browser, city, axe, true)?;
    again(browser, city, axe)?;
    public(browser, city, axe, &number)?;
    map(browser, city, axe)?;
    staff(browser, city, axe, desk, &number)?;
    browser.go(&city.page(&format!("/track/{number}")))?;
    browser.sees("Resolved")?;
    browser.sees("We were there.")?;
    axe.check(browser, "a resolved request")
}

/// Step by step; the tracking number.
fn report(browser: &Browser, city: &City, axe: &Axe, first: bool) -> Outcome<String> {
    what_and_where(browser, city, axe, first)?;
    axe.check(browser, "step 3")?;
    browser.click(NEXT)?;
    browser.sees("Please check this")?;
    axe.check(browser, "step 3 with faults")?;
    browser.type_into("#description", "A hole, made up by a check of the pages")?;
    browser.type_into("#email", "somebody@x.example")?;
    browser.choose_file("input[type=file]", &photo(city)?)?;
    answer(browser)?;
    browser.click(NEXT)?;
    browser.sees("Step 4 of 4")?;
    axe.check(browser, "step 4")?;
    browser.click(SEND)?;
    browser.sees("Your report has been sent")?;
    let at = browser.at()?;
    let number = at.split("/track/").nth(1).and_then(|rest| rest.split(['?', '#']).next());
    if at.contains("irf_") {
        return Err(format!("the secret stayed in the address: {at}"));
    }
    let number = number.ok_or_else(|| format!("{at} is no tracking page"))?.to_owned();
    // A picture is looked at before it is shown.
    let path = format!("/v1/requests/{}", city.request(&number)?);
    let shown = || city.read(&path).is_ok_and(|it| it["photos"][0]["thumb"].is_string());
    if !testkit::until(std::time::Duration::from_secs(60), shown) {
        return Err(format!("the photo of {number} is never shown"));
    }
    browser.go(&city.page(&format!("/track/{number}")))?;
    browser.sees("class=\"photos\"")?;
    axe.check(browser, "one's own request")?;
    Ok(number)
}

fn what_and_where(browser: &Browser, city: &City, axe: &Axe, first: bool) -> Outcome {
    browser.go(&city.page("/?lang=en"))?;
    browser.sees("Report a problem")?;
    axe.check(browser, "front")?;
    browser.click("main a.button")?;
    browser.sees("Step 1 of 4")?;
    if first {
        browser.click(NEXT)?;
        browser.sees("Please check this")?;
        axe.check(browser, "step 1 with a fault")?;
    }
    browser.click(&format!("input[name=category][value={REPORTED}]"))?;
    browser.click(NEXT)?;
    browser.sees("Step 2 of 4")?;
    // Only a script shows this button: so it is seen whether scripts run.
    if browser.has("p.locate[hidden]") != (browser.scripts == Scripts::Off) {
        return Err("scripts run where they should not, or do not where they should".into());
    }
    axe.check(browser, "step 2")?;
    browser.click(".narrow input[type=image]")?;
    browser.sees("The pin is set")?;
    axe.check(browser, "step 2 with a pin")?;
    browser.click(NEXT)?;
    browser.sees("Step 3 of 4")
}

/// The same at the same place: it is offered, and joined instead of reported twice.
fn again(browser: &Browser, city: &City, axe: &Axe) -> Outcome {
    what_and_where(browser, city, axe, false)?;
    browser.type_into("#description", "A hole, made up by a check of the pages")?;
    browser.click(NEXT)?;
    if browser.sees_one(&["Step 4 of 4", "Please check this"])? == 1 {
        answer(browser)?;
        browser.click(NEXT)?;
    }
    browser.sees("id=\"near\"")?;
    axe.check(browser, "step 4 with one that is near")?;
    browser.click("button[value^='same:']")?;
    browser.sees("role=\"status\"")?;
    browser.sees("role=\"status\"")?;
    axe.check(browser, "somebody else's request")
}

/// Where the program was built with the library for it, a map that moves takes the picture's place.
fn map(browser: &Browser, city: &City, axe: &Axe) -> Outcome {
    browser.go(&city.page("/map"))?;
    browser.sees("class=\"map instead\"")?;
    if browser.scripts == Scripts::Off || !browser.has("#live") {
        return Ok(());
    }
    let ready = || browser.has("#live[data-ready] canvas") && browser.has(".map.instead[hidden]");
    if !testkit::until(std::time::Duration::from_secs(30), ready) {
        return Err("the map that moves is not ready within 30 s".into());
    }
    axe.check(browser, "the map that moves")?;
    browser.click(".maplibregl-ctrl-zoom-in")?;
    let moved = || browser.at().is_ok_and(|at| at.contains("z="));
    if testkit::until(std::time::Duration::from_secs(10), moved) {
        Ok(())
    } else {
        Err("the map does not say where it moved".into())
    }
}

pub fn photo(city: &City) -> Outcome<PathBuf> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(PHOTO).map_err(|fault| fault.to_string())?;
    let file = city.folder().join("photo.png");
    std::fs::write(&file, bytes).map_err(|fault| format!("{}: {fault}", file.display()))?;
    Ok(file)
}

/// Questions of the category that must be answered: by the first choice, or with a number.
fn answer(browser: &Browser) -> Outcome {
    let (field, list) = ("input[aria-invalid=true][name^='a.']", "select[aria-invalid=true][name^='a.']");
    if browser.has(field) {
        browser.type_into(field, "3")?;
    }
    if browser.has(list) {
        let letters = first_choice(&browser.source()?);
        browser.choose(list, &letters)?;
    }
    Ok(())
}

/// The name of the first choice of the list that must be answered.
fn first_choice(source: &str) -> String {
    let list = source.split("<select id=\"a.").find(|it| it.contains("aria-invalid")).unwrap_or_default();
    let choices = list.split("<option value=\"").skip(2);
    let name = choices.filter_map(|it| it.split('>').nth(1)).find_map(|it| it.split('<').next());
    name.unwrap_or_default().to_owned()
}

fn public(browser: &Browser, city: &City, axe: &Axe, number: &str) -> Outcome {
    let own = format!("/track/{number}");
    for (language, says) in [
        ("es", ["Informar de un problema", "Iniciar sesión"]),
        ("fr", ["Signaler un problème", "Se connecter"]),
        ("en", ["Report a problem", "Sign in"]),
    ] {
        browser.go(&city.page(&format!("/?lang={language}")))?;
        browser.sees(says[0])?;
        browser.sees(&format!("<html lang=\"{language}\""))?;
        for path in ["/", "/map", "/track", "/sign-in", "/report", &own] {
            browser.go(&city.page(path))?;
            browser.sees(says[1])?;
            browser.sees(&format!("<html lang=\"{language}\""))?;
            axe.check(browser, &format!("{path} in {language}"))?;
        }
    }
    for (path, says) in [
        ("/track/01HQ3-V8K2M-4XZ7", "There is no request with this number"),
        ("/unsubscribe/nothing", "There is nothing here"),
        ("/map", "On this part of the map"),
    ] {
        browser.go(&city.page(path))?;
        browser.sees(says)?;
        axe.check(browser, path)?;
    }
    Ok(())
}

/// Signed in by a code, at the desk of an agency.
fn staff(browser: &Browser, city: &City, axe: &Axe, desk: &str, number: &str) -> Outcome {
    browser.go(&city.page(desk))?;
    browser.type_into("#contact", WORKER)?;
    browser.click("button[value=ask]")?;
    browser.sees("name=\"digits\"")?;
    axe.check(browser, "sign-in with a code")?;
    browser.type_into("#digits", &city.code_of(WORKER)?)?;
    browser.click("button[value=code]")?;
    browser.sees("Kept filters")?;
    axe.check(browser, "desk")?;
    browser.sees(number)?;
    browser.go(&city.page(&format!("{}/requests/{}", desk, city.request(number)?)))?;
    browser.sees("Change the state")?;
    axe.check(browser, "one request at the desk")?;
    browser.type_into("#text", "We were there.")?;
    browser.click("button[value=answer]")?;
    browser.sees("Done.")?;
    // The state that begins with these letters.
    browser.choose("#to", "Resolved")?;
    browser.click("button[value=move]")?;
    browser.sees("status resolved")?;
    axe.check(browser, "one request that was moved")?;
    browser.click("footer button")?;
    browser.sees("Report a problem")
}
