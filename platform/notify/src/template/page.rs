//! A text as a simple HTML page for e-mail. There is no other HTML: nothing that anybody wrote can be
//! more than text in it.

use std::fmt::Write;

/// Paragraphs, lines and links, nothing else.
pub fn html(language: &str, title: &str, text: &str) -> String {
    let direction =
        if matches!(language.split('-').next(), Some("ar" | "he" | "fa" | "ur")) { "rtl" } else { "ltr" };
    let mut page = format!(
        "<!doctype html><html lang=\"{}\" dir=\"{direction}\"><head><meta charset=\"utf-8\"><title>{}</title></head><body style=\"font-family:sans-serif;line-height:1.5;max-width:36em\">",
        escape(language),
        escape(title)
    );
    for paragraph in text.replace("\r\n", "\n").split("\n\n").filter(|paragraph| !paragraph.trim().is_empty())
    {
        page.push_str("<p>");
        for (at, line) in paragraph.trim_matches('\n').lines().enumerate() {
            if at > 0 {
                page.push_str("<br>");
            }
            links(&mut page, line);
        }
        page.push_str("</p>");
    }
    page.push_str("</body></html>");
    page
}

fn links(page: &mut String, line: &str) {
    for (at, word) in line.split(' ').enumerate() {
        if at > 0 {
            page.push(' ');
        }
        let address = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '»', '"', '\'']);
        let is_link = ["https://", "http://"].iter().any(|scheme| {
            address.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
        });
        let rest = if is_link { &word[address.len()..] } else { word };
        if is_link {
            let address = escape(address);
            let _ = write!(page, "<a href=\"{address}\">{address}</a>");
        }
        page.push_str(&escape(rest));
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(text: &str) -> String {
        let page = html("en", "t", text);
        let (_, after) = page.split_once("36em\">").unwrap();
        after.strip_suffix("</body></html>").unwrap().to_owned()
    }

    #[test]
    fn text_becomes_paragraphs_and_links() {
        for (text, expect) in [
            ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
            ("", ""),
            (
                "See https://a.example/x?a=1&b=2.",
                "<p>See <a href=\"https://a.example/x?a=1&amp;b=2\">https://a.example/x?a=1&amp;b=2</a>.</p>",
            ),
            ("javascript:alert(1) <b>", "<p>javascript:alert(1) &lt;b&gt;</p>"),
            ("https://\"onclick=x", "<p>https://&quot;onclick=x</p>"),
        ] {
            assert_eq!(body(text), expect, "{text}");
        }
        assert!(
            html("ar", "<t>", "").contains("dir=\"rtl\"")
                && html("en", "<t>", "").contains("<title>&lt;t&gt;")
        );
    }

    proptest! {
        #[test]
        fn nothing_written_becomes_a_tag(text in "[a-z<>&\"' \n]{0,60}|https://[a-z\"<>&']{1,20}") {
            let mut rest = body(&text);
            for tag in ["<p>", "</p>", "<br>", "</a>"] {
                rest = rest.replace(tag, "");
            }
            while let Some((before, link)) = rest.split_once("<a href=\"") {
                let (address, after) = link.split_once("\">").unwrap();
                prop_assert!(!address.contains(['"', '<', '>']));
                rest = format!("{before}{after}");
            }
            prop_assert!(!rest.contains('<') && !rest.contains('>'), "{}", rest);
        }
    }
}
