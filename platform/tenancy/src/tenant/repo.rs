kernel::statements! {
    short ONE = "select id, slug, name, tier, languages, currency, country, state from tenant where id = ?1";
    short BY_SLUG = "select id, slug, name, tier, languages, currency, country, state from tenant where slug = ?1";
    long AFTER = "select id, slug, name, tier, languages, currency, country, state from tenant \
         where id > ?1 order by id limit ?2";
    short ADD = "insert into tenant (id, slug, name, tier, languages, currency, country, state, at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    short SET_STATE = "update tenant set state = ?2 where id = ?1 and state = ?3";
    short SET_TIER = "update tenant set tier = ?2 where id = ?1";
}
