kernel::statements! {
    short ONE = "select id, name, language, password, version from person where id = ?1";
    short BY_CONTACT = "select p.id, p.name, p.language, p.password, p.version from contact c \
         join person p on p.id = c.person where c.address = ?1";
    short CONTACTS = "select address from contact where person = ?1 order by address limit 20";
    short ADD = "insert into person (id, name, language, password, at) values (?1, ?2, ?3, ?4, ?5)";
    short ADD_CONTACT = "insert into contact (address, person, at) values (?1, ?2, ?3)";
    short SET = "update person set name = ?2, language = ?3, version = version + 1 where id = ?1 and version = ?4";
    short SET_PASSWORD = "update person set password = ?2, version = version + 1 where id = ?1 and version = ?3";
}
