use std::collections::BTreeSet;
use std::time::Duration;

use telemetry::{Bounds, Metrics};

#[test]
fn requests_by_route_method_and_class() {
    let metrics = Metrics::new();
    let routes = metrics.routes(&[("GET", "/v1/requests/{id}"), ("POST", "/v1/requests")]).unwrap();
    routes.at(0).observe(200, Duration::from_micros(90));
    routes.at(0).observe(204, Duration::from_micros(900));
    routes.at(0).observe(404, Duration::from_micros(90));
    routes.at(7).observe(999, Duration::MAX);
    let text = metrics.text();
    for line in [
        r#"iroko_http_requests_total{route="/v1/requests/{id}",method="GET",status="2xx"} 2"#,
        r#"iroko_http_requests_total{route="/v1/requests/{id}",method="GET",status="4xx"} 1"#,
        r#"iroko_http_requests_total{route="unmatched",method="",status="5xx"} 1"#,
        r#"iroko_http_request_seconds_bucket{le="0.0001",route="/v1/requests/{id}",method="GET",status="2xx"} 1"#,
        r#"iroko_http_request_seconds_bucket{le="0.001",route="/v1/requests/{id}",method="GET",status="2xx"} 2"#,
        r#"iroko_http_request_seconds_bucket{le="+Inf",route="/v1/requests/{id}",method="GET",status="2xx"} 2"#,
        r#"iroko_http_request_seconds_sum{route="/v1/requests/{id}",method="GET",status="2xx"} 0.00099"#,
    ] {
        assert!(text.lines().any(|have| have == line), "{line}\nis not in\n{text}");
    }
    assert!(!text.contains("POST"), "what was never seen takes no room");
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn the_figures_of_the_house() {
    let metrics = Metrics::new();
    let guard = metrics.guard();
    metrics.gauge("store_pool_in_use", "Connections at work").set(3);
    metrics.histogram("store_commit_batch", "Decisions together", Bounds::COUNT).observe(5);
    let seconds = metrics.histogram("store_commit_seconds", "Seconds of a commit", Bounds::LATENCY);
    seconds.observe_duration(Duration::from_millis(3));
    metrics.gauges_by("bus_lag_events", "Events to take", "consumer", 8).get("counts").set(12);
    guard.shed.get("low").inc();
    metrics.gauge_of("store_files", "Files", || 42);
    metrics.counter_of("log_dropped", "Lines dropped", || 7);
    let text = metrics.text();
    for line in [
        concat!("iroko_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "iroko_store_pool_in_use 3",
        r#"iroko_store_commit_batch_bucket{le="8.0"} 1"#,
        "iroko_store_commit_seconds_sum 0.003",
        r#"iroko_bus_lag_events{consumer="counts"} 12"#,
        r#"iroko_guard_shed_total{priority="low"} 1"#,
        "iroko_store_files 42",
        "iroko_log_dropped_total 7",
    ] {
        assert!(text.lines().any(|have| have == line), "{line}\nis not in\n{text}");
    }
    #[cfg(target_os = "linux")]
    assert!(text.contains("iroko_process_resident_bytes ") && text.contains("iroko_process_open_files "));
    // A family described twice makes Prometheus refuse the whole answer.
    let described: Vec<&str> = text.lines().filter(|line| line.starts_with("# TYPE")).collect();
    assert_eq!(described.iter().collect::<BTreeSet<_>>().len(), described.len());
}

#[test]
fn only_so_many_markets_are_told_apart() {
    let metrics = Metrics::new();
    let requests = metrics.counters_by("market_requests", "Requests by market", "market", 2);
    for market in ["boston", "durban", "lagos", "accra", "other", "boston"] {
        requests.get(market).inc();
    }
    let text = metrics.text();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("iroko_market_requests_total")).collect();
    assert_eq!(
        lines,
        [
            r#"iroko_market_requests_total{market="boston"} 2"#,
            r#"iroko_market_requests_total{market="durban"} 1"#,
            r#"iroko_market_requests_total{market="other"} 3"#,
        ]
    );
}
