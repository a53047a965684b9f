//! Streams: told once, by whichever way they are found, through everything that goes wrong at a platform, on the way, and here.

mod ended;
mod events;
mod fed;
mod own;
mod presence;
mod scene;
mod seen;
mod sockets;
mod told;
mod videos;
