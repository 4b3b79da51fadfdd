//! Countries and how their telephones are dialled: ISO 3166 code, calling code, trunk prefix.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A country of a tenant: what a telephone number without a calling code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// E.164 calling code, digits only.
    pub calling: &'static str,
    /// What is dialled before a national number within the country and left out after the calling
    /// code; empty where numbers are dialled whole.
    pub trunk: &'static str,
}

impl Country {
    pub fn named(code: &str) -> Option<Country> {
        BY_CODE.get(code).copied()
    }

    fn of_row(row: &'static str) -> Option<Country> {
        let mut parts = row.split(':');
        Some(Country { code: parts.next()?, calling: parts.next()?, trunk: parts.next().unwrap_or("0") })
    }
}

static BY_CODE: LazyLock<HashMap<&str, Country>> = LazyLock::new(|| {
    let rows = TABLE.split_whitespace().filter_map(Country::of_row);
    rows.map(|country| (country.code, country)).collect()
});

/// `code:calling[:trunk]`; the trunk prefix is 0 where none is written.
const TABLE: &str = "
AE:971 AL:355 AM:374 AO:244: AR:54 AT:43 AU:61 AZ:994 BA:387 BB:1:1 BD:880 BE:32 BF:226: BG:359 BH:973:
BI:257: BJ:229: BN:673: BO:591 BR:55 BS:1:1 BW:267: BY:375:8 BZ:501: CA:1:1 CD:243 CF:236: CG:242: CH:41
CI:225: CL:56: CM:237: CN:86 CO:57: CR:506: CU:53 CV:238: CY:357: CZ:420: DE:49 DJ:253: DK:45: DO:1:1
DZ:213 EC:593 EE:372: EG:20 ER:291 ES:34: ET:251 FI:358 FJ:679: FR:33 GA:241: GB:44 GE:995 GH:233 GM:220:
GN:224: GQ:240: GR:30: GT:502: GW:245: GY:592: HK:852: HN:504: HR:385 HT:509: HU:36:06 ID:62 IE:353 IL:972
IN:91 IQ:964 IR:98 IS:354: IT:39: JM:1:1 JO:962 JP:81 KE:254 KG:996 KH:855 KM:269: KR:82 KW:965: KZ:7:8
LA:856 LB:961 LK:94 LR:231 LS:266: LT:370 LU:352: LV:371: LY:218 MA:212 MD:373 ME:382 MG:261 MK:389 ML:223:
MM:95 MN:976 MR:222: MT:356: MU:230: MV:960: MW:265 MX:52: MY:60 MZ:258: NA:264 NE:227: NG:234 NI:505: NL:31
NO:47: NP:977 NZ:64 OM:968: PA:507: PE:51 PG:675: PH:63 PK:92 PL:48: PS:970 PT:351: PY:595 QA:974: RO:40
RS:381 RU:7:8 RW:250 SA:966 SC:248: SD:249 SE:46 SG:65: SI:386 SK:421 SL:232 SN:221: SO:252 SR:597: SS:211
ST:239: SV:503: SY:963 SZ:268: TD:235: TG:228: TH:66 TJ:992 TL:670: TN:216: TR:90 TT:1:1 TW:886 TZ:255 UA:380
UG:256 US:1:1 UY:598 UZ:998 VE:58 VN:84 YE:967 ZA:27 ZM:260 ZW:263
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_dialled() {
        for row in TABLE.split_whitespace() {
            let code = row.split(':').next().unwrap();
            let country = Country::named(code).unwrap();
            assert!(code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase()), "{row}");
            assert!((1..=3).contains(&country.calling.len()), "{row}");
            assert!(country.calling.bytes().all(|digit| digit.is_ascii_digit()), "{row}");
        }
        assert_eq!(Country::named("XX"), None);
        assert_eq!(Country::named(""), None);
    }
}
