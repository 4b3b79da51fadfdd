kernel::statements! {
    short ONE = "select id, contact, sign_up, name, language, password, used, expires from code where id = ?1";
    short ADD = "insert into code (id, contact, sign_up, name, language, password, at, expires) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    short GUESS = "update code set tries = tries + 1 where id = ?1 and used = 0 and expires > ?2 and tries < ?3";
    short USE = "update code set used = ?2 where id = ?1 and used = 0";
    short LAST_TO_PRUNE = "select expires from code where expires < ?1 order by expires limit 1 offset ?2";
    short PRUNE = "delete from code where id in (select id from code where expires < ?1 order by expires limit ?2)";
}
