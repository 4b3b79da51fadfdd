kernel::statements! {
    short ONE = "select id, name, state from provider where id = ?1";
    short BY_NAME = "select id, name, state from provider where name = ?1";
    short PAGE = "select id, name, state from provider where id < ?1 order by id desc limit ?2";
    short ADD = "insert into provider (id, name, state, at) values (?1, ?2, 'active', ?3)";
}
