//! Program by program, what destroys.

/// Whatever their arguments, something is gone or off afterwards.
const ALWAYS: [&str; 25] = [
    "rm",
    "rmdir",
    "unlink",
    "shred",
    "srm",
    "wipe",
    "wipefs",
    "mkswap",
    "mke2fs",
    "blkdiscard",
    "truncate",
    "reboot",
    "shutdown",
    "poweroff",
    "halt",
    "userdel",
    "groupdel",
    "deluser",
    "delgroup",
    "lvremove",
    "vgremove",
    "pvremove",
    "dropdb",
    "dropuser",
    "ipcrm",
];
const DATABASES: [&str; 7] = ["psql", "mysql", "mariadb", "sqlite3", "mongosh", "mongo", "clickhouse-client"];
const STATEMENTS: [&str; 7] =
    ["drop ", "truncate ", "delete from ", ".drop(", "dropdatabase(", ".deletemany(", ".remove("];
/// What a cloud's command line calls it.
const GONE: [&str; 8] = ["rm", "rb", "delete", "destroy", "terminate", "purge", "deregister", "remove"];

/// What `docker` can remove.
const THINGS: [&str; 11] =
    ["volume", "network", "image", "container", "secret", "config", "stack", "service", "swarm", "context", "plugin"];

/// Whether a program with these arguments destroys.
pub(super) fn destroys(program: &str, arguments: &[&str]) -> bool {
    let sub = arguments.iter().find(|argument| !argument.starts_with('-')).copied().unwrap_or_default();
    let has = |wanted: &[&str]| has(arguments, wanted);
    let starts = |start: &str| arguments.iter().any(|argument| argument.starts_with(start));
    let any = |test: &dyn Fn(&str) -> bool| arguments.iter().any(|argument| test(argument));
    match program {
        _ if ALWAYS.contains(&program) || program.starts_with("mkfs") => !matches!(arguments, ["--help" | "--version"]),
        "dd" => any(&|argument| argument.strip_prefix("of=").is_some_and(|file| file != "/dev/null")),
        "fdisk" | "sfdisk" | "gdisk" | "cfdisk" => !has(&["-l", "--list", "-d", "--dump", "-x"]) && !sub.is_empty(),
        "sgdisk" => has(&["-Z", "-z", "-o", "--zap-all", "--zap", "--clear"]) || starts("-d") || starts("--delete"),
        "parted" => has(&["rm", "mklabel", "mktable", "mkpart", "resizepart"]),
        "cryptsetup" => has(&["luksFormat", "erase", "luksErase", "reencrypt", "luksKillSlot", "luksRemoveKey"]),
        "hdparm" => starts("--security-erase"),
        "nvme" => matches!(sub, "format" | "sanitize" | "delete-ns"),
        "mdadm" => has(&["--zero-superblock", "--remove", "--fail", "--stop", "-S"]),
        "zfs" | "zpool" => matches!(sub, "destroy" | "rollback" | "labelclear" | "export"),
        "btrfs" => has(&["delete"]),
        "find" => has(&["-delete"]),
        "init" | "telinit" => matches!(sub, "0" | "6"),
        "systemctl" => matches!(
            sub,
            "reboot"
                | "poweroff"
                | "halt"
                | "kexec"
                | "rescue"
                | "emergency"
                | "soft-reboot"
                | "isolate"
                | "suspend"
                | "hibernate"
        ),
        "loginctl" => matches!(sub, "terminate-user" | "terminate-session" | "kill-user" | "reboot" | "poweroff"),
        "kill" | "killall" | "pkill" => {
            arguments.last().is_some_and(|last| matches!(*last, "-1" | "1"))
                && arguments.len() > usize::from(program == "kill")
        }
        "docker" | "podman" | "nerdctl" | "docker-compose" => container(arguments),
        "kubectl" | "oc" => has(&["delete", "drain"]) && !has(&["exec"]) || has(&["replace"]) && has(&["--force"]),
        "helm" => matches!(sub, "uninstall" | "delete" | "del" | "rollback"),
        "terraform" | "tofu" | "pulumi" => {
            sub == "destroy" || has(&["-destroy", "--destroy"]) || has(&["state"]) && has(&["rm"])
        }
        "git" => git(arguments),
        "crontab" => {
            any(&|argument| argument.starts_with('-') && !argument.starts_with("--") && argument.contains('r'))
        }
        "apt" | "apt-get" | "aptitude" => matches!(sub, "purge" | "autopurge") || has(&["--purge"]),
        "dpkg" => has(&["-P", "--purge"]),
        "redis-cli" => {
            any(&|argument| matches!(argument.to_ascii_lowercase().as_str(), "flushall" | "flushdb" | "shutdown"))
        }
        _ if DATABASES.contains(&program) => {
            let text = arguments.join(" ").to_ascii_lowercase();
            STATEMENTS.iter().any(|statement| text.contains(statement))
        }
        "mysqladmin" => has(&["drop", "shutdown"]),
        "iptables" | "ip6tables" => has(&["-F", "--flush", "-X", "--delete-chain"]),
        "nft" => has(&["flush", "delete"]),
        "ufw" => has(&["reset", "delete"]),
        "rsync" => starts("--del") || has(&["--remove-source-files"]),
        "rclone" => matches!(sub, "delete" | "purge" | "sync" | "deletefile" | "move" | "cleanup" | "rmdirs"),
        "restic" | "borg" => has(&["forget", "prune", "delete", "rewrite"]),
        "journalctl" => starts("--vacuum"),
        "aws" | "gcloud" | "az" | "doctl" | "hcloud" | "linode-cli" | "flyctl" | "fly" | "heroku" => any(&|word| {
            GONE.iter().any(|verb| word.strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
        }),
        "chmod" | "chown" | "chgrp" => {
            any(&|argument| argument == "--recursive" || (argument.starts_with('-') && argument.contains('R')))
                && any(&is_system)
        }
        "mv" => arguments.last() == Some(&"/dev/null") || any(&is_system),
        "cp" | "tee" | "install" => any(&is_device),
        "virsh" => matches!(sub, "destroy" | "undefine" | "vol-delete" | "pool-delete" | "snapshot-delete"),
        "qm" | "pct" => matches!(sub, "destroy"),
        "passwd" => has(&["-d", "--delete"]),
        "history" => has(&["-c"]),
        "gpg" => starts("--delete"),
        _ => false,
    }
}

fn container(arguments: &[&str]) -> bool {
    let has = |wanted: &[&str]| has(arguments, wanted);
    let words: Vec<&str> = arguments.iter().copied().filter(|argument| !argument.starts_with('-')).take(4).collect();
    // An option before the subcommand may take a word.
    let option_first = arguments.first().is_some_and(|first| first.starts_with('-'));
    let removes = |words: &[&str]| match words {
        ["run" | "exec" | "logs" | "ps" | "inspect" | "images", ..] => false,
        ["rm" | "rmi" | "prune", ..] | ["compose", "rm", ..] | [_, "prune", ..] => true,
        [thing, sub, ..] => THINGS.contains(thing) && matches!(*sub, "rm" | "remove" | "leave"),
        _ => false,
    };
    removes(&words)
        || (option_first && words.len() > 1 && removes(&words[1..]))
        || has(&["down"]) && has(&["-v", "--volumes", "--rmi"])
}

fn git(arguments: &[&str]) -> bool {
    let has = |wanted: &[&str]| has(arguments, wanted);
    let short = |letter: char| {
        arguments
            .iter()
            .any(|argument| argument.starts_with('-') && !argument.starts_with("--") && argument.contains(letter))
    };
    let forced =
        || short('f') || arguments.iter().any(|argument| argument.starts_with('+') || argument.starts_with("--force"));
    // Its own options stand before, some with a value.
    let subcommand = |name: &str| arguments.iter().take(6).any(|argument| *argument == name);
    subcommand("reset") && has(&["--hard", "--merge"])
        || subcommand("clean") && forced()
        || subcommand("push")
            && (has(&["--mirror", "--delete", "-d", "--prune"])
                || forced()
                || arguments.iter().any(|argument| argument.starts_with(':')))
        || subcommand("branch") && has(&["-D", "-d", "--delete"])
        || subcommand("tag") && has(&["-d", "--delete"])
        || (subcommand("checkout") || subcommand("restore")) && has(&[".", "--", "-f", "--force"])
        || subcommand("stash") && has(&["drop", "clear"])
        || subcommand("reflog") && has(&["expire", "delete"])
        || subcommand("gc") && arguments.iter().any(|argument| argument.starts_with("--prune"))
        || subcommand("filter-branch")
        || subcommand("filter-repo")
        || subcommand("update-ref")
        || subcommand("worktree") && has(&["remove"])
        || subcommand("rm")
}

fn has(arguments: &[&str], wanted: &[&str]) -> bool {
    arguments.iter().any(|argument| wanted.contains(argument))
}

/// Whether a path is a disk, or a part of one.
pub(super) fn is_device(path: &str) -> bool {
    const DISKS: [&str; 11] = ["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "dm-", "md", "mapper/", "disk/", "loop"];
    path.strip_prefix("/dev/").is_some_and(|name| DISKS.iter().any(|disk| name.starts_with(disk)))
}

fn is_system(path: &str) -> bool {
    const SYSTEM: [&str; 13] =
        ["/", "/*", "/etc", "/usr", "/var", "/bin", "/lib", "/boot", "/home", "/root", "/sbin", "/opt", "/srv"];
    SYSTEM.contains(&path)
        || path.strip_suffix('/').or_else(|| path.strip_suffix("/*")).is_some_and(|path| SYSTEM.contains(&path))
}
