//! The store of objects on a bucket: a server that speaks as much S3 as we need, and has its moods.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use media::object::{Bucket, ObjectTrouble, Objects, Shelf, Where};
use parking_lot::Mutex;

use crate::objects::{conform, place};

#[derive(Default)]
struct Fake {
    objects: Mutex<BTreeMap<String, Bytes>>,
    parts: Mutex<HashMap<String, BTreeMap<usize, Bytes>>>,
    /// So many requests are answered with 503.
    failing: AtomicUsize,
    asked: AtomicUsize,
}

type Answer = Response<Full<Bytes>>;

fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    Response::builder()
        .status(status)
        .header("etag", format!("\"{}\"", blake3::hash(&body).to_hex()))
        .header("last-modified", "Thu, 15 Jan 2026 08:00:00 GMT")
        .body(Full::new(body))
        .unwrap()
}

impl Fake {
    async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Infallible> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return Ok(answer(400, "")) };
        if self.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1)).is_ok() {
            return Ok(answer(503, "<Error><Code>SlowDown</Code></Error>"));
        }
        let signed = head.headers.get("authorization").and_then(|it| it.to_str().ok()).unwrap_or_default();
        if !signed.starts_with("AWS4-HMAC-SHA256 Credential=us/") {
            return Ok(answer(403, "<Error><Code>AccessDenied</Code></Error>"));
        }
        let query: HashMap<String, String> = head
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), web::decode_path(value).unwrap().into_owned()))
            .collect();
        let key = head.uri.path().strip_prefix("/pictures").unwrap_or_default().trim_start_matches('/');
        let range = head.headers.get("range").and_then(|it| it.to_str().ok()).map(str::to_owned);
        Ok(self.answer(&head.method, key, &query, range.as_deref(), body.to_bytes()))
    }

    fn answer(
        &self,
        method: &Method,
        key: &str,
        query: &HashMap<String, String>,
        range: Option<&str>,
        body: Bytes,
    ) -> Answer {
        let upload = query.get("uploadId");
        match (method.as_str(), upload) {
            ("GET", None) if query.contains_key("list-type") => self.list(&query["prefix"]),
            ("GET" | "HEAD", None) => self.read(method, key, range),
            ("PUT", None) => {
                self.objects.lock().insert(key.to_owned(), body);
                answer(200, "")
            }
            ("PUT", Some(upload)) => {
                let part = query["partNumber"].parse().unwrap();
                self.parts.lock().entry(upload.clone()).or_default().insert(part, body.clone());
                answer(200, body)
            }
            ("POST", None) => {
                let id = format!("upload-{}", self.asked.load(Ordering::SeqCst));
                answer(
                    200,
                    format!(
                        "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                    ),
                )
            }
            ("POST", Some(upload)) => {
                let parts = self.parts.lock().remove(upload).unwrap();
                let whole: Vec<u8> = parts.into_values().flatten().collect();
                self.objects.lock().insert(key.to_owned(), whole.into());
                answer(
                    200,
                    "<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>",
                )
            }
            ("DELETE", Some(upload)) => {
                self.parts.lock().remove(upload);
                answer(204, "")
            }
            ("DELETE", None) => {
                self.objects.lock().remove(key);
                answer(204, "")
            }
            _ => answer(400, ""),
        }
    }

    fn read(&self, method: &Method, key: &str, range: Option<&str>) -> Answer {
        let Some(bytes) = self.objects.lock().get(key).cloned() else {
            return answer(
                404,
                if method == Method::HEAD { "" } else { "<Error><Code>NoSuchKey</Code></Error>" },
            );
        };
        let Some(range) = range else { return answer(200, bytes) };
        let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        let end = (last + 1).min(bytes.len());
        let mut part = answer(206, bytes.slice(first..end));
        let range = format!("bytes {first}-{}/{}", end - 1, bytes.len());
        part.headers_mut().insert("content-range", range.parse().unwrap());
        part
    }

    fn list(&self, prefix: &str) -> Answer {
        let objects = self.objects.lock();
        let contents: String = objects
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(key, bytes)| {
                let size = bytes.len();
                format!("<Contents><Key>{key}</Key><LastModified>2026-01-15T08:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{size}</Size></Contents>")
            })
            .collect();
        answer(
            200,
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"),
        )
    }
}

async fn started() -> (Arc<Fake>, String) {
    let fake = Arc::new(Fake::default());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let serving = fake.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let fake = serving.clone();
            let service = service_fn(move |request| fake.clone().serve(request));
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service),
            );
        }
    });
    (fake, endpoint)
}

fn bucket(endpoint: &str) -> Bucket {
    Bucket {
        name: "pictures".into(),
        region: "af-south-1".into(),
        endpoint: Some(endpoint.into()),
        key_id: "us".into(),
        secret: "hush-hush-hush".into(),
        path_style: true,
        allow_http: true,
    }
}

fn shelf(bucket: Bucket, number: i64) -> Shelf {
    Objects::open(&Where::Bucket(bucket)).unwrap().of(&place(number))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_what_it_promises() {
    let (fake, endpoint) = started().await;
    conform(&shelf(bucket(&endpoint), 1), &shelf(bucket(&endpoint), 2)).await;
    assert!(fake.parts.lock().is_empty(), "what was abandoned left nothing");
    let objects = fake.objects.lock();
    let expected = ["market/mkt_0000000000001/", "market/mkt_0000000000002/"];
    assert!(objects.keys().all(|key| expected.iter().any(|it| key.starts_with(it))), "{:?}", objects.keys());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_a_few_times() {
    let (fake, endpoint) = started().await;
    let shelf = shelf(bucket(&endpoint), 1);
    fake.failing.store(2, Ordering::SeqCst);
    shelf.put("a", Bytes::from_static(b"1")).await.unwrap();
    assert_eq!(fake.asked.swap(0, Ordering::SeqCst), 3);
    fake.failing.store(usize::MAX, Ordering::SeqCst);
    assert!(matches!(shelf.get("a").await, Err(ObjectTrouble::OutOfReach(_))));
    assert_eq!(fake.asked.load(Ordering::SeqCst), 4, "once, and three times more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_and_a_dead_server_are_out_of_reach() {
    let (_fake, endpoint) = started().await;
    let stranger = shelf(Bucket { key_id: "other".into(), ..bucket(&endpoint) }, 1);
    assert!(matches!(stranger.get("a").await, Err(ObjectTrouble::OutOfReach(_))));
    let closed = format!("http://127.0.0.1:{}", testkit::free_port().unwrap());
    let nowhere = shelf(bucket(&closed), 1);
    assert!(matches!(nowhere.head("a").await, Err(ObjectTrouble::OutOfReach(_))));
}

#[test]
fn an_endpoint_without_tls_must_be_wanted_and_secrets_are_not_shown() {
    let plain = Bucket { allow_http: false, ..bucket("http://127.0.0.1:1") };
    let shown = format!("{plain:?}");
    assert!(!shown.contains("hush") && !shown.contains("us\""), "{shown}");
    let shelf = shelf(plain, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(matches!(runtime.block_on(shelf.head("a")), Err(ObjectTrouble::OutOfReach(_))));
}
