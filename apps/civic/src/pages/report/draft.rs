//! What was given so far: from a form, into the hidden fields of the next one, into a report.

use geo::Point;
use serde_json::{Map, Value, json};
use web::Fields;

use crate::pages::forms::{contact, typed};
use crate::pages::frame::Frame;
use crate::pages::limits::{PHOTOS_MAX, VALUES_MAX};
use crate::pages::views::Question;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    What,
    Where,
    Details,
    Send,
}

impl Step {
    pub const ALL: [Step; 4] = [Step::What, Step::Where, Step::Details, Step::Send];

    pub fn name(self) -> &'static str {
        match self {
            Step::What => "what",
            Step::Where => "where",
            Step::Details => "details",
            Step::Send => "send",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    pub fn before(self) -> Self {
        Self::ALL[(self as usize).saturating_sub(1)]
    }

    pub fn after(self) -> Self {
        Self::ALL[(self as usize + 1).min(3)]
    }

    /// Where a field stands.
    pub fn of(field: &str) -> Self {
        match field {
            "category" => Step::What,
            "place" | "address" | "zipcode" | "lat" | "long" => Step::Where,
            _ => Step::Details,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub category: String,
    /// As typed; a pin that was set fills them in.
    pub lat: String,
    pub long: String,
    pub address: String,
    pub frame: Option<Frame>,
    pub description: String,
    /// By the code of the question.
    pub answers: Vec<(String, String)>,
    pub photos: Vec<String>,
    pub contact: Map<String, Value>,
    pub form: String,
}

const CONTACT: [&str; 5] = ["name", "email", "phone", "channel", "language"];

impl Draft {
    pub fn read(fields: &Fields) -> Self {
        let text = |name: &str| typed(fields, name).to_owned();
        let answers = fields.0.iter().filter_map(|field| {
            let code = field.name.strip_prefix("a.")?;
            Some((code.to_owned(), field.text()?.to_owned()))
        });
        let at = text("at");
        Self {
            category: text("category"),
            lat: text("lat").trim().to_owned(),
            long: text("long").trim().to_owned(),
            address: text("address"),
            frame: Frame::read(Some(&at), fields.text("z")),
            description: text("description"),
            answers: answers.filter(|(_, text)| !text.is_empty()).take(VALUES_MAX).collect(),
            photos: fields.all("photo").take(PHOTOS_MAX).map(str::to_owned).collect(),
            contact: contact(fields).as_object().cloned().unwrap_or_default(),
            form: text("form"),
        }
    }

    /// All that is not shown on this step, so that it goes along.
    pub fn hidden(&self, step: Step) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> =
            vec![("step".into(), step.name().into()), ("form".into(), self.form.clone())];
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                all.push((name.to_owned(), value.to_owned()));
            }
        };
        if step != Step::What {
            add("category", &self.category);
        }
        if step != Step::Where {
            add("lat", &self.lat);
            add("long", &self.long);
            add("address", &self.address);
        }
        if let Some(frame) = &self.frame {
            add("at", &frame.at());
            add("z", &frame.zoom.to_string());
        }
        self.photos.iter().for_each(|photo| add("photo", photo));
        if step != Step::Details {
            add("description", &self.description);
            self.answers.iter().for_each(|(code, text)| add(&format!("a.{code}"), text));
            CONTACT.iter().for_each(|name| add(name, self.contact(name)));
        }
        all
    }

    pub fn contact(&self, name: &str) -> &str {
        self.contact.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn answer(&self, code: &str) -> &str {
        self.answers.iter().find(|(its, _)| its == code).map_or("", |(_, text)| text)
    }

    pub fn has_answer(&self, code: &str, key: &str) -> bool {
        self.answers.iter().any(|(its, text)| its == code && text == key)
    }

    /// Where the pin is; an error where something was typed that is no place.
    pub fn pin(&self) -> Result<Option<Point>, ()> {
        match (&*self.lat, &*self.long) {
            ("", "") => Ok(None),
            (lat, long) => Point::parse("place", &format!("{lat},{long}")).map(Some).map_err(|_| ()),
        }
    }

    /// As a report. What comes after `step` was not asked yet, and is filled in with what does no harm.
    pub fn report(&self, questions: &[Question], step: Step) -> Value {
        // What is empty is sent as blank: the rules say what is wrong with it, together with the rest.
        let or_blank =
            |text: &str, blank: &str| if text.is_empty() { blank.to_owned() } else { text.to_owned() };
        let category = or_blank(&self.category, "-");
        let mut report = json!({ "category": category, "photos": self.photos });
        let pin = self.pin().ok().flatten();
        let is_asked = |its: Step| step >= its;
        let address = self.address.trim();
        if is_asked(Step::Where) && !address.is_empty() {
            report["address"] = address.into();
        }
        match pin {
            Some(pin) if is_asked(Step::Where) => report["place"] = json!(pin),
            _ if is_asked(Step::Where) => {}
            _ => report["place"] = json!({ "lat": 0, "long": 0 }),
        }
        let description = if is_asked(Step::Details) { self.description.trim() } else { "-" };
        report["description"] = or_blank(description, " ").into();
        if is_asked(Step::Details) {
            report["answers"] = self.answered(questions).into();
            if !self.contact.is_empty() {
                report["contact"] = self.contact.clone().into();
            }
        }
        report
    }

    /// What may be chosen more than once is a list.
    fn answered(&self, questions: &[Question]) -> Map<String, Value> {
        let mut answers = Map::new();
        for question in questions.iter().filter(|question| question.variable) {
            let given = self.answers.iter().filter(|(code, _)| *code == question.code);
            let mut given: Vec<Value> = given.map(|(_, text)| text.trim().into()).collect();
            if given.is_empty() {
                continue;
            }
            let is_list = question.datatype == "multivaluelist";
            let answer = if is_list { Value::from(given) } else { given.swap_remove(0) };
            answers.insert(question.code.clone(), answer);
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use web::Field;

    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let field = |(name, text): &(&str, &str)| Field {
            name: (*name).into(),
            file: None,
            media: None,
            bytes: Bytes::copy_from_slice(text.as_bytes()),
        };
        Fields(pairs.iter().map(field).collect())
    }

    const ALL: [(&str, &str); 12] = [
        ("category", "hole"),
        ("lat", "1.5"),
        ("long", "-2"),
        ("address", "1 Main <St>"),
        ("at", "1.5000000,2.0000000"),
        ("z", "14"),
        ("description", "a \"b\" & c"),
        ("a.many", "x"),
        ("a.many", "y"),
        ("photo", "imt_1"),
        ("email", "a@b.org"),
        ("form", "k"),
    ];

    #[test]
    fn what_was_given_goes_along_through_every_step() {
        let draft = Draft::read(&fields(&ALL));
        for step in Step::ALL {
            let mut hidden = draft.hidden(step);
            hidden.retain(|(name, _)| name != "step");
            let shown = ALL.iter().filter(|(name, _)| {
                let is_here = !matches!(*name, "at" | "z" | "photo" | "form") && Step::of(name) == step;
                !is_here
            });
            let expected: std::collections::BTreeSet<_> =
                shown.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            assert_eq!(hidden.into_iter().collect::<std::collections::BTreeSet<_>>(), expected, "{step:?}");
        }
    }

    #[test]
    fn a_report_says_what_was_asked_so_far() {
        let draft = Draft::read(&fields(&ALL));
        let question = |code: &str, datatype: &str| Question {
            code: code.into(),
            datatype: datatype.into(),
            required: false,
            variable: true,
            order: 0,
            description: String::new(),
            datatype_description: None,
            values: Vec::new(),
        };
        let questions = [question("many", "multivaluelist"), question("one", "string")];
        let whole = draft.report(&questions, Step::Send);
        assert_eq!(whole["answers"], json!({ "many": ["x", "y"] }));
        assert_eq!((&whole["place"]["lat"], &whole["address"]), (&json!(1.5), &json!("1 Main <St>")));
        assert_eq!(whole["contact"], json!({ "email": "a@b.org" }));
        let first = draft.report(&questions, Step::What);
        assert_eq!((&first["description"], first.get("contact")), (&json!("-"), None));
        let nowhere = Draft { lat: "x".into(), ..draft };
        assert!(nowhere.pin().is_err());
    }
}
