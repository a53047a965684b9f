//! Streams: told once, by whichever way they are found, through everything that goes wrong at a platform, on the way, and here.

mod again;
mod ended;
mod events;
mod fed;
mod filtered;
mod forged;
mod fuzz;
mod hubs;
mod keys;
mod meant;
mod own;
mod pinged;
mod presence;
mod scene;
mod seen;
mod shown;
mod slow;
mod sockets;
mod told;
mod videos;
