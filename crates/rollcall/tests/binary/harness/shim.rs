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

    /// How often a `-wal` file was brought to disk so far.
    pub(crate) fn fsyncs(&self) -> u64 {
        std::fs::metadata(self.folder.join("fsyncs")).map_or(0, |file| file.len())
    }
}
