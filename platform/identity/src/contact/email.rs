//! The part of RFC 5321 that people use; lower case, because no provider in use tells cases apart.

const LENGTH_MAX: usize = 254;
const LOCAL_LENGTH_MAX: usize = 64;

pub fn normal(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let good_local = (1..=LOCAL_LENGTH_MAX).contains(&local.len())
        && local.bytes().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let domain =
        (!domain.contains(':') && !domain.ends_with('.')).then(|| tenancy::words::host(domain))??;
    let good = good_local && domain.contains('.') && text.len() <= LENGTH_MAX;
    good.then(|| format!("{}@{domain}", local.to_ascii_lowercase()))
}
