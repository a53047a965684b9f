//! A disk that fills while a file is on its way.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Command,
};

use tokio::io::AsyncWriteExt;

use super::{Place, link};
use crate::world::World;

/// A file system of a megabyte, for as long as this is held.
struct Disk(String);

impl Disk {
    fn mounted(path: String) -> Self {
        fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", &path]).status();
        assert!(mounted.unwrap().success(), "tests of files mount a small disk, as root");
        Self(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whatever still holds it lets go of it when it ends.
        let _ = Command::new("umount").args(["--lazy", &self.0]).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_while_a_file_is_put_leaves_the_old_one_whole_and_says_so() {
    const HALF: usize = 200_000;
    let mut world = World::start().await;
    let place = Place::open(&mut world).await;
    world.set("NEBULA_WEB_URL", "http://127.0.0.1:1");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let disk = Disk::mounted(place.path("disk"));
    let path = place.path("disk/data");
    fs::write(&path, "the old one\n").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    place.give("app/disk/data");

    let put = place.admin.ask(&format!("/file put server:box path:{path}")).await;
    put.until("Get the link").await.press(&place.admin, "Get the link").await;
    let address = link(&world, &place.admin.sees("Upload](").await.text());
    let (host, way) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut upload = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!("PUT /{way} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\r\n", 2 * HALF);
    upload.write_all(head.as_bytes()).await.unwrap();
    upload.write_all(&vec![b'x'; HALF]).await.unwrap();
    let arrived = |_: &World| {
        fs::read_dir(&disk.0)
            .unwrap()
            .map_while(Result::ok)
            .any(|entry| entry.metadata().is_ok_and(|at| at.len() > 1_000))
    };
    world.until("a part of it is there", arrived).await;
    // Somebody else takes what is left of the disk.
    let filler = vec![b'y'; 1 << 20];
    assert!(fs::write(format!("{}/filler", disk.0), filler).is_err(), "it is full now");
    // It may be told before all of it was sent.
    let _ = upload.write_all(&vec![b'x'; HALF]).await;
    let said = put.until("Could not").await.text();
    assert!(said.contains("The disk is full."), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "the old one\n");
    let mut names: Vec<_> =
        fs::read_dir(&disk.0).unwrap().map_while(Result::ok).map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["data", "filler"], "nothing half-written is left");
    drop(upload);
    drop(disk);
    world.end().await;
}
