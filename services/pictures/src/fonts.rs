//! The fonts everything is drawn with, read once: no picture depends on what a machine has installed.

use std::sync::{Arc, OnceLock};

use resvg::usvg::fontdb::{Database, Source};

/// The `font-family` of words.
pub const SANS: &str = "DejaVu Sans";

/// The `font-family` in which every letter is as wide: 0.602 of its size. It has box drawing and blocks; Braille is the sans's,
/// and wider.
pub const MONO: &str = "DejaVu Sans Mono";

const FACES: [&[u8]; 4] = [
    include_bytes!("../../../assets/fonts/DejaVuSans.ttf"),
    include_bytes!("../../../assets/fonts/DejaVuSans-Bold.ttf"),
    include_bytes!("../../../assets/fonts/DejaVuSansMono.ttf"),
    include_bytes!("../../../assets/fonts/DejaVuSansMono-Bold.ttf"),
];

/// All of them.
pub(crate) fn all() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    Arc::clone(FONTS.get_or_init(|| {
        let mut fonts = Database::new();
        for face in FACES {
            fonts.load_font_source(Source::Binary(Arc::new(face)));
        }
        fonts.set_sans_serif_family(SANS);
        fonts.set_serif_family(SANS);
        fonts.set_monospace_family(MONO);
        Arc::new(fonts)
    }))
}
