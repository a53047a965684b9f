//! Streams: told once, by whichever way they are found, through everything that goes wrong at a platform, on the way, and here.

mod events;
mod scene;
mod seen;
mod told;
mod videos;
