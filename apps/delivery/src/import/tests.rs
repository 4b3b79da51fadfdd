use std::sync::Arc;

use kernel::{Currency, Id, Provider, Refusal};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::columns::{Columns, Field};
use super::csv::Lines;
use super::{Import, Mapping, import, line};
use crate::product::{Product, State, repo, stock};
use crate::store::StoreId;
use crate::testing::{CURRENCY, World, faults, rand};
use crate::{Catalogue, limits};

const HEADING: &str = "SKU,Title,Category,Price,VAT,Description,Stock\n";

struct Shop {
    world: World,
    catalogue: Arc<Catalogue>,
    merchant: Id<Provider>,
    store: String,
}

impl Shop {
    async fn open(world: World) -> Self {
        let merchant = world.merchant("Mama's").await;
        let mut shop = Self { world, catalogue: Catalogue::new(None), merchant, store: String::new() };
        let store = json!({
            "name": "Mama's", "kind": "groceries", "point": {"lat": -26.2, "long": 28.0},
            "address": "1 Long Street", "prepares_min": 20,
        });
        let store = shop.send("store_add", "", &store.to_string()).await.unwrap();
        shop.store = store["id"].as_str().unwrap().to_owned();
        shop
    }

    async fn send(&self, name: &str, query: &str, body: &str) -> Result<Value, Refusal> {
        let provider = self.merchant.to_string();
        let path = [("provider", provider.as_str()), ("store", &self.store)];
        self.world.send(&crate::endpoints(&self.catalogue), name, &path, query, body.into()).await
    }

    async fn import(&self, file: &str) -> Value {
        self.send("product_import", "", file).await.unwrap()
    }

    async fn kept(&self, sku: &str) -> Product {
        let store: StoreId = self.store.parse().unwrap();
        repo::by_sku(&self.world.market, store, sku).await.unwrap().unwrap()
    }

    async fn available(&self, sku: &str) -> i64 {
        let stock = self.kept(sku).await.stock.unwrap();
        stock::repo::one(&self.world.market, stock).await.unwrap().unwrap().available()
    }
}

/// Added, changed, unchanged and refused.
fn counts(summary: &Value) -> [i64; 4] {
    ["added", "changed", "unchanged", "refused"].map(|field| summary[field].as_i64().unwrap())
}

/// Line, column and code of each fault.
fn named(summary: &Value) -> Vec<String> {
    let fault = |fault: &Value| {
        let column = fault["column"].as_str().unwrap_or("-");
        format!("{} {column} {}", fault["line"], fault["code"].as_str().unwrap())
    };
    summary["faults"].as_array().unwrap().iter().map(fault).collect()
}

async fn a_file_adds_and_changes_products(world: World) {
    let shop = Shop::open(world).await;
    let file = format!(
        "\u{feff}{HEADING}B-1,Brown bread,Bakery,18.50,15,\"Fresh, daily\",12\r\n\r\nM-1,Milk,Dairy,23,0%,,\r\n"
    );
    let dry = shop.send("product_import", "dry_run=true", &file).await.unwrap();
    assert_eq!((counts(&dry), &dry["dry_run"]), ([2, 0, 0, 0], &json!(true)));
    assert_eq!(repo::how_many(&shop.world.market, shop.store.parse().unwrap()).await.unwrap(), 0);
    assert_eq!(counts(&shop.import(&file).await), [2, 0, 0, 0]);
    let bread = shop.kept("B-1").await;
    assert_eq!((bread.name.as_str(), bread.section.as_str(), bread.place), ("Brown bread", "Bakery", 2));
    assert_eq!((bread.price, bread.vat_bp, bread.about.as_deref()), (1_850, 1_500, Some("Fresh, daily")));
    assert_eq!(shop.available("B-1").await, 12);
    let milk = shop.kept("M-1").await;
    assert_eq!((milk.price, milk.vat_bp, milk.stock), (2_300, 0, None));
    // What a file does not say stays as it is.
    let change = shop.import("sku;price;status\nM-1;23.99;sold out\nB-1;18.50;\n").await;
    assert_eq!(counts(&change), [0, 1, 1, 0]);
    let changed = shop.kept("M-1").await;
    let expect =
        Product { price: 2_399, state: State::SoldOut, version: 2, updated: changed.updated, ..milk };
    assert_eq!(changed, expect);
    // Counting anew is a change, and the product stays as it is.
    let counted = shop.import("sku\tquantity\nB-1\t7\n").await;
    assert_eq!((counts(&counted), shop.available("B-1").await), ([0, 1, 0, 0], 7));
    assert_eq!(shop.kept("B-1").await, bread);
    assert_eq!(
        counts(&shop.import(&format!("{HEADING}B-1,Brown bread,Bakery,18.50,15,,7\n")).await),
        [0, 1, 0, 0]
    );
    assert_eq!(shop.kept("B-1").await.about, None, "an empty description takes it away");
    let menu = shop.send("menu_read", "", "").await.unwrap();
    assert_eq!(menu["sections"][0]["products"][0]["price"], rand(1_850));
}

async fn each_fault_is_named_with_its_line_and_column(world: World) {
    let shop = Shop::open(world).await;
    let file = format!(
        "{HEADING}\
         A,Bread,Bakery,18.50,15,,1\n\
         ,Bread,Bakery,18.50,15,,1\n\
         B,,Bakery,,15,,1\n\
         C,Bread,Bakery,cheap,200,,-1\n\
         A,Bread,Bakery,18.50,15,,1\n\
         D,Bread,Bakery,18.505,1.555,,1.5\n\
         E,Br\u{7}ead,Bakery,-1,15,,1\n\
         F,\"Bread\nof two lines\",Bakery,1,15,,1\n\
         G,Bread,Bakery,18.50,15,,2\n"
    );
    let summary = shop.import(&file).await;
    assert_eq!((counts(&summary), &summary["lines"]), ([2, 0, 0, 7], &json!(9)));
    let expect = [
        "3 SKU missing",
        "4 name missing",
        "4 price missing",
        "5 Price bad_price",
        "5 VAT bad_percentage",
        "5 Stock not_whole",
        "6 - repeated",
        "7 Price bad_price",
        "7 VAT bad_percentage",
        "7 Stock not_whole",
        "8 Title bad_character",
        "8 Price out_of_range",
        "9 Title bad_character",
    ];
    assert_eq!(named(&summary), expect);
    assert_eq!((shop.available("A").await, shop.available("G").await), (1, 2));
}

async fn files_that_cannot_be_read_are_refused(world: World) {
    let shop = Shop::open(world).await;
    for (query, file, expect) in [
        ("", "", ("", "empty")),
        ("", "name,price\nBread,1\n", ("", "no_sku_column")),
        ("", "sku,code\n1,2\n", ("", "repeated_column")),
        ("columns=sku", "sku\n1\n", ("?columns", "bad_columns")),
        ("columns=size%3DCode", "sku\n1\n", ("?columns", "bad_columns")),
        ("columns=sku%3Da,sku%3Db", "sku\n1\n", ("?columns", "bad_columns")),
    ] {
        let refusal = shop.send("product_import", query, file).await.unwrap_err();
        assert_eq!(faults(&refusal), [expect], "{file:?}");
    }
    let wide = vec!["x"; limits::COLUMNS_MAX + 1].join(",");
    let refusal = shop.send("product_import", "", &wide).await.unwrap_err();
    assert_eq!(faults(&refusal), [("", "too_many_columns")]);
    // A quotation mark that is not closed: what came before it is taken.
    let file = format!("{HEADING}A,Bread,Bakery,18.50,15,,1\nB,\"Bread{}", "\n,".repeat(200_000));
    let summary = shop.import(&file).await;
    assert_eq!((counts(&summary), named(&summary).len()), ([1, 0, 0, 1], 1));
    assert_eq!(summary["faults"][0]["code"], "unreadable");
    let named = "columns=sku%3DItem+Code,price%3DRetail&dry_run=true";
    let file = "item_code,RETAIL,name,section,tax,Weight\n1,2.50,Bread,Bakery,15,300\n";
    let summary = shop.send("product_import", named, file).await.unwrap();
    assert_eq!((counts(&summary), &summary["unused_columns"]), ([1, 0, 0, 0], &json!(["Weight"])));
}

async fn a_long_file_is_taken_in_batches(world: World) {
    let shop = Shop::open(world).await;
    let line = |number: usize| format!("P{number},Product {number},All,{number}.50,15,,{number}\n");
    let file: String = std::iter::once(HEADING.to_owned()).chain((1..=2_500).map(line)).collect();
    let ctx = shop.world.ctx();
    let run = Import {
        market: &shop.world.market,
        store: shop.store.parse().unwrap(),
        currency: CURRENCY,
        ctx: &ctx,
        mapping: &Mapping::default(),
        dry_run: false,
    };
    let mut told = Vec::new();
    let summary = import(&run, file.as_bytes(), &mut |summary| told.push(summary.added)).await.unwrap();
    assert_eq!((summary.added, summary.refused), (2_500, 0));
    assert_eq!(told, [1_000, 2_000, 2_500]);
    let again = import(&run, file.replace(",All,", ",Everything,").as_bytes(), &mut |_| {}).await.unwrap();
    assert_eq!((again.added, again.changed), (0, 2_500));
    let first = shop.send("menu_read", "", "").await.unwrap();
    assert_eq!(first["sections"][0]["products"].as_array().unwrap().len(), limits::MENU_PAGE);
    let cursor = format!("cursor={}", first["next"].as_str().unwrap());
    let second = shop.send("menu_read", &cursor, "").await.unwrap();
    assert_eq!(second["sections"][0]["products"][0]["name"], "Product 501");
}

async fn two_files_at_once_add_each_product_once(world: World) {
    let shop = Shop::open(world).await;
    let line = |number: usize| format!("P{number},Product {number},All,{number}.50,15\n");
    let file: String =
        std::iter::once("sku,name,section,price,vat\n".to_owned()).chain((1..=300).map(line)).collect();
    let (one, other) = tokio::join!(shop.import(&file), shop.import(&file));
    let sums: Vec<i64> = counts(&one).iter().zip(counts(&other)).map(|(one, other)| one + other).collect();
    assert_eq!(sums, [300, 0, 300, 0]);
    assert_eq!(repo::how_many(&shop.world.market, shop.store.parse().unwrap()).await.unwrap(), 300);
}

crate::testing::on_both_engines!(
    a_file_adds_and_changes_products,
    each_fault_is_named_with_its_line_and_column,
    files_that_cannot_be_read_are_refused,
    a_long_file_is_taken_in_batches,
    two_files_at_once_add_each_product_once,
);

#[test]
fn cells_are_read_as_people_write_them() {
    let check = |field: Field, cell: &str| {
        let heading = Columns { held: vec![(0, field, "It".to_owned())], unused: Vec::new() };
        let record = csv::ByteRecord::from(vec![cell]);
        let draft = line::draft(2, &record, &heading, Currency::ZAR);
        draft.map_err(|faults| faults.iter().map(|fault| fault.code).collect::<Vec<_>>())
    };
    for (cell, expect) in [
        ("15", Ok(Some(1_500))),
        (" 15.5 % ", Ok(Some(1_550))),
        ("0", Ok(Some(0))),
        ("7.25%", Ok(Some(725))),
        ("100", Ok(Some(10_000))),
        ("", Ok(None)),
        ("100.01", Err(vec!["bad_percentage"])),
        ("-1", Err(vec!["bad_percentage"])),
        ("1.", Err(vec!["bad_percentage"])),
        ("15,5", Err(vec!["bad_percentage"])),
        ("99999999999", Err(vec!["bad_percentage"])),
    ] {
        assert_eq!(check(Field::Vat, cell).map(|draft| draft.vat_bp), expect, "{cell}");
    }
    for (cell, expect) in [
        ("49.9", Ok(Some(4_990))),
        ("1000", Ok(Some(100_000))),
        ("R 5", Err(vec!["bad_price"])),
        ("1,50", Err(vec!["bad_price"])),
        ("99999999999", Err(vec!["out_of_range"])),
    ] {
        assert_eq!(check(Field::Price, cell).map(|draft| draft.price), expect, "{cell}");
    }
    for (cell, expect) in [("Sold-Out", Ok(Some(State::SoldOut))), ("gone", Err(vec!["unknown_state"]))] {
        assert_eq!(check(Field::State, cell).map(|draft| draft.state), expect, "{cell}");
    }
    let long = "x".repeat(limits::SKU_LENGTH_MAX + 1);
    assert_eq!(check(Field::Sku, &long).unwrap_err(), ["too_long"]);
}

proptest! {
    /// Any text is read to its end or to where it cannot be read, and lines come in order. A lone carriage
    /// return ends a record, and is not counted as a line.
    #[test]
    fn no_file_breaks_the_reader(text in "([a-z\",;\t\r\n é]{0,12}){0,12}") {
        let mut lines = Lines::new(text.as_bytes()).unwrap();
        let mut last = 0;
        while let Ok(Some((line, record))) = lines.next() {
            prop_assert!(line >= last && record.iter().any(|cell| !cell.trim_ascii().is_empty()));
            last = line;
        }
    }

    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec("[a-z,\"\n ]{0,6}x", 2..5), 1..6)) {
        let cell = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let row = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",");
        let text: Vec<String> = rows.iter().map(row).collect();
        let text = format!("a,b,c,d\n{}", text.join("\r\n"));
        let mut lines = Lines::new(text.as_bytes()).unwrap();
        lines.next().unwrap();
        let mut read = Vec::new();
        while let Some((_, record)) = lines.next().unwrap() {
            read.push(record.iter().map(|cell| String::from_utf8(cell.to_vec()).unwrap()).collect::<Vec<_>>());
        }
        prop_assert_eq!(read, rows);
    }
}
