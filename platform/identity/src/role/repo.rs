kernel::statements! {
    short OF_PERSON = "select id, person, place, place_id, site, role from held_role where person = ?1 limit 500";
    short ONE = "select id, person, place, place_id, site, role from held_role where id = ?1";
    short HELD = "select id, person, place, place_id, site, role from held_role \
         where person = ?1 and place = ?2 and place_id = ?3";
    long IN_MARKET = "select id, person, place, place_id, site, role from held_role \
         where (place = 'tenant' or site = ?1) and id < ?2 order by id desc limit ?3";
    short ADD = "insert into held_role (id, person, place, place_id, site, role, given_by, at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    short SET = "update held_role set role = ?2, given_by = ?3, at = ?4 where id = ?1 and role = ?5";
    short TAKE = "delete from held_role where id = ?1 and role = ?2";
    /// Whoever else owns the tenant; always the same one, however many there are.
    long OTHER_OWNER = "select id from held_role where place = 'tenant' and role = 'owner' and id <> ?1 \
         order by id limit 1";
    /// Touches one owner's row so that nobody takes this role away at the same instant.
    short STAYS_OWNER = "update held_role set role = 'owner' where id = ?1 and role = 'owner'";
}
