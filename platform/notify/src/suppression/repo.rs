kernel::statements! {
    short IS = "select channel, reason, at from notify_suppression where hash = ?1";
    short ADD = "insert into notify_suppression (hash, channel, reason, at) values (?1, ?2, ?3, ?4) on conflict do nothing";
    short LIFT = "delete from notify_suppression where hash = ?1";
    short PAGE = "select channel, reason, at from notify_suppression where at < ?1 order by at desc limit ?2";
}
