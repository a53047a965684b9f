//! Private keys in every form that people have them in, made by the programs they make them with.

use std::process::{Command, Stdio};

use hosts::ssh::{Credential, KeyError};
use secrecy::SecretString;

/// Runs a program in a fresh directory and returns the file `key` that it wrote there.
fn made_by(script: &str) -> String {
    let output = Command::new("sh")
        .args(["-ec", &format!("d=$(mktemp -d); cd $d; {{ {script}; }} >/dev/null; cat key; rm -r $d")])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(pem: &str, passphrase: Option<&str>) -> Result<Credential, KeyError> {
    let passphrase = passphrase.map(SecretString::from);
    Credential::private_key(&pem.into(), passphrase.as_ref())
}

#[test]
fn every_usual_form_of_a_private_key_is_read() {
    for script in [
        "ssh-keygen -q -t ed25519 -N '' -f key",
        "ssh-keygen -q -t ecdsa -b 521 -N '' -f key",
        "ssh-keygen -q -t rsa -b 2048 -N '' -f key",
        "ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f key",
        "ssh-keygen -q -t rsa -b 2048 -m PKCS8 -N '' -f key",
        "ssh-keygen -q -t ecdsa -m PEM -N '' -f key",
        "ssh-keygen -q -t ecdsa -m PKCS8 -N '' -f key",
        "openssl genpkey -algorithm ed25519 -out key",
    ] {
        let pem = made_by(script);
        let credential = read(&pem, None).unwrap_or_else(|error| panic!("{script}: {error}"));
        assert_eq!(read(&pem, Some("not needed")).unwrap(), credential, "{script}");

        let windows = pem.replace('\n', "\r\n");
        let indented = format!("   {}", pem.replace('\n', " \n   "));
        for pasted in [windows.as_str(), &indented, pem.trim_end(), &format!("\n\n {pem} \n\n")] {
            assert_eq!(read(pasted, None).as_ref(), Ok(&credential), "{script}");
        }
    }
}

#[test]
fn an_encrypted_key_needs_its_passphrase() {
    for script in [
        "ssh-keygen -q -t ed25519 -N right -f key",
        "ssh-keygen -q -t rsa -b 2048 -m PKCS8 -N right -f key",
        "ssh-keygen -q -t rsa -b 2048 -m PEM -N right -f key",
    ] {
        let pem = made_by(script);
        assert_eq!(read(&pem, None), Err(KeyError::NeedsPassphrase), "{script}");
        assert_eq!(read(&pem, Some("wrong")), Err(KeyError::WrongPassphrase), "{script}");
        let credential = read(&pem, Some("right")).unwrap_or_else(|error| panic!("{script}: {error}"));
        assert!(credential.public_key().unwrap().starts_with("ssh-"), "{script}");
    }
}

#[test]
fn what_is_no_usable_key_is_told_apart() {
    let pem = made_by("ssh-keygen -q -t ed25519 -N '' -f key");
    let damaged = pem.replacen("b3Bl", "b4Bl", 1);
    let cut = pem.lines().take(3).collect::<Vec<_>>().join("\n");
    for (text, error) in [
        ("", KeyError::NotAKey),
        ("hunter2", KeyError::NotAKey),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", KeyError::NotAKey),
        (&made_by("ssh-keygen -q -t ed25519 -N '' -f x; mv x.pub key"), KeyError::Public),
        (&made_by("ssh-keygen -q -t rsa -N '' -f x; ssh-keygen -e -m PKCS8 -f x.pub >key"), KeyError::Public),
        (&made_by("ssh-keygen -q -t rsa -N '' -f x; ssh-keygen -e -f x.pub >key"), KeyError::Public),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", KeyError::Putty),
        (&damaged, KeyError::Damaged),
        (&cut, KeyError::Damaged),
        (&made_by("openssl genpkey -algorithm ed448 -out key"), KeyError::UnsupportedType),
        (&made_by("openssl genrsa -traditional -des3 -passout pass:right -out key"), KeyError::UnsupportedEncryption),
        (&"x".repeat(100_000), KeyError::NotAKey),
    ] {
        assert_eq!(read(text, Some("right")), Err(error), "{}", text.lines().next().unwrap_or_default());
    }
}

#[test]
fn the_public_half_is_what_ssh_keygen_wrote() {
    let both = made_by("ssh-keygen -q -t ed25519 -N '' -C '' -f x; cat x.pub x >key");
    let (public, pem) = both.split_once('\n').unwrap();
    assert_eq!(read(pem, None).unwrap().public_key().unwrap(), public.trim());
}
