//! The world's currencies in use, each with how finely it is divided.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::Value;

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters of ISO 4217, such as ETB")]
pub struct UnknownCurrency;

/// Codes in use as of 2026, in order, by the number of decimal places of their minor unit.
/// Funds, metals and test codes are left out: nobody pays with them.
const TABLE: [(&str, u8); COUNT] = table();

const COUNT: usize = CODES.len().div_ceil(4);
const NO_DECIMALS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
    GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK \
    LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR \
    PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
    SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER \
    ZAR ZMW ZWG";

const fn table() -> [(&'static str, u8); COUNT] {
    let mut table = [("", 2); COUNT];
    let mut place = 0;
    while place < table.len() {
        let code = code_at(CODES, place);
        let decimals = if lists(NO_DECIMALS, code) {
            0
        } else if lists(THREE_DECIMALS, code) {
            3
        } else {
            2
        };
        table[place] = (code, decimals);
        place += 1;
    }
    table
}

const fn code_at(codes: &'static str, place: usize) -> &'static str {
    codes.split_at(place * 4).1.split_at(3).0
}

const fn lists(codes: &'static str, code: &str) -> bool {
    let mut place = 0;
    while place * 4 < codes.len() {
        if same(code_at(codes, place), code) {
            return true;
        }
        place += 1;
    }
    false
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len() == 3 && b.len() == 3 && a[0] == b[0] && a[1] == b[1] && a[2] == b[2]
}

impl Currency {
    pub const EGP: Self = Self::known("EGP");
    pub const ETB: Self = Self::known("ETB");
    pub const EUR: Self = Self::known("EUR");
    pub const GBP: Self = Self::known("GBP");
    pub const GHS: Self = Self::known("GHS");
    pub const JPY: Self = Self::known("JPY");
    pub const KES: Self = Self::known("KES");
    pub const MAD: Self = Self::known("MAD");
    pub const NGN: Self = Self::known("NGN");
    pub const RWF: Self = Self::known("RWF");
    pub const TND: Self = Self::known("TND");
    pub const TZS: Self = Self::known("TZS");
    pub const UGX: Self = Self::known("UGX");
    pub const USD: Self = Self::known("USD");
    pub const XAF: Self = Self::known("XAF");
    pub const XOF: Self = Self::known("XOF");
    pub const ZAR: Self = Self::known("ZAR");

    /// For constants: a code that is not in the table does not compile.
    pub const fn known(code: &str) -> Self {
        let mut place = 0;
        while place < TABLE.len() {
            if same(TABLE[place].0, code) {
                return Self(place as u8);
            }
            place += 1;
        }
        panic!("this currency is in the table");
    }

    pub fn all() -> impl Iterator<Item = Currency> {
        (0..TABLE.len() as u8).map(Currency)
    }

    pub const fn code(self) -> &'static str {
        TABLE[self.0 as usize].0
    }

    /// How many decimal places its minor unit stands for: 2 for the birr, 0 for the CFA franc.
    pub const fn decimals(self) -> u8 {
        TABLE[self.0 as usize].1
    }

    /// How many minor units make one: 100 for the birr.
    pub const fn minor_per_major(self) -> i64 {
        10_i64.pow(self.decimals() as u32)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let place = TABLE.binary_search_by_key(&text, |(code, _)| code).map_err(|_| UnknownCurrency)?;
        Ok(Self(place as u8))
    }
}

impl From<Currency> for Value {
    fn from(currency: Currency) -> Self {
        Value::from(currency.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let codes: Vec<&str> = Currency::all().map(Currency::code).collect();
        schemars::json_schema!({ "type": "string", "enum": codes, "description": "ISO 4217" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_again_and_stands_in_order() {
        let codes: Vec<&str> = Currency::all().map(Currency::code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b));
        for currency in Currency::all() {
            assert_eq!(currency.code().parse(), Ok(currency));
            assert!(currency.code().bytes().all(|letter| letter.is_ascii_uppercase()));
        }
    }

    #[test]
    fn each_is_divided_as_the_standard_says() {
        let decimals = |code: &str| code.parse::<Currency>().map(Currency::decimals);
        for code in
            ["NGN", "GHS", "KES", "TZS", "ETB", "ZAR", "EGP", "MAD", "USD", "EUR", "GBP", "MGA", "MRU"]
        {
            assert_eq!(decimals(code), Ok(2), "{code}");
        }
        for code in NO_DECIMALS.split(' ') {
            assert_eq!(decimals(code), Ok(0), "{code}");
        }
        for code in THREE_DECIMALS.split(' ') {
            assert_eq!(decimals(code), Ok(3), "{code}");
        }
        for unknown in ["", "etb", "ET", "ETBX", "XXX", "XAU", "BGN", "ÉTB"] {
            assert_eq!(decimals(unknown), Err(UnknownCurrency), "{unknown}");
        }
    }
}
