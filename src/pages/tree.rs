//! The files of `web/`: in the binary, or read from their folder by a debug build, so that an edit shows at the next load.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use parking_lot::RwLock;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::pages::asset::Bodies;

pub(super) const JS: &str = "text/javascript; charset=utf-8";

#[derive(RustEmbed)]
#[folder = "src/pages/web"]
struct Web;

/// All files as they are together.
pub(super) struct Tree {
    /// The first bytes of the digest of all of them, hexadecimal.
    pub(super) tag: String,
    files: BTreeMap<String, OnceLock<Bodies>>,
}

static CURRENT: LazyLock<RwLock<Arc<Tree>>> = LazyLock::new(|| RwLock::new(Arc::new(Tree::read())));

impl Tree {
    fn read() -> Self {
        let mut all = Sha256::new();
        let mut files = BTreeMap::new();
        // Types are for those who write here.
        let mut names: Vec<_> = Web::iter().filter(|name| !name.ends_with(".d.ts")).collect();
        names.sort_unstable();
        for name in names {
            if let Some(file) = Web::get(&name) {
                all.update(name.as_bytes());
                all.update(file.metadata.sha256_hash());
                files.insert(name.into_owned(), OnceLock::new());
            }
        }
        let tag = all.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect();
        Self { tag, files }
    }

    /// The tree that addresses name now.
    pub(super) fn current() -> Arc<Self> {
        CURRENT.read().clone()
    }

    /// The same; a debug build looks first whether somebody edited it.
    pub(super) fn looked_at() -> Arc<Self> {
        if cfg!(debug_assertions) {
            let read = Self::read();
            if read.tag != Self::current().tag {
                *CURRENT.write() = Arc::new(read);
            }
        }
        Self::current()
    }

    /// The file of this name and its content type.
    pub(super) fn file(&self, name: &str) -> Option<(&Bodies, &'static str)> {
        let kept = self.files.get(name)?;
        let content_type = match name.rsplit('.').next()? {
            "js" => JS,
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        };
        let bodies =
            kept.get_or_init(|| Bodies::of(Web::get(name).map(|file| file.data.into_owned()).unwrap_or_default()));
        Some((bodies, content_type))
    }
}
