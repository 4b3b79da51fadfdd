//! What GeoReport shows of services and requests.

use geo::Point;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

use super::form::Node;
use crate::category::model::Category;
use crate::category::question::{Datatype, Question};
use crate::request::model::Request;

/// All services that can be asked for.
pub fn services<'a>(categories: impl IntoIterator<Item = &'a Category>) -> Node {
    let service = |category: &Category| {
        Node::Fields(vec![
            ("service_code", category.code.as_str().into()),
            ("service_name", category.name.as_str().into()),
            ("description", category.about.as_deref().into()),
            ("metadata", (!category.questions.is_empty()).into()),
            ("type", "realtime".into()),
            ("keywords", category.keywords.as_deref().into()),
            ("group", category.kin.as_deref().into()),
        ])
    };
    Node::List("service", categories.into_iter().map(service).collect())
}

/// One service with its questions, as attributes.
pub fn definition(category: &Category) -> Node {
    let mut questions: Vec<&Question> = category.questions.iter().collect();
    questions.sort_by_key(|question| question.order);
    let attributes = questions.iter().zip(1..).map(|(question, order)| attribute(question, order));
    Node::Fields(vec![
        ("service_code", category.code.as_str().into()),
        ("attributes", Node::List("attribute", attributes.collect())),
    ])
}

fn attribute(question: &Question, order: usize) -> Node {
    let datatype = match question.datatype {
        Datatype::String => "string",
        Datatype::Number => "number",
        Datatype::DateTime => "datetime",
        Datatype::Text => "text",
        Datatype::SingleValueList => "singlevaluelist",
        Datatype::MultiValueList => "multivaluelist",
    };
    let value = |choice: &crate::category::question::Choice| {
        Node::Fields(vec![("key", choice.key.as_str().into()), ("name", choice.name.as_str().into())])
    };
    let mut fields = vec![
        ("variable", question.variable.into()),
        ("code", question.code.as_str().into()),
        ("datatype", datatype.into()),
        ("required", question.required.into()),
        ("datatype_description", question.datatype_description.as_deref().into()),
        ("order", Node::Number(order.to_string())),
        ("description", question.description.as_str().into()),
    ];
    if question.datatype.is_list() {
        fields.push(("values", Node::List("value", question.values.iter().map(value).collect())));
    }
    Node::Fields(fields)
}

/// What a request cannot say by itself.
pub struct Around<'a> {
    pub category: Option<&'a Category>,
    pub agency: Option<&'a str>,
    /// Where its pictures are, within the market.
    pub photos: &'a [String],
    /// What stands before that in an address for others.
    pub base: &'a str,
    pub zone: &'a TimeZone,
    /// More than GeoReport asks for.
    pub extended: bool,
}

pub fn request(request: &Request, number: String, around: &Around<'_>) -> Node {
    let time = |at: Timestamp| Node::text(moment(at, around.zone));
    let photo = |path: &String| format!("{}{path}", around.base);
    let mut fields = vec![
        ("service_request_id", Node::text(number)),
        ("status", if request.status.is_over() { "closed" } else { "open" }.into()),
        ("status_notes", request.note.as_deref().into()),
        ("service_name", around.category.map_or(request.category.as_str(), |it| &it.name).into()),
        ("service_code", request.category.as_str().into()),
        ("description", request.description.as_str().into()),
        ("agency_responsible", around.agency.into()),
        ("service_notice", around.category.and_then(|it| it.notice.as_deref()).into()),
        ("requested_datetime", time(request.at)),
        ("updated_datetime", time(request.updated)),
        ("expected_datetime", request.due.map(time).into()),
        ("address", request.address.as_deref().into()),
        ("address_id", Node::Nothing),
        ("zipcode", request.zipcode.as_deref().into()),
        ("lat", degrees(request.place.lat_e7())),
        ("long", degrees(request.place.long_e7())),
        ("media_url", around.photos.first().map(photo).into()),
    ];
    if around.extended {
        fields.push(("extended_attributes", extended(request, around.photos.iter().map(photo))));
    }
    Node::Fields(fields)
}

fn extended(request: &Request, photos: impl Iterator<Item = String>) -> Node {
    let photos = photos.map(|photo| Node::Fields(vec![("media_url", photo.into())]));
    Node::Fields(vec![
        ("status_detail", request.status.name().into()),
        ("area", request.area.as_deref().into()),
        ("me_too", Node::Number(request.seconds.to_string())),
        ("photos", Node::List("photo", photos.collect())),
    ])
}

/// With the offset of the city, to the second.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Seven digits are all there are: no float in between, so that what went in comes out.
fn degrees(e7: i32) -> Node {
    const ONE: u32 = 10_000_000;
    let sign = if e7 < 0 { "-" } else { "" };
    let (whole, part) = (e7.unsigned_abs() / ONE, e7.unsigned_abs() % ONE);
    let digits = format!("{part:07}");
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    Node::Number(format!("{sign}{whole}.{digits}"))
}

/// A point as GeoReport's clients write it.
pub fn point(lat: &str, long: &str) -> Option<Point> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    Point::from_degrees(number(lat)?, number(long)?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::form::Form;
    use super::*;
    use crate::request::model::{RequestId, Status};

    fn shown(request: &Request, extended: bool) -> serde_json::Value {
        let zone = TimeZone::get("America/New_York").unwrap();
        let category = Category { notice: Some("Within a week.".into()), ..Category::named("hole", "Hole") };
        let around = Around {
            category: Some(&category),
            agency: None,
            photos: &["/v1/photos/a".to_owned(), "/v1/photos/b".to_owned()],
            base: "https://city.example",
            zone: &zone,
            extended,
        };
        let node = super::request(request, "1234".into(), &around);
        serde_json::from_str(&Form::Json.write("request", &node)).unwrap()
    }

    #[test]
    fn a_request_has_every_field_of_the_contract() {
        let place = Point::from_e7(-423_600_000, 5).unwrap();
        let at = "2026-03-01T10:00:00.123456Z".parse().unwrap();
        let mut request = Request::new(RequestId::from_raw(1), "hole", "Deep", place, at);
        let fields = serde_json::json!({
            "service_request_id": "1234", "status": "open", "status_notes": null, "service_name": "Hole",
            "service_code": "hole", "description": "Deep", "agency_responsible": null,
            "service_notice": "Within a week.", "requested_datetime": "2026-03-01T05:00:00-05:00",
            "updated_datetime": "2026-03-01T05:00:00-05:00", "expected_datetime": null, "address": null,
            "address_id": null, "zipcode": null, "lat": -42.36, "long": 0.000_000_5,
            "media_url": "https://city.example/v1/photos/a",
        });
        assert_eq!(shown(&request, false), fields);
        request.status = Status::Resolved;
        let more = shown(&request, true);
        assert_eq!(more["status"], "closed");
        assert_eq!(more["extended_attributes"]["status_detail"], "resolved");
        assert_eq!(more["extended_attributes"]["photos"][1]["media_url"], "https://city.example/v1/photos/b");
    }

    #[test]
    fn degrees_keep_all_their_digits() {
        for (e7, text) in
            [(0, "0.0"), (-1, "-0.0000001"), (1_800_000_000, "180.0"), (423_601_230, "42.360123")]
        {
            assert_eq!(degrees(e7), Node::Number(text.into()));
        }
        assert_eq!(point(" 42.360123", "-71.0").map(Point::lat_e7), Some(423_601_230));
        for (lat, long) in [("", "1"), ("nan", "1"), ("91", "1"), ("1", "1e9"), ("1,5", "2")] {
            assert_eq!(point(lat, long), None, "{lat} {long}");
        }
    }
}
