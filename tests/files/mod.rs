//! `/file`, as people use it: what is open, what is not, and that nothing is ever half done or lost.

mod full;
mod old;

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
    process::Command,
};

use base::UserId;
use peers::Sshd;
use store::{file_parts::FilePart, file_versions::FileVersion};
use tempfile::TempDir;

use crate::{people::Person, world::World};

/// A server with a directory that is open.
struct Place {
    sshd: Sshd,
    admin: Person,
    home: TempDir,
}

impl Place {
    async fn open(world: &mut World) -> Self {
        let sshd = world.with_server("box").await;
        let (admin, home) = (world.admin().await, tempfile::tempdir().unwrap());
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(home.path().join("app")).unwrap();
        let place = Self { sshd, admin, home };
        place.give("app");
        let opened = place.admin.ask(&format!("/file roots add server:box path:{}", place.path(""))).await;
        opened.until("Opened").await;
        place
    }

    /// The path of a name in the open directory.
    fn path(&self, name: &str) -> String {
        let path = self.home.path().join("app").join(name);
        path.to_str().unwrap().trim_end_matches('/').to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        self.give(&format!("app/{name}"));
    }

    /// Gives something to the user who logs in.
    fn give(&self, name: &str) {
        let given = Command::new("chown").arg("nebula-test:nebula-test").arg(self.home.path().join(name)).status();
        assert!(given.unwrap().success());
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Everything in the open directory, hidden files too.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).unwrap().map_while(Result::ok);
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// What is said, with the directory's random name made the same.
    fn shown(&self, text: &str) -> String {
        text.replace(self.home.path().to_str().unwrap(), "/srv")
    }

    /// Asks about a path in the open directory, and waits until the answer says this.
    async fn ask(&self, line: &str, says: &str) -> String {
        let line = line.replace("APP", &self.path(""));
        let shown = self.admin.ask(&line).await;
        self.shown(&shown.until(says).await.masked())
    }

    /// A file on the person's own machine.
    fn attached(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

on_both_worlds! { a_file_is_looked_at_changed_and_had_back }

#[expect(clippy::too_many_lines, reason = "one story of one file, from first to last")]
async fn a_file_is_looked_at_changed_and_had_back(mut world: World) {
    let place = Place::open(&mut world).await;
    place.write("config.yml", "port: 80\nname: app\n");
    fs::set_permissions(place.path("config.yml"), Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(place.path("logs")).unwrap();

    assert_shown!(place.ask("/file list server:box", "Files").await, @r"
    **Files** in `/srv/app` on `box`
    2 names
    `logs/`
    `config.yml`  19 B · <t:…:R>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(place.ask("/file get server:box path:APP/config.yml", "Fetched").await, @r"
    ✓ **Fetched** `/srv/app/config.yml` from `box`
    19 B · mode 0640 · changed <t:…:R>
    ```
    port: 80
    name: app
    ```
    config.yml
    -# ref REFERENCE · by <@…> · <t:…:R>
    config.yml
    ");
    assert_eq!(
        place.admin.offered(&format!("/file get server:box path:{}/co", place.path(""))).await,
        [place.path("config.yml")]
    );

    // The form holds what is there, and the difference is what changed.
    let form = place.admin.slash("/file edit server:box path:config.yml").await.form();
    let edited = form.fill(&[("What is in it", "port: 8080\nname: app")]).await;
    assert_shown!(place.shown(&edited.until("Changed").await.masked()), @r"
    ✓ **Changed** `/srv/app/config.yml` on `box`
    21 B · +1 −1 lines · mode 0640 and owner kept
    ```diff
    @@ -1,2 +1,2 @@
    -port: 80
    +port: 8080
     name: app
    ```
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(place.read("config.yml"), "port: 8080\nname: app\n");
    assert_eq!(fs::metadata(place.path("config.yml")).unwrap().mode() & 0o7777, 0o640);
    // Where a second name cannot be given to it, what is kept is a copy that only its user may read.
    let kept = versions(&world, &place, "config.yml").await[0].kept.clone().unwrap();
    fs::set_permissions(kept, Permissions::from_mode(0o600)).unwrap();
    edited.press(&place.admin, "Undo").await;
    let undone = place.admin.sees("Put back").await;
    assert_shown!(place.shown(&undone.masked()), @r"
    ✓ **Put back** `/srv/app/config.yml` on `box`
    19 B · the change was by <@…> <t:…:R>
    Undo this
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(place.read("config.yml"), "port: 80\nname: app\n");
    assert_eq!(fs::metadata(place.path("config.yml")).unwrap().mode() & 0o7777, 0o640);
    undone.press(&place.admin, "Undo this").await;
    world.until("it is as it was edited", |_| place.read("config.yml").contains("8080")).await;

    // A new file, and one in the place of another.
    let new = place.attached("new.txt", b"new\n");
    let put = format!("/file put server:box path:APP/new.txt file:@{}", new.display());
    assert_shown!(place.ask(&put, "Made").await, @r"
    ✓ **Made** `/srv/app/new.txt` on `box`
    4 B · mode 0644
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(place.ask(&put, "Could not write").await, @r"
    ✕ **Could not write** `/srv/app/new.txt` on `box`
    It says exactly that already. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(place.ask("/file move server:box from:APP/new.txt to:APP/logs", "Could not").await, @r"
    ✕ **Could not move** `/srv/app/new.txt` on `box`
    `nebula-test` may not do that there. Nothing was moved.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    place.give("app/logs");
    assert_shown!(place.ask("/file move server:box from:APP/new.txt to:APP/logs", "Moved").await, @r"
    ✓ **Moved** `/srv/app/new.txt` on `box`
    now `/srv/app/logs/new.txt`
    Move back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let line = format!("/file remove server:box path:{}", place.path("logs/new.txt"));
    let question = place.admin.ask(&line).await;
    assert_shown!(place.shown(&question.until("Really?").await.masked()), @r"
    ! **Really?** Remove `/srv/app/logs/new.txt` from `box`
    It is kept on the server for 14 days, where `/file undo` finds it.
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    question.press(&place.admin, "Confirm").await;
    assert_shown!(place.shown(&question.until("Removed").await.masked()), @r"
    ✓ **Removed** `/srv/app/logs/new.txt` from `box`
    4 B
    The server keeps it for 14 days, so its room is not free yet.
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(!fs::exists(place.path("logs/new.txt")).unwrap());
    place.ask("/file undo server:box path:APP/logs/new.txt", "Put back").await;
    assert_eq!(place.read("logs/new.txt"), "new\n");
    assert_eq!(place.names(), ["config.yml", "logs"], "nothing is left beside them");

    place.ask("/file roots list", "Open to files").await;
    place.ask("/file roots remove server:box path:APP", "Closed").await;
    assert_shown!(place.ask("/file get server:box path:APP/config.yml", "work").await, @r"
    ✕ **That will not work**
    No directory of `box` is open to files yet. `/file roots add` opens one. Nothing was done.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

/// What is kept of a path.
async fn versions(world: &World, place: &Place, name: &str) -> Vec<FileVersion> {
    let store = world.store().await;
    let server = store.servers().await.unwrap().remove(0).id;
    let versions = store.file_versions(world.guild(), &server, &place.path(name)).await.unwrap();
    store.close().await;
    versions
}

/// Of the original nobody knew what it had done when it broke off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_broke_off_loses_nothing_and_stands_in_nobodys_way() {
    let mut world = World::start().await;
    let mut place = Place::open(&mut world).await;
    place.write("config.yml", "port: 80\n");
    place.write("port", "80\n");

    // It is gone, and nobody was told: what was there is kept, since nobody can know.
    let gone = place.home.path().join("app/config.yml");
    place.sshd.lose_sftp_with(&gone);
    let question = place.admin.ask(&format!("/file remove server:box path:{}", gone.display())).await;
    question.until("Really?").await.press(&place.admin, "Confirm").await;
    assert_shown!(place.shown(&question.until("Could not").await.masked()), @r"
    ✕ **Could not remove** `/srv/app/config.yml` on `box`
    The connection was lost. Whether it was done is not known: look at it again. What was there is kept.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(!gone.exists());
    place.ask("/file undo server:box path:APP/config.yml", "Put back").await;
    assert_eq!(place.read("config.yml"), "port: 80\n");

    // A process that was killed noted what it never did, and left a part beside it.
    let new = place.attached("new", b"8080\n");
    place.ask(&format!("/file put server:box path:APP/port file:@{}", new.display()), "Changed").await;
    let last = versions(&world, &place, "port").await.remove(0);
    let store = world.store().await;
    let never = store.new_file_version(last.guild, &last.server, &last.path, UserId(1));
    let never = FileVersion { before: last.after.clone(), after: "sha256:never".to_owned(), kept: None, ..never };
    store.note_file_version(&never).await.unwrap();
    place.write(".nebula-0-1.part", "808");
    let (id, path) = (never.id.clone(), place.path(".nebula-0-1.part"));
    let part = FilePart { id, guild: last.guild, server: last.server, path, at: never.at };
    store.note_file_part(&part).await.unwrap();
    store.close().await;
    place.ask("/file undo server:box path:APP/port", "Put back").await;
    assert_eq!(place.read("port"), "80\n");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    world.until("nothing is left beside it", |_| place.names() == ["config.yml", "port"]).await;

    let line = place.admin.ask("/server remove server:box").await;
    line.until("Really?").await.press(&place.admin, "Confirm").await;
    assert_shown!(place.shown(&line.until("Removed").await.masked()), @r"
    ✓ **Removed** `box`
    Its key and credential are deleted here. On the server nothing was changed.
    What files were before I changed them stays there, in `~/.local/state/nebula-files` of whoever I logged in as.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

/// The original compared the beginning of texts, and followed every link.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_outside_of_what_is_open_is_reached_and_nothing_odd_is_half_done() {
    let mut world = World::start().await;
    let place = Place::open(&mut world).await;
    let evil = place.home.path().join("app-evil");
    fs::create_dir(&evil).unwrap();
    place.give("app-evil");
    fs::write(evil.join("file"), "theirs").unwrap();
    symlink(&evil, place.path("out")).unwrap();
    symlink(place.path("out/file"), place.path("twice")).unwrap();
    symlink(place.path("round"), place.path("round")).unwrap();
    fs::create_dir(place.path("sub")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let large = fs::File::create(place.path("large")).unwrap();
    large.set_len(5_000_000_000).unwrap();
    fs::write(place.path("a\nb"), "").unwrap();
    place.write("kept.txt", "kept\n");
    let file = place.attached("new.txt", b"new\n");

    for (path, says) in [
        (evil.join("file").to_str().unwrap(), "outside of what is open"),
        ("/etc/passwd", "outside of what is open"),
        ("APP/../app-evil/file", "without `..`"),
        ("APP/out/file", "leads out of what is open"),
        ("APP/twice", "leads out of what is open"),
        ("APP/round", "in a circle"),
        ("APP/sub", "directory"),
        ("APP/pipe", "a pipe"),
        ("APP/not/there", "no such file"),
    ] {
        for line in [
            format!("/file get server:box path:{path}"),
            format!("/file put server:box path:{path} file:@{}", file.display()),
            format!("/file edit server:box path:{path}"),
        ] {
            place.ask(&line, says).await;
        }
    }
    assert_shown!(place.ask("/file get server:box path:APP/large", "Could not").await, @r"
    ✕ **Could not fetch** `/srv/app/large` on `box`
    It has 5.0 GB, and an attachment here at most 10.5 MB. Nothing was fetched.
    Larger ones go through a link, and for that `NEBULA_WEB_URL` must say where people reach my pages.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(place.ask("/file get server:box path:APP/out/file", "Could not").await, @r"
    ✕ **Could not fetch** `/srv/app/out/file` on `box`
    A link on the way leads out of what is open to files there. Nothing was fetched.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(place.ask("/file list server:box", "Files").await.contains("its name holds a line break"));
    let outside = format!("/file move server:box from:APP/kept.txt to:{}", evil.join("kept.txt").display());
    place.ask(&outside, "outside of what is open").await;
    place.ask("/file move server:box from:APP/kept.txt to:APP/out/kept.txt", "leads out").await;
    place.ask("/file move server:box from:APP/kept.txt to:APP/large", "there already").await;
    place.ask("/file roots add server:box path:/", "the whole machine").await;

    // A disk that is full, and one that cannot be written.
    let disk = place.path("disk");
    fs::create_dir(&disk).unwrap();
    let mount = |options: &str| Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs", &disk]).status();
    assert!(mount("size=64k,mode=777").unwrap().success());
    let big = place.attached("big", &vec![b'x'; 200_000]);
    let full = place.ask(&format!("/file put server:box path:APP/disk/big file:@{}", big.display()), "Could not").await;
    let left: Vec<_> = fs::read_dir(&disk).unwrap().collect();
    assert!(Command::new("mount").args(["-o", "remount,ro", &disk]).status().unwrap().success());
    let put = format!("/file put server:box path:APP/disk/new file:@{}", file.display());
    let read_only = place.ask(&put, "Could not").await;
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    assert!(
        left.is_empty() && full.contains("are free there") && read_only.contains("is read-only"),
        "{full}\n{read_only}"
    );

    assert_eq!(
        (fs::read_to_string(evil.join("file")).unwrap(), place.read("kept.txt")),
        ("theirs".into(), "kept\n".into())
    );
    assert!(!place.names().iter().any(|name| name.starts_with(".nebula")), "{:?}", place.names());
    world.end().await;
}

/// A yes is for what was there and what was to be: whatever changed in between, it counts for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_to_a_change_is_of_exactly_what_was_there_and_what_will_be() {
    let mut world = World::start().await;
    let place = Place::open(&mut world).await;
    let member = world.member().await;
    place.write("config.yml", "port: 80\nname: app\n");
    world.never_show("correct-horse-battery");
    let form = place.admin.slash("/secret set name:DB").await.form();
    form.fill(&[("Value", "correct-horse-battery")]).await.until("Set").await;
    place.write("secret.env", "DB=correct-horse-battery\n");
    place.ask("/policy set need:approve action:file.write", "Policy set").await;
    place.ask("/grant person person:@member allow:file.* on:box", "Granted").await;

    let form = member.slash("/file edit server:box path:config.yml").await.form();
    let question = form.fill(&[("What is in it", "port: 8080\nname: app")]).await;
    insta::assert_snapshot!(place.shown(&question.until("Approve?").await.masked()), @r"
    ! **Approve?** Change `config.yml` on `box`, +1 −1 lines
    asked by <@…> · changes something · this guild's rule for `file.write` on `*`
    Details
    ```diff
    @@ -1,2 +1,2 @@
    -port: 80
    +port: 8080
     name: app
    ```
    Approve
    Deny
    -# another person who may do `file.write` on `box` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    place.write("config.yml", "port: 81\nname: app\n");
    question.seen_by(&place.admin).await.press(&place.admin, "Approve").await;
    question.until("changed since this was asked for").await;
    assert_eq!(place.read("config.yml"), "port: 81\nname: app\n");

    let form = member.slash("/file edit server:box path:config.yml").await.form();
    let question = form.fill(&[("What is in it", "port: 8080\nname: app")]).await;
    question.until("Approve?").await;
    question.seen_by(&place.admin).await.press(&place.admin, "Approve").await;
    question.until("Changed").await;
    assert_eq!(place.read("config.yml"), "port: 8080\nname: app\n");

    // What is secret is shown to nobody, and its mask never takes its place.
    let fetched = member.ask("/file get server:box path:secret.env").await;
    fetched.until("secrets, which are masked").await;
    assert!(fetched.is_private());
    let refused = member.ask("/file edit server:box path:secret.env").await;
    refused.until("holds a secret, which no form may show").await;
    let copy = place.attached("secret.env", &fetched.file().await);
    let put = format!("/file put server:box path:secret.env file:@{}", copy.display());
    member.ask(&put).await.until("the secret would be lost").await;
    assert_eq!(place.read("secret.env"), "DB=correct-horse-battery\n");

    // Roots give everything below them to whoever holds `file.*`: they take more.
    let refused = member.ask("/file roots add server:box path:/srv").await;
    refused.until("`grant.give` on `box`").await;
    world.end().await;
}

/// The link on somebody's screen, as the bot's own pages answer it.
fn link(world: &World, shown: &str) -> String {
    let (_, rest) = shown.split_once("/file/").unwrap_or_else(|| panic!("no link in {shown}"));
    format!("{}/file/{}", world.web(), rest.split(')').next().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_too_large_for_a_message_goes_through_a_link_that_works_once_for_who_asked() {
    let mut world = World::start().await;
    let place = Place::open(&mut world).await;
    let large: Vec<u8> = (0..30_000_000_u32).map(|at| b"0123456789abcdef\n"[at as usize % 17]).collect();
    fs::write(place.path("large"), &large).unwrap();
    place.ask("/file get server:box path:APP/large", "`NEBULA_WEB_URL` must say").await;
    world.set("NEBULA_WEB_URL", "http://127.0.0.1:1");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let member = world.member().await;
    let web = reqwest::Client::new();

    let put = place.admin.ask(&format!("/file put server:box path:{}", place.path("up"))).await;
    insta::assert_snapshot!(place.shown(&put.until("Get the link").await.masked()), @r"
    ◐ **Put** `/srv/app/up` on `box`
    up to 5.0 GB · the link is gone <t:…:R>
    Cancel
    Whoever asked gets a link that works once.
    Get the link
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let refused = put.try_press(&member, "Get the link").await.unwrap().answer().await;
    assert!(refused.is_private() && !refused.text().contains("/file/"), "{}", refused.text());
    put.press(&place.admin, "Get the link").await;
    let shown = place.admin.sees("Your link").await;
    assert!(shown.is_private());
    let address = link(&world, &shown.text());
    for _ in 0..2 {
        let page = web.get(&address).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("Upload") && page.contains("The link works once"), "{page}");
    }
    let told = web.put(&address).body(large.clone()).send().await.unwrap();
    assert_eq!(
        (told.status().as_u16(), told.text().await.unwrap().contains("30.0 MB are on their server")),
        (200, true)
    );
    put.until("Made").await;
    assert!(fs::read(place.path("up")).unwrap() == large);
    assert_eq!(web.put(&address).body("again").send().await.unwrap().status(), 404);

    let get = place.admin.ask(&format!("/file get server:box path:{}", place.path("up"))).await;
    get.until("Get the link").await.press(&place.admin, "Get the link").await;
    let other = |text: &str| text.contains("Download](");
    let down = link(&world, &place.admin.sees_where("a link to load it", other).await.text());
    assert!(web.get(&down).send().await.unwrap().text().await.unwrap().contains("Secrets in it are masked"));
    let loaded = web.post(&down).send().await.unwrap();
    assert_eq!(loaded.headers()["content-disposition"], "attachment; filename=\"up\"");
    assert!(loaded.bytes().await.unwrap() == large);
    get.until("through a link").await;
    assert_eq!(web.post(&down).send().await.unwrap().status(), 404);

    // What breaks off leaves what was there.
    let put = place.admin.ask(&format!("/file put server:box path:{}", place.path("up"))).await;
    put.until("Get the link").await.press(&place.admin, "Get the link").await;
    let other = |text: &str| text.contains("Upload](") && !text.contains(address.rsplit('/').next().unwrap());
    let again = link(&world, &place.admin.sees_where("another link", other).await.text());
    let (host, path) = again.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut half = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 1000\r\n\r\nonly so much");
    tokio::io::AsyncWriteExt::write_all(&mut half, head.as_bytes()).await.unwrap();
    drop(half);
    put.until("The upload broke off").await;
    assert!(fs::read(place.path("up")).unwrap() == large);
    assert_eq!(place.names(), ["large", "up"]);
    world.end().await;
}
