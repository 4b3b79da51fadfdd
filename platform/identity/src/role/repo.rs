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
    short TAKE = "delete from held_role where id = ?1";
}
