//! A disk that fails on demand: a small library in C, preloaded into the server.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The library and the folder of its switches.
pub(crate) struct Shim {
    folder: PathBuf,
    library: PathBuf,
}

impl Shim {
    /// Compiles it into a folder.
    pub(crate) fn build(folder: &Path) -> Self {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/binary/harness/shim.c");
        let folder = folder.join("shim");
        std::fs::create_dir(&folder).unwrap();
        let library = folder.join("shim.so");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(source)
            .arg("-ldl");
        assert!(cc.status().expect("a C compiler").success(), "the shim does not compile");
        Self { folder, library }
    }

    /// Has a program run on this disk.
    pub(crate) fn put_under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("SHIM_FOLDER", &self.folder);
    }

    pub(crate) fn switch_on(&self, fault: &str) {
        std::fs::write(self.folder.join(fault), "").unwrap();
    }

    pub(crate) fn switch_off(&self, fault: &str) {
        std::fs::remove_file(self.folder.join(fault)).unwrap();
    }

    /// How long the `-wal` file was each time that it was brought to disk.
    pub(crate) fn fsyncs(&self) -> Vec<u64> {
        let notes = std::fs::read_to_string(self.folder.join("fsyncs")).unwrap_or_default();
        notes.lines().map(|line| line.parse().unwrap()).collect()
    }
}
