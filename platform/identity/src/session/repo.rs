kernel::statements! {
    short ONE = "select id, person, device, at, seen, expires, ended from session where id = ?1";
    short OF_PERSON = "select id, person, device, at, seen, expires, ended from session \
         where person = ?1 and ended = 0 and expires > ?2 order by id limit 100";
    short ADD = "insert into session (id, person, device, at, seen, expires) values (?1, ?2, ?3, ?4, ?5, ?6)";
    short SEEN = "update session set seen = ?2, expires = ?3 where id = ?1 and ended = 0";
    short END = "update session set ended = ?2 where id = ?1 and ended = 0";
    short END_ALL_BUT = "update session set ended = ?3 where person = ?1 and id <> ?2 and ended = 0";
    short REFRESH = "select session, used, expires from refresh where hash = ?1";
    short ADD_REFRESH = "insert into refresh (hash, session, at, expires) values (?1, ?2, ?3, ?4)";
    /// Of two at the same time one uses it up, and the other is told to look again.
    short USE_REFRESH = "update refresh set used = ?2 where hash = ?1 and used = 0";
    short LAST_REFRESH_TO_PRUNE = "select expires from refresh where expires < ?1 \
         order by expires limit 1 offset ?2";
    short PRUNE_REFRESH = "delete from refresh where hash in \
         (select hash from refresh where expires < ?1 order by expires limit ?2)";
    short LAST_TO_PRUNE = "select expires from session where expires < ?1 order by expires limit 1 offset ?2";
    short PRUNE = "delete from session where id in \
         (select id from session where expires < ?1 order by expires limit ?2)";
}
