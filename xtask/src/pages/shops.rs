//! What a buyer, a merchant, a rider and a manager do, each in a browser of their own: one order from the basket
//! to the door. Where scripts run, each sees what the others do without asking again, and what the rider presses
//! without a connection is sent once there is one.

use std::time::Duration;

use serde_json::json;

use super::axe::Axe;
use super::browser::{Browser, Driver, Scripts};
use super::city::{City, PASSWORD};
use super::walk::photo;
use crate::step::Outcome;

const BUYER: &str = "ama@ihhashi.example";
const MERCHANT: &str = "works.johannesburg@ihhashi.example";
const RIDER: &str = "bo@ihhashi.example";
const MANAGER: &str = "manager.johannesburg@ihhashi.example";
/// Where the buyer is, and the rider: near the store.
const DOOR: (f64, f64) = (-26.2050, 28.0520);
const BESIDE: (f64, f64) = (-26.2003, 28.0501);
const HOSTILE: &str = "<script>alert(1)</script>";
/// Somebody is looked for every few seconds.
const OFFERED_WITHIN: Duration = Duration::from_secs(120);

struct Shop<'a> {
    city: &'a City,
    axe: &'a Axe,
    scripts: Scripts,
    buyer: Browser,
    merchant: Browser,
    rider: Browser,
    manager: Browser,
}

pub fn whole(driver: &Driver, scripts: Scripts, city: &City, axe: &Axe) -> Outcome {
    let open = |who: &str| driver.open(scripts, who);
    let (buyer, merchant) = (open("buyer")?, open("merchant")?);
    let (rider, manager) = (open("rider")?, open("manager")?);
    let shop = Shop { city, axe, scripts, buyer, merchant, rider, manager };
    shop.opens()?;
    let (order, pin) = shop.orders()?;
    shop.accepts()?;
    shop.is_offered()?;
    shop.looks_on(&order)?;
    shop.prepares()?;
    shop.brings(&order, &pin)?;
    shop.is_delivered()
}

impl Shop<'_> {
    fn sign_in(&self, browser: &Browser, who: &str, to: &str) -> Outcome {
        browser.go(&self.city.shop(&format!("/sign-in?back={to}")))?;
        browser.type_into("#contact", who)?;
        browser.type_into("#password", PASSWORD)?;
        browser.click("button[value=password]")
    }

    fn check(&self, browser: &Browser, name: &str) -> Outcome {
        self.axe.check(browser, name)
    }

    /// Says so by itself; without scripts it is asked again.
    fn hears(&self, browser: &Browser, text: &str) -> Outcome {
        if self.scripts == Scripts::Off {
            browser.go(&browser.at()?)?;
        }
        browser.sees(text)
    }

    /// A page that is loaded anew forgets this.
    fn mark(&self, browser: &Browser) -> Outcome {
        match self.scripts {
            Scripts::Off => Ok(()),
            Scripts::On => browser.run_async("window.stayed = true; arguments[0]()", json!([])).map(drop),
        }
    }

    fn stayed(&self, browser: &Browser) -> Outcome {
        if self.scripts == Scripts::Off {
            return Ok(());
        }
        match browser.run_async("arguments[0](window.stayed === true)", json!([]))?.as_bool() {
            Some(true) => Ok(()),
            _ => Err(format!("{} was loaded anew", browser.at()?)),
        }
    }

    fn opens(&self) -> Outcome {
        self.sign_in(&self.merchant, MERCHANT, "")?;
        self.merchant.sees("No new orders")?;
        self.check(&self.merchant, "a store's orders")?;
        if self.scripts == Scripts::On {
            self.merchant.click("[data-follows] #count")?;
        }
        self.mark(&self.merchant)
    }

    /// From the front page to an order; its id, and the number for the door.
    fn orders(&self) -> Outcome<(String, String)> {
        let Self { buyer, city, .. } = self;
        buyer.go(&city.shop(&format!("/?lat={}&long={}", DOOR.0, DOOR.1)))?;
        buyer.sees("Example Kitchen")?;
        self.check(buyer, "stores")?;
        buyer.click("a[href*='/stores/']")?;
        buyer.sees("Put into the basket")?;
        self.check(buyer, "a store")?;
        buyer.click("button[value=add]")?;
        buyer.sees("It is in the basket")?;
        buyer.go(&city.shop("/basket"))?;
        buyer.sees("What does it cost?")?;
        self.check(buyer, "a basket")?;
        buyer.click("button[value=quote]")?;
        buyer.type_into("#contact", BUYER)?;
        self.check(buyer, "a sign-in")?;
        buyer.type_into("#password", PASSWORD)?;
        buyer.click("button[value=password]")?;
        buyer.click("button[value=quote]")?;
        buyer.sees("It costs this until")?;
        self.check(buyer, "what it costs")?;
        buyer.click("button[value=order]")?;
        buyer.sees("Please check this")?;
        self.check(buyer, "an order with a fault")?;
        buyer.type_into("#address", "1 Example Street")?;
        buyer.type_into("#note", HOSTILE)?;
        buyer.click("button[value=order]")?;
        buyer.sees("Thank you")?;
        self.check(buyer, "an order")?;
        let (at, source) = (buyer.at()?, buyer.source()?);
        if source.contains(HOSTILE) {
            return Err("what somebody typed stands in the page as it is".into());
        }
        let order = at.split("/orders/").nth(1).and_then(|rest| rest.split('?').next());
        let pin = source.split("pin-number\">").nth(1).and_then(|rest| rest.split('<').next());
        let (order, pin) = order.zip(pin).ok_or_else(|| format!("{at} is no order"))?;
        buyer.go(&city.shop("/orders"))?;
        buyer.sees("Waiting for the store")?;
        self.check(buyer, "one's orders")?;
        buyer.go(&city.shop(&format!("/orders/{order}")))?;
        if self.scripts == Scripts::On {
            buyer.click("[data-follows] #state")?;
        }
        self.mark(buyer)?;
        Ok((order.to_owned(), pin.to_owned()))
    }

    fn accepts(&self) -> Outcome {
        let merchant = &self.merchant;
        self.hears(merchant, "1 new order")?;
        self.stayed(merchant)?;
        self.check(merchant, "a store with an order")?;
        merchant.click("button[value=accept]")?;
        merchant.sees("status confirmed")?;
        self.hears(&self.buyer, "status confirmed")?;
        self.stayed(&self.buyer)
    }

    fn is_offered(&self) -> Outcome {
        let Self { rider, city, .. } = self;
        if self.scripts == Scripts::On {
            rider.stands_at(BESIDE.0, BESIDE.1)?;
        }
        self.sign_in(rider, RIDER, "/rider")?;
        rider.sees("You are not on duty")?;
        self.check(rider, "a rider off duty")?;
        rider.click("#duty summary")?;
        rider.type_into("#lat", &BESIDE.0.to_string())?;
        rider.type_into("#long", &BESIDE.1.to_string())?;
        rider.click("button[value=on]")?;
        rider.sees("You are on duty")?;
        self.mark(rider)?;
        let begun = std::time::Instant::now();
        while !rider.has("button[value=accept]") {
            if begun.elapsed() > OFFERED_WITHIN {
                return Err(format!("nothing is offered: {}", rider.source()?));
            }
            std::thread::sleep(Duration::from_secs(1));
            if self.scripts == Scripts::Off {
                rider.go(&city.shop("/rider"))?;
                std::thread::sleep(Duration::from_secs(2));
            }
        }
        self.stayed(rider)?;
        self.check(rider, "an offer")?;
        rider.click("button[value=accept]")?;
        rider.sees("The store is still preparing it")?;
        self.check(rider, "something to bring")
    }

    fn looks_on(&self, order: &str) -> Outcome {
        let Self { manager, city, .. } = self;
        self.sign_in(manager, MANAGER, "")?;
        manager.sees("1 order under way")?;
        self.check(manager, "all deliveries")?;
        manager.click(&format!("#{order} summary"))?;
        self.check(manager, "what a manager may do")?;
        manager.go(&city.shop("/delivery/figures"))?;
        manager.sees("What is expected")?;
        self.check(manager, "figures")?;
        manager.go(&city.shop("/delivery"))?;
        manager.sees("1 order under way")?;
        self.mark(manager)
    }

    fn prepares(&self) -> Outcome {
        let Self { merchant, buyer, .. } = self;
        merchant.click("button[value=prepare]")?;
        merchant.sees("status preparing")?;
        self.hears(buyer, "status preparing")?;
        merchant.click("button[value=ready]")?;
        merchant.sees("status ready")?;
        self.hears(buyer, "status ready")?;
        self.hears(&self.rider, "class=\"step\"")?;
        merchant.click("a[href$='/products']")?;
        merchant.sees("What the store sells")?;
        self.check(merchant, "what a store sells")?;
        merchant.click("button[value=sold_out]")?;
        merchant.sees("There again")?;
        merchant.click("button[value=active]")?;
        merchant.sees_no_more("button[value=active]")
    }

    fn brings(&self, order: &str, pin: &str) -> Outcome {
        let Self { rider, buyer, city, .. } = self;
        let offline = self.scripts == Scripts::On;
        if offline {
            rider.offline(true)?;
        }
        rider.click(".step:not([hidden]) button[value=picked_up]")?;
        if offline {
            rider.click(".step:not([hidden]) button[value=on_the_way]")?;
            rider.click("#queue:not([hidden]) li:nth-child(2)")?;
            if buyer.source()?.contains("status picked_up") {
                return Err("something was sent without a connection".into());
            }
            self.check(rider, "a rider without a connection")?;
            rider.offline(false)?;
            rider.sees("All is sent.")?;
            self.stayed(rider)?;
        } else {
            rider.sees("status picked_up")?;
            rider.click(".step:not([hidden]) button[value=on_the_way]")?;
        }
        rider.sees("status in_transit")?;
        self.check(rider, "on the way")?;
        self.hears(buyer, "status in_transit")?;
        self.stayed(buyer)?;
        self.check(buyer, "an order on the way")?;
        if offline {
            // The map follows the rider, by the place that the device told.
            buyer.sees_no_more("#rider-dot[cx='-50']")?;
            rider.type_into(&format!("#{order}-p"), pin)?;
            rider.click("button[value=delivered]")?;
        } else {
            rider.click(&format!("#{order} details summary"))?;
            rider.choose_file("input[type=file]", &photo(city)?)?;
            rider.click("button[value=photo]")?;
        }
        rider.sees_no_more(&format!("#{order}"))
    }

    fn is_delivered(&self) -> Outcome {
        let Self { rider, buyer, manager, .. } = self;
        self.hears(buyer, "status delivered")?;
        self.stayed(buyer)?;
        self.check(buyer, "a delivered order")?;
        rider.sees("Delivered ·")?;
        self.check(rider, "what a rider brought")?;
        self.hears(manager, "0 orders under way")?;
        self.stayed(manager)?;
        rider.click("button[value=off]")?;
        rider.sees("You are not on duty")
    }
}
