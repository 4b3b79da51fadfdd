kernel::statements! {
    short BY_HASH = "select id, name, owner, role, place, place_id, site, scopes, at, expires, revoked from api_key where hash = ?1";
    short ONE = "select id, name, owner, role, place, place_id, site, scopes, at, expires, revoked from api_key where id = ?1";
    short IN_MARKET = "select id, name, owner, role, place, place_id, site, scopes, at, expires, revoked from api_key \
         where site = ?1 and id < ?2 order by id desc limit ?3";
    long COUNT = "select count(*) from api_key where site = ?1 and revoked = 0";
    short ADD = "insert into api_key (id, hash, name, owner, given_by, role, place, place_id, site, scopes, at, expires) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    short REVOKE = "update api_key set revoked = ?2 where id = ?1 and revoked = 0";
}
