//! What goes in comes out, and nothing else does.

use super::*;
use secrecy::ExposeSecret as _;

const AT: &str = "2026-01-03T14:00:00Z";

fn passphrase() -> SecretString {
    SecretString::from("four words of chance")
}

fn parts() -> Vec<(Part, Vec<u8>)> {
    vec![
        (Part::Settings, b"{\"routers\": []}".to_vec()),
        (Part::Store, b"a store".to_vec()),
        (Part::recording("ccr1-20260103T140000.000Z.jsonl.zst").unwrap(), vec![7; 300]),
    ]
}

fn made_of(parts: &[(Part, Vec<u8>)], passphrase: Option<&SecretString>) -> Vec<u8> {
    let mut archive = Archive::begin(Vec::new(), AT.parse().unwrap(), passphrase).unwrap();
    for (part, bytes) in parts {
        archive.add(part, bytes.len() as u64, &mut &bytes[..]).unwrap();
    }
    archive.finish().unwrap()
}

fn open(bytes: &[u8]) -> Result<Whole, ArchiveError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Whole::open(file)
}

fn read(bytes: &[u8], passphrase: Option<&SecretString>) -> Result<Vec<(Part, Vec<u8>)>, ArchiveError> {
    let mut found = Vec::new();
    open(bytes)?.read(passphrase, &mut |part, size, from| {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        // Less of it makes the digest wrong, which is looked at afterwards.
        assert!(bytes.len() as u64 <= size);
        found.push((part.clone(), bytes));
        Ok(())
    })?;
    Ok(found)
}

/// With an end that fits, as somebody writes it who changes a file on purpose.
fn with_digest(mut bytes: Vec<u8>) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    bytes.truncate(bytes.len() - DIGEST);
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

#[test]
fn what_goes_in_comes_out() {
    let mut large = parts();
    // Several pieces, not a whole number of them, that do not become smaller.
    let noise = std::iter::repeat_with(|| fastrand::u8(..)).take(300_000).collect();
    large.push((Part::recording("noise.jsonl.zst").unwrap(), noise));
    large.push((Part::Keys, Vec::new()));
    for parts in [parts(), large] {
        assert_eq!(read(&made_of(&parts, None), None).unwrap(), parts);
        let sealed = made_of(&parts, Some(&passphrase()));
        assert_eq!(read(&sealed, Some(&passphrase())).unwrap(), parts);
        assert!(matches!(read(&sealed, None), Err(ArchiveError::Sealed)));
        let other = SecretString::from("four other words");
        assert!(matches!(read(&sealed, Some(&other)), Err(ArchiveError::Passphrase)));
    }
}

#[test]
fn of_a_sealed_backup_nothing_can_be_read() {
    let parts = [(Part::Store, b"canary canary canary".to_vec()), (Part::Keys, b"another one".to_vec())];
    let sealed = made_of(&parts, Some(&passphrase()));
    for secret in ["canary", "another", "store.jsonl", passphrase().expose_secret()] {
        assert!(!sealed.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    assert_ne!(sealed, made_of(&parts, Some(&passphrase())), "each has a key of its own");
}

#[test]
fn a_byte_that_was_changed_or_cut_off_anywhere_is_found() {
    for passphrase in [None, Some(passphrase())] {
        let whole = made_of(&parts(), passphrase.as_ref());
        for place in 0..whole.len() {
            for bit in [1, 0x80] {
                let mut changed = whole.clone();
                changed[place] ^= bit;
                assert!(open(&changed).is_err(), "byte {place}");
            }
            assert!(open(&whole[..place]).is_err(), "cut off at {place}");
        }
        assert!(open(&[&whole[..], b"x"].concat()).is_err(), "something behind the end");
    }
}

#[test]
fn what_was_changed_on_purpose_does_no_harm_and_of_a_sealed_one_nothing_is_believed() {
    let clear = made_of(&parts(), None);
    for place in 0..clear.len() - DIGEST {
        let mut changed = clear.clone();
        changed[place] ^= 1;
        // Whatever still can be read is what was written, but for when and by whom.
        if let Ok(found) = read(&with_digest(changed), None) {
            assert_eq!(found, parts(), "byte {place}");
        }
    }
    let sealed = made_of(&parts(), Some(&passphrase()));
    // Trying a passphrase is dear: the head, and some places all over the rest.
    for place in (0..sealed.len() - DIGEST).step_by(23) {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(read(&with_digest(changed), Some(&passphrase())).is_err(), "byte {place}");
    }
}

#[test]
fn pieces_know_their_place_and_the_last() {
    let cipher = || seal::Cipher::new(&[1; 32], [2; seal::NONCE]);
    let seal = |text: &[u8]| {
        let mut sealing = Sealing::new(Vec::new(), cipher(), b"head".to_vec());
        sealing.write_all(text).unwrap();
        sealing.finish().unwrap()
    };
    let open = |sealed: &[u8], head: &[u8]| {
        let mut text = Vec::new();
        Unsealing::new(sealed, sealed.len() as u64, cipher(), head).read_to_end(&mut text).map(|_| text)
    };
    let (piece, sealed_piece) = (64 * 1024, 64 * 1024 + 16);
    let text: Vec<u8> = (0_u32..).flat_map(u32::to_be_bytes).take(3 * piece).collect();
    let sealed = seal(&text);
    assert_eq!(open(&sealed, b"head").unwrap(), text);
    assert!(open(&sealed, b"haed").is_err(), "another head");
    for end in [0, 1, sealed_piece - 1, sealed_piece, 2 * sealed_piece, sealed.len() - 1] {
        assert!(open(&sealed[..end], b"head").is_err(), "cut off at {end}");
    }
    let turned =
        [&sealed[sealed_piece..2 * sealed_piece], &sealed[..sealed_piece], &sealed[2 * sealed_piece..]];
    assert!(open(&turned.concat(), b"head").is_err(), "pieces that changed places");
    let without = [&sealed[..sealed_piece], &sealed[2 * sealed_piece..]];
    assert!(open(&without.concat(), b"head").is_err(), "a piece that is missing");
    for length in [0, 1, piece - 1, piece, piece + 1] {
        assert_eq!(open(&seal(&text[..length]), b"head").unwrap(), &text[..length], "{length}");
    }
}

fn check_head(changed: impl FnOnce(&mut serde_json::Value), expect: &str) {
    let sealed = made_of(&parts(), Some(&passphrase()));
    let mut lines = sealed.splitn(3, |byte| *byte == b'\n');
    let (first, head, rest) = (lines.next().unwrap(), lines.next().unwrap(), lines.next().unwrap());
    let mut head: serde_json::Value = serde_json::from_slice(head).unwrap();
    changed(&mut head);
    let head = serde_json::to_vec(&head).unwrap();
    let error = read(&with_digest([first, b"\n", &head, b"\n", rest].concat()), Some(&passphrase()));
    let error = error.unwrap_err().to_string();
    assert!(error.contains(expect), "{error}");
}

#[test]
fn a_head_cannot_make_us_work_for_it() {
    check_head(|head| head["sealed"]["memory_kib"] = (4_u32 << 20).into(), "asks for what no backup");
    check_head(|head| head["sealed"]["memory_kib"] = 8.into(), "asks for what no backup");
    check_head(|head| head["sealed"]["passes"] = 1_000_000.into(), "asks for what no backup");
    check_head(|head| head["sealed"]["lanes"] = 0.into(), "asks for what no backup");
    check_head(|head| head["sealed"]["salt"] = "AAAA".into(), "asks for what no backup");
    check_head(|head| head["sealed"]["nonce"] = "".into(), "asks for what no backup");
    check_head(|head| head["version"] = "\u{1b}[2J".into(), "head cannot be understood");
    check_head(|head| head["version"] = "1".repeat(900).into(), "head cannot be understood");
    check_head(|head| head["more"] = 1.into(), "head cannot be understood");
    check_head(|head| head["at"] = "2026-01-03T14:00:01Z".into(), "not the backup's passphrase");
}

#[test]
fn what_is_no_backup_of_ours_is_told() {
    assert!(matches!(open(b""), Err(ArchiveError::Foreign)));
    assert!(matches!(open(b"{\"tikwatch\":\"store\"}\n"), Err(ArchiveError::Foreign)));
    assert!(matches!(open(b"tikwatch-backup 2\n{}\n"), Err(ArchiveError::Newer(2))));
    assert!(matches!(open(b"tikwatch-backup 1\n{}"), Err(ArchiveError::Damaged(_))));
}

/// A backup whose parts were written by hand.
fn hand_made(write: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<(Part, Vec<u8>)>, ArchiveError> {
    let mut body = Vec::new();
    write(&mut body);
    let head = Head::new(AT.parse().unwrap(), false).unwrap().text().unwrap();
    let body = zstd::encode_all(&body[..], LEVEL).unwrap();
    read(&with_digest([&head[..], &body, &[0; DIGEST]].concat()), None)
}

fn head_of_part(name: &str, size: u64) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    [&[1, length], name.as_bytes(), &size.to_be_bytes()].concat()
}

#[test]
fn no_part_can_be_written_elsewhere_or_be_endless() {
    let names = ["../settings.json", "/etc/passwd", "recordings/../x.jsonl.zst", "recordings/.jsonl.zst", ""];
    for name in names.into_iter().chain(["recordings/a\n.jsonl.zst", "store", "recordings/a.txt"]) {
        let error = hand_made(|body| body.extend(head_of_part(name, 0))).unwrap_err();
        assert!(error.to_string().contains("a part that we do not know"), "{name}: {error}");
    }
    let error = hand_made(|body| body.extend(head_of_part("settings.json", u64::MAX))).unwrap_err();
    assert!(error.to_string().contains("too large"), "{error}");
    let ended = hand_made(|body| {
        let mut parts = PartsWriter::new(body);
        parts.add(&Part::Settings, 0, &mut io::empty()).unwrap();
        parts.finish().unwrap();
    });
    assert!(ended.unwrap_err().to_string().contains("no store"));
    let twice = hand_made(|body| {
        let mut parts = PartsWriter::new(body);
        for _ in 0..2 {
            parts.add(&Part::Store, 0, &mut io::empty()).unwrap();
        }
        parts.finish().unwrap();
    });
    assert!(twice.unwrap_err().to_string().contains("there twice"));
    assert!(hand_made(|body| body.extend(head_of_part("keys", 5))).is_err(), "it ends in a part");
}

#[test]
fn a_part_that_becomes_shorter_or_is_too_large_makes_no_backup() {
    let mut archive = Archive::begin(Vec::new(), AT.parse().unwrap(), None).unwrap();
    assert!(archive.add(&Part::Settings, 9, &mut &b"short"[..]).is_err());
    let mut archive = Archive::begin(Vec::new(), AT.parse().unwrap(), None).unwrap();
    let error = archive.add(&Part::Keys, 5 << 20, &mut io::repeat(0)).unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge(_)));
}

#[test]
fn who_cannot_take_a_part_is_told_apart_from_a_damaged_backup() {
    let whole = made_of(&parts(), None);
    let refused = open(&whole).unwrap().read(None, &mut |_, _, _| Err(io::Error::other("the disk is full")));
    assert!(matches!(refused, Err(ArchiveError::Out(_))));
    // Parts that nobody looks into are checked as well.
    open(&whole).unwrap().read(None, &mut |_, _, _| Ok(())).unwrap();
}
