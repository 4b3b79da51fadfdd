//! What people do, from the first page to the closed request.

use super::axe::Axe;
use super::browser::{Browser, Scripts};
use super::city::{City, OWNER, PASSWORD};
use crate::step::Outcome;

/// The button that people see; another one, unseen, is what the enter key presses.
const NEXT: &str = "button[value=next]:not(.hidden)";
const SEND: &str = "button[value=send]:not(.hidden)";

pub fn whole(browser: &Browser, city: &City, axe: &Axe) -> Outcome {
    let number = report(browser, city, axe)?;
    public(browser, city, axe)?;
    staff(browser, city, axe, &number)?;
    browser.go(&city.page(&format!("/track/{number}")))?;
    browser.sees("Resolved")?;
    axe.check(browser, "a resolved request")
}

/// The tracking number.
fn report(browser: &Browser, city: &City, axe: &Axe) -> Outcome<String> {
    browser.go(&city.page("/"))?;
    axe.check(browser, "front")?;
    browser.click("main a.button")?;
    browser.sees("Step 1 of 4")?;
    browser.click(NEXT)?;
    browser.sees("Please check this")?;
    axe.check(browser, "step 1 with a fault")?;
    browser.click("input[name=category][value=pothole]")?;
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
    browser.sees("Step 3 of 4")?;
    axe.check(browser, "step 3")?;
    browser.click(NEXT)?;
    browser.sees("Please check this")?;
    axe.check(browser, "step 3 with faults")?;
    browser.type_into("#description", "A hole, made up by a check of the pages")?;
    browser.type_into("#email", "somebody@x.example")?;
    answer(browser)?;
    browser.click(NEXT)?;
    browser.sees("Step 4 of 4")?;
    axe.check(browser, "step 4")?;
    browser.click(SEND)?;
    browser.sees("Your report has been sent")?;
    axe.check(browser, "one's own request")?;
    let at = browser.at()?;
    let number = at.split("/track/").nth(1).and_then(|rest| rest.split(['?', '#']).next());
    if at.contains("irf_") {
        return Err(format!("the secret stayed in the address: {at}"));
    }
    Ok(number.ok_or_else(|| format!("{at} is no tracking page"))?.to_owned())
}

/// Questions of the category that must be answered: by the first choice, or with a number.
fn answer(browser: &Browser) -> Outcome {
    for (kind, keys) in
        [("input[aria-invalid=true][name^='a.']", "3"), ("select[aria-invalid=true][name^='a.']", "\u{e015}")]
    {
        if browser.has(kind) {
            browser.type_into(kind, keys)?;
        }
    }
    Ok(())
}

fn public(browser: &Browser, city: &City, axe: &Axe) -> Outcome {
    for (path, says) in [
        ("/map", "On this part of the map"),
        ("/track", "Tracking number"),
        ("/track/01HQ3-V8K2M-4XZ7", "There is no request with this number"),
        ("/sign-in", "Password"),
        ("/unsubscribe/nothing", "There is nothing here"),
        ("/?lang=es", "Informar de un problema"),
        ("/?lang=fr", "Signaler un problème"),
        ("/?lang=en", "Report a problem"),
    ] {
        browser.go(&city.page(path))?;
        browser.sees(says)?;
        axe.check(browser, path)?;
    }
    Ok(())
}

fn staff(browser: &Browser, city: &City, axe: &Axe, number: &str) -> Outcome {
    browser.go(&city.page("/desk"))?;
    browser.type_into("#contact", OWNER)?;
    browser.type_into("#password", PASSWORD)?;
    browser.click("button[value=password]")?;
    browser.sees("Kept filters")?;
    axe.check(browser, "desk")?;
    browser.go(&city.page("/desk/figures"))?;
    browser.sees("By category")?;
    axe.check(browser, "figures")?;
    browser.go(&city.page(&format!("/desk/requests/{}", city.request(number)?)))?;
    browser.sees("Change the state")?;
    axe.check(browser, "one request at the desk")?;
    // The state that begins with these letters.
    browser.type_into("#to", "Resolved")?;
    browser.click("button[value=move]")?;
    browser.sees("Done.")?;
    axe.check(browser, "one request that was moved")?;
    browser.click("footer button")?;
    browser.sees("Report a problem")
}
