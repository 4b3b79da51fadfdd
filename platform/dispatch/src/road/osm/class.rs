use crate::mode::Mode;

/// Who uses roads alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    Foot,
    Bicycle,
    Motor,
}

impl Traffic {
    pub const ALL: [Self; 3] = [Self::Foot, Self::Bicycle, Self::Motor];

    pub fn of(mode: Mode) -> Self {
        match mode {
            Mode::Foot => Self::Foot,
            Mode::Bicycle => Self::Bicycle,
            _ => Self::Motor,
        }
    }
}

/// How fast a way is in kilometres an hour, forwards and backwards; nought is closed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Speed {
    pub forwards: f64,
    pub backwards: f64,
}

const WALK: f64 = 4.5;

/// Class, then motors, bicycles and people on foot; with lights, corners and others in the way.
const CLASSES: [(&str, f64, f64, f64); 18] = [
    ("motorway", 95.0, 0.0, 0.0),
    ("motorway_link", 50.0, 0.0, 0.0),
    ("trunk", 70.0, 0.0, 0.0),
    ("trunk_link", 45.0, 0.0, 0.0),
    ("primary", 45.0, 16.0, WALK),
    ("primary_link", 35.0, 16.0, WALK),
    ("secondary", 40.0, 16.0, WALK),
    ("secondary_link", 32.0, 16.0, WALK),
    ("tertiary", 35.0, 16.0, WALK),
    ("tertiary_link", 28.0, 16.0, WALK),
    ("unclassified", 30.0, 16.0, WALK),
    ("residential", 24.0, 15.0, WALK),
    ("living_street", 10.0, 12.0, WALK),
    ("service", 12.0, 12.0, WALK),
    ("track", 0.0, 10.0, WALK),
    ("cycleway", 0.0, 16.0, WALK),
    ("path", 0.0, 10.0, WALK),
    ("pedestrian", 0.0, 0.0, WALK),
];
const ON_FOOT_ONLY: [&str; 2] = ["footway", "steps"];
/// Of what a sign allows, so much is reached on average.
const OF_MAXSPEED: f64 = 0.8;

/// How fast this traffic is on a way with these tags; nothing where it may not go.
pub fn speed(tags: &[(&str, &str)], traffic: Traffic) -> Option<Speed> {
    let tag = |key: &str| tags.iter().find(|(its, _)| *its == key).map(|(_, value)| *value);
    let class = tag("highway")?;
    let usual = match CLASSES.iter().find(|(name, ..)| *name == class) {
        Some((_, motor, bicycle, foot)) => match traffic {
            Traffic::Motor => *motor,
            Traffic::Bicycle => *bicycle,
            Traffic::Foot => *foot,
        },
        None if ON_FOOT_ONLY.contains(&class) && traffic == Traffic::Foot => WALK,
        None if ON_FOOT_ONLY.contains(&class) => 0.0,
        None => return None,
    };
    let speed = match (allowed(tags, traffic), traffic) {
        (Some(false), _) => 0.0,
        (Some(true), Traffic::Foot) => WALK,
        (Some(true), Traffic::Bicycle) => usual.max(10.0),
        (Some(true), Traffic::Motor) => usual.max(10.0),
        (None, _) => usual,
    };
    let signed = tag("maxspeed").and_then(kmh).filter(|_| traffic == Traffic::Motor);
    let speed = if speed > 0.0 { signed.map_or(speed, |signed| signed * OF_MAXSPEED) } else { 0.0 };
    if speed <= 0.0 {
        return None;
    }
    let (forwards, backwards) = directions(tags, traffic);
    let open = |is_open: bool| if is_open { speed } else { 0.0 };
    Some(Speed { forwards: open(forwards), backwards: open(backwards) })
}

/// What signs say, the most specific first.
fn allowed(tags: &[(&str, &str)], traffic: Traffic) -> Option<bool> {
    let keys: &[&str] = match traffic {
        Traffic::Foot => &["foot", "access"],
        Traffic::Bicycle => &["bicycle", "vehicle", "access"],
        Traffic::Motor => &["motor_vehicle", "vehicle", "access"],
    };
    keys.iter().find_map(|key| {
        let (_, value) = tags.iter().find(|(its, _)| its == key)?;
        match *value {
            "no" | "private" | "use_sidepath" => Some(false),
            // General permission opens nothing that is otherwise closed to this traffic.
            "yes" | "designated" | "permissive" if !matches!(*key, "access" | "vehicle") => Some(true),
            _ => None,
        }
    })
}

fn directions(tags: &[(&str, &str)], traffic: Traffic) -> (bool, bool) {
    let is =
        |key: &str, values: &[&str]| tags.iter().any(|(its, value)| *its == key && values.contains(value));
    let is_against = traffic == Traffic::Bicycle && is("oneway:bicycle", &["no"]);
    if traffic == Traffic::Foot || is_against || is("oneway", &["no"]) {
        return (true, true);
    }
    if is("oneway", &["-1", "reverse"]) {
        return (false, true);
    }
    let turns = is("junction", &["roundabout", "circular"]) || is("highway", &["motorway"]);
    (true, !(turns || is("oneway", &["yes", "1", "true"])))
}

fn kmh(text: &str) -> Option<f64> {
    let (number, factor) = match text.strip_suffix("mph") {
        Some(number) => (number, 1.609),
        None => (text, 1.0),
    };
    number.trim().parse::<f64>().ok().map(|number| number * factor).filter(|kmh| (5.0..=150.0).contains(kmh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_go_where() {
        // tags, then forwards and backwards on foot, by bicycle, by motor
        type Row<'a> = (&'a [(&'a str, &'a str)], [(f64, f64); 3]);
        let rows: [Row<'_>; 13] = [
            (&[("highway", "residential")], [(4.5, 4.5), (15.0, 15.0), (24.0, 24.0)]),
            (&[("highway", "residential"), ("oneway", "yes")], [(4.5, 4.5), (15.0, 0.0), (24.0, 0.0)]),
            (&[("highway", "residential"), ("oneway", "-1")], [(4.5, 4.5), (0.0, 15.0), (0.0, 24.0)]),
            (
                &[("highway", "residential"), ("oneway", "yes"), ("oneway:bicycle", "no")],
                [(4.5, 4.5), (15.0, 15.0), (24.0, 0.0)],
            ),
            (&[("highway", "motorway")], [(0.0, 0.0), (0.0, 0.0), (95.0, 0.0)]),
            (&[("highway", "primary"), ("junction", "roundabout")], [(4.5, 4.5), (16.0, 0.0), (45.0, 0.0)]),
            (&[("highway", "primary"), ("maxspeed", "100")], [(4.5, 4.5), (16.0, 16.0), (80.0, 80.0)]),
            (&[("highway", "footway")], [(4.5, 4.5), (0.0, 0.0), (0.0, 0.0)]),
            (&[("highway", "footway"), ("bicycle", "yes")], [(4.5, 4.5), (10.0, 10.0), (0.0, 0.0)]),
            (&[("highway", "service"), ("access", "private")], [(0.0, 0.0); 3]),
            (&[("highway", "track"), ("access", "yes")], [(4.5, 4.5), (10.0, 10.0), (0.0, 0.0)]),
            (&[("highway", "residential"), ("motor_vehicle", "no")], [(4.5, 4.5), (15.0, 15.0), (0.0, 0.0)]),
            (&[("building", "yes")], [(0.0, 0.0); 3]),
        ];
        for (tags, expected) in rows {
            let found = Traffic::ALL.map(|traffic| {
                let speed = speed(tags, traffic).unwrap_or_default();
                (speed.forwards, speed.backwards)
            });
            assert_eq!(found, expected, "{tags:?}");
        }
        for (text, expected) in [("50", Some(50.0)), ("30 mph", Some(48.27)), ("none", None), ("1e9", None)] {
            assert_eq!(kmh(text).map(|kmh| (kmh * 100.0).round() / 100.0), expected, "{text}");
        }
    }
}
