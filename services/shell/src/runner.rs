//! What no rule can make harmless: programs that run what they are given, and the options and words that make others do so.
//!
//! **Invariant:** this is asked of rules that people add. It keeps nobody from listing a program that changes things: what a guild
//! calls harmless is the guild's to say, but a rule must not open a way around all the others.

use base::card::code;

use crate::{ruin, rule::Rule};

/// They run, or read as a program, what they are given or find in the directory they are started in. The wrappers that `ruin`
/// looks through belong here too.
const PROGRAMS: &str = "
    sh bash dash zsh ksh mksh ash rbash fish csh tcsh pwsh nu
    python pypy perl ruby irb node nodejs deno bun php lua luajit tclsh expect java julia R Rscript ghci groovy erl iex elixir
    awk gawk mawk nawk sed bc dc m4
    ed ex vi vim nvim view vimdiff nano pico emacs
    less more most man info
    gdb lldb perf
    psql mysql mariadb sqlite sqlite3 mongo mongosh redis-cli
    sudoedit pkexec unbuffer rlwrap fakeroot catchsegv valgrind caffeinate
    ssh scp sftp rsync mosh telnet nc ncat netcat socat
    tar bsdtar cpio zip tcpdump
    at batch screen tmux entr run-parts logrotate
    git make cmake ninja npm npx yarn pnpm pip pipx uv cargo rustc go mvn gradle ansible ansible-playbook ansible-console
    . source eval exec command builtin alias trap enable hash bind complete compgen fc set shopt unset
    printf test let declare typeset local export readonly read mapfile readarray
";
/// Options that make a program run, write or remove; everything else of it may be on the list.
const OPTIONS: [(&str, &[&str]); 11] = [
    ("find", &["-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fprint0", "-fprintf", "-fls"]),
    ("fd", &["-x", "-X", "--exec", "--exec-batch"]),
    ("fdfind", &["-x", "-X", "--exec", "--exec-batch"]),
    ("sort", &["--compress-program", "-o", "--output"]),
    ("rg", &["--pre", "--hostname-bin"]),
    ("nmap", &["--script"]),
    ("rpm", &["-E", "--eval", "-D", "--define", "--pipe", "--macros"]),
    ("hg", &["--config", "--cwd", "-R", "--repository"]),
    ("apt", &["-o", "--option", "-c", "--config-file"]),
    ("apt-get", &["-o", "--option", "-c", "--config-file"]),
    ("apt-cache", &["-o", "--option", "-c", "--config-file"]),
];
/// What the name of an option says that makes a program run something.
const TELLING: [&str; 5] = ["command", "exec", "rsh", "eval", "shell"];
/// Programs of many commands: which of these are followed by one more, and which run what they are given.
const COMMANDS: [(&str, &[&str], &[&str]); 9] = [
    ("docker", &["compose", "container", "image", "builder", "buildx"], &["exec", "run", "build", "bake"]),
    ("podman", &["compose", "container", "image", "machine"], &["exec", "run", "build", "ssh", "unshare"]),
    ("nerdctl", &["compose", "container", "image", "builder"], &["exec", "run", "build"]),
    ("docker-compose", &[], &["exec", "run", "build"]),
    ("kubectl", &[], &["exec", "run", "debug", "attach", "plugin"]),
    ("ip", &["netns", "vrf"], &["exec"]),
    ("lxc", &[], &["exec", "shell", "console"]),
    ("incus", &[], &["exec", "shell", "console"]),
    ("pct", &[], &["exec", "enter", "console"]),
];

/// Refuses a rule that would let a line run anything; the error says why.
pub(crate) fn refuse(rule: &Rule) -> Result<(), String> {
    let program = rule.program.as_str();
    let options = OPTIONS.iter().find(|(known, _)| *known == program);
    if let Some(option) = options.and_then(|(_, banned)| named(rule).find(|name| means(name, banned))) {
        return Err(format!("{} makes {} run or change what it is given", code(option), code(program)));
    }
    // `--password-command`, `--rsh`, `--eval`: whatever the program, such a name says what it does.
    if let Some(option) =
        named(rule).find(|name| name.starts_with("--") && TELLING.iter().any(|part| name.contains(part)))
    {
        return Err(format!("{} makes {} run what it is given", code(option), code(program)));
    }
    if let Some((_, groups, runs)) = COMMANDS.iter().find(|(known, ..)| *known == program) {
        return commands(rule, groups, runs);
    }
    // `python3.11` is python, and `vim.tiny` is vim.
    let plain = program.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    if [program, plain]
        .into_iter()
        .any(|name| PROGRAMS.split_whitespace().any(|known| known == name) || ruin::runs(name))
    {
        return Err(format!("{} runs what it is given, so nothing makes it harmless", code(program)));
    }
    Ok(())
}

/// Every option and every word that must be given, as the program reads them.
fn named(rule: &Rule) -> impl Iterator<Item = &str> {
    rule.flags().chain(rule.fixed.iter().flatten().map(String::as_str))
}

/// Whether an option is one of those, also cut short as GNU's are, or one letter of several.
fn means(name: &str, banned: &[&str]) -> bool {
    let letters = name.strip_prefix('-').filter(|letters| !letters.starts_with('-')).unwrap_or_default();
    banned.iter().any(|option| {
        let letter = option.strip_prefix('-').filter(|letter| letter.len() == 1);
        *option == name
            || (name.len() > 2 && name.starts_with("--") && option.starts_with(name))
            || letter.is_some_and(|letter| letters.contains(letter))
    })
}

/// The command must stand right behind the program, and be none that runs what it is given. Some programs take it cut short.
fn commands(rule: &Rule, groups: &[&str], runs: &[&str]) -> Result<(), String> {
    let program = code(&rule.program);
    if rule.has_leading() {
        return Err(format!("an option before the command of {program} may take the command for its value"));
    }
    for alternatives in &rule.fixed {
        let one_of =
            |known: &[&str]| alternatives.iter().find(|word| known.iter().any(|known| known.starts_with(*word)));
        if let Some(word) = one_of(runs) {
            return Err(format!("{} of {program} runs what it is given", code(word)));
        }
        if alternatives.iter().any(|word| word.starts_with('-')) {
            return Err(format!("an option before the command of {program} may take the command for its value"));
        }
        if one_of(groups).is_none() {
            return Ok(());
        }
    }
    if rule.has_operands() || rule.flags().next().is_some() {
        return Err(format!("it must name the command of {program}, as `docker logs ?` does"));
    }
    Ok(())
}

/// Whether a program runs, or reads as a program, what it is given; `python3.11` is python, and `vim.tiny` is vim.
pub(crate) fn is_one(program: &str) -> bool {
    let plain = program.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    PROGRAMS.split_whitespace().any(|known| known == program || known == plain)
}

/// Whether a program does so by one of these options, or by one of its commands, which some take cut short.
pub(crate) fn runs_by(program: &str, arguments: &[&str]) -> bool {
    let options = OPTIONS.iter().filter(|(known, _)| *known == program).flat_map(|(_, options)| *options);
    let commands = COMMANDS.iter().filter(|(known, ..)| *known == program).flat_map(|(.., running)| *running);
    let (options, commands): (Vec<&str>, Vec<&str>) = (options.copied().collect(), commands.copied().collect());
    arguments.iter().any(|argument| {
        let telling = argument.starts_with("--") && TELLING.iter().any(|word| argument.contains(word));
        telling
            || means(argument, &options)
            || (!argument.is_empty() && commands.iter().any(|known| known.starts_with(*argument)))
    })
}

#[cfg(test)]
mod tests {
    use base::Risk;

    use crate::{Harmless, judge};

    fn add(rule: &str) -> Result<(), String> {
        Harmless::default().add(rule)
    }

    #[test]
    fn what_runs_what_it_is_given_is_never_on_the_list() {
        for rule in [
            "bash -c=",
            "bash",
            "sh *",
            "python3 -c=",
            "python3.11 !--version",
            "perl5.36 -e=",
            "sudo ?",
            "env",
            "xargs -n=",
            "timeout ? *",
            "nohup *",
            "watch -n= *",
            "ssh *",
            "vim.tiny *",
            "git *",
            "tar -t *",
            "awk ?",
            "systemd-run *",
            ". *",
            "eval *",
            "printf *",
            "find -exec= *",
            "find !-exec *",
            "find -name= -delete /srv/**",
            "fd -HX *",
            "fd -x *",
            "fd --exec-b= *",
            "sort --compress-prog= *",
            "ip -b= *",
            "docker exec *",
            "docker ps|exec *",
            "docker *",
            "docker ?",
            "docker compose *",
            "docker compose exec *",
            "docker compose ps|run *",
            "docker -D exec *",
            "docker -D logs *",
            "docker !--context logs *",
            "kubectl exec *",
            "kubectl debug",
            "ip netns exec *",
            "ip netn ex *",
            "ip netns *",
            "docker -H=",
            "sort -no x/*",
            "pct exec *",
            "busybox *",
            "nsenter *",
            "make -n",
        ] {
            assert!(add(rule).is_err(), "{rule}");
        }
    }

    #[test]
    fn what_only_looks_may_be() {
        for rule in [
            "restic snapshots --json",
            "docker",
            "docker logs -f ?",
            "docker compose config",
            "docker compose ps -a",
            "kubectl get cm *",
            "ip netns list",
            "find -name= -newer= /srv/**",
            "fd -e= *",
            "pct list",
            "borg list *",
            "sort -k=",
            "nodetool status",
            "node_exporter !--version",
        ] {
            assert_eq!(add(rule), Ok(()), "{rule}");
        }
    }

    #[test]
    fn what_destroys_does_so_whatever_is_on_the_list() {
        let mut list = Harmless::default();
        list.add("rm -r -f *").unwrap();
        list.add("df *").unwrap();
        assert_eq!(judge("rm -rf /srv", &list).class, Risk::Destroy);
        assert_eq!(judge("df / && rm x", &list).class, Risk::Destroy);
        assert_eq!(judge("df / > x", &list).class, Risk::Change);
        assert_eq!(judge("df /", &list).class, Risk::Observe);
    }

    #[test]
    fn a_refusal_says_why() {
        assert_eq!(add("bash -c=").unwrap_err(), "`bash` runs what it is given, so nothing makes it harmless");
        assert_eq!(add("find -exec=").unwrap_err(), "`-exec` makes `find` run or change what it is given");
        assert_eq!(add("docker ps|exec *").unwrap_err(), "`exec` of `docker` runs what it is given");
        assert_eq!(add("docker *").unwrap_err(), "it must name the command of `docker`, as `docker logs ?` does");
        assert!(add("").unwrap_err().contains("no name of a program"));
    }
}
