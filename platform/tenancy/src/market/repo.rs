kernel::statements! {
    short ONE = "select id, tenant, slug, name, zone, currency, features, place, state, version from site where id = ?1";
    short BY_SLUG = "select id, tenant, slug, name, zone, currency, features, place, state, version from site \
         where tenant = ?1 and slug = ?2";
    long AFTER = "select id, tenant, slug, name, zone, currency, features, place, state, version from site \
         where id > ?1 order by id limit ?2";
    short ADD = "insert into site (id, tenant, slug, name, zone, currency, features, state, at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    short SET_STATE = "update site set state = ?2, version = version + 1 where id = ?1 and version = ?3";
    short SET_FEATURES = "update site set features = ?2, version = version + 1 where id = ?1 and version = ?3";
    /// A mover who was given up has no say any more, however late its word arrives.
    short SET_PLACE = "update site set place = ?2, version = version + 1 where id = ?1 and place = ?3 and state = 'moving'";
    short HOST = "select site from host where host = ?1";
    short HOSTS_OF = "select host from host where site = ?1 order by host limit ?2";
    short BIND_HOST = "insert into host (host, site, at) values (?1, ?2, ?3)";
    short UNBIND_HOST = "delete from host where host = ?1 and site = ?2";
    long HOSTS_AFTER = "select host, site from host where host > ?1 order by host limit ?2";
}
