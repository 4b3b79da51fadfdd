//! The command line where something is not as it should be: nobody listens, nothing is there, it
//! was archived, or it was misspelt.

use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode};

use crate::commands::{DONE, FAILED, ends};
use crate::world::{PROGRAM, World};

/// As `iroko … 2>&1 | head -1` does, with a reader that has gone already.
fn unheard(world: &World, line: &str) -> Option<i32> {
    let mut command = Command::new(PROGRAM);
    let settings = world.settings.iter().map(|setting| setting.replace("{port}", "0"));
    command.args(line.split(' ')).args(settings).stdin(Stdio::null());
    let (out_reader, out) = std::io::pipe().expect("a pipe");
    let (err_reader, err) = std::io::pipe().expect("a pipe");
    drop((out_reader, err_reader));
    command.stdout(out).stderr(err).status().expect("it starts").code()
}

#[test]
fn a_command_that_nobody_listens_to_is_done_all_the_same() {
    let mut world = World::embedded();
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    let (served, alone) = (world.beside("served.iroko"), world.beside("alone.iroko"));
    assert_eq!(unheard(&world, &format!("market archive alpha/one {}", served.display())), Some(DONE));
    assert_eq!(unheard(&world, &format!("market import alpha/one {}", served.display())), Some(DONE));
    world.server.terminate();
    assert_eq!(unheard(&world, &format!("market archive alpha/one {}", alone.display())), Some(DONE));
    assert_eq!(unheard(&world, &format!("market import alpha/one {}", alone.display())), Some(DONE));
    assert_eq!(unheard(&world, "tenant tier nobody basic"), Some(4));
    world.server.restart();
    world.client().get("/alpha/one/v1/market").expect(200);
}

#[test]
fn only_a_regular_file_is_imported_and_nothing_keeps_the_server_from_ending() {
    let mut world = World::embedded();
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    let pipe = world.beside("pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let folder = world.beside("folder");
    std::fs::create_dir(&folder).unwrap();
    for (market, file, what) in [
        ("alpha/new", &pipe, "it is a pipe or a device"),
        ("alpha/new", &folder, "it is a folder"),
        ("alpha/new", &"/dev/zero".into(), "it is a pipe or a device"),
    ] {
        let file = file.display().to_string();
        ends(&world.run(["market", "import", market, &file]), FAILED, &[&file, what]);
    }
    assert!(world.server.terminate().is_some_and(|status| status.success()));
}
