use super::*;
use crate::access::Keys;
use crate::store::Store;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn deed(n: u64) -> Deed {
    let by = Actor { who: format!("user{}", n % 3), from: "192.0.2.1".to_owned() };
    Deed::done(&by, "group.rename", format!("group {n}"))
}

fn write(audit: &Audit, from: u64, to: u64) {
    for n in from..=to {
        audit.commit(Changes::default(), &[deed(n)], at(n.cast_signed())).unwrap();
    }
}

fn vault() -> Vault {
    Vault::new(Store::temporary().unwrap(), Keys::temporary().unwrap())
}

/// All that an attacker can get at.
type Records = (Vec<(String, Vec<u8>)>, Vec<u8>);

fn records(store: &Store) -> Records {
    (store.all_bytes(TABLE).unwrap(), store.get_bytes(META, HEAD).unwrap().unwrap())
}

fn put_back(store: &Store, (entries, head): &Records) {
    let mut changes = Changes::default();
    for (key, _) in store.all_bytes(TABLE).unwrap() {
        changes.remove(TABLE, &key);
    }
    store.apply(changes).unwrap();
    let mut changes = Changes::default();
    for (key, bytes) in entries {
        changes.put_bytes(TABLE, key, bytes);
    }
    changes.put_bytes(META, HEAD, head);
    store.apply(changes).unwrap();
}

fn renumber(entries: &mut [(String, Vec<u8>)]) {
    for (seq, (key, bytes)) in (1..).zip(entries) {
        let mut entry: AuditEntry = serde_json::from_slice(bytes).unwrap();
        entry.seq = seq;
        *bytes = serde_json::to_vec(&entry).unwrap();
        *key = place(seq);
    }
}

/// Twenty of each of five kinds.
fn tamper(n: usize, (entries, head): &mut Records) {
    let at = (n / 5) % entries.len();
    match n % 5 {
        // Edits, one letter of one field.
        0 => {
            let text = String::from_utf8(entries[at].1.clone()).unwrap();
            let edits = [
                ("user", "usar"),
                ("group.rename", "group.Rename"),
                ("192.0.2.1", "192.0.2.2"),
                ("\"done\"", "\"none\""),
                ("2027", "2026"),
            ];
            let (from, to) = edits[(n / 5) % edits.len()];
            assert!(text.contains(from), "{from} in {text}");
            entries[at].1 = text.replacen(from, to, 1).into_bytes();
        }
        // Deletes one, and sometimes closes the gap.
        1 => {
            entries.remove(at);
            if n.is_multiple_of(2) {
                renumber(entries);
            }
        }
        // Swaps two, and sometimes gives them each other's numbers.
        2 => {
            let other = (at + 1) % entries.len();
            let (one, two) = (entries[at].1.clone(), entries[other].1.clone());
            (entries[at].1, entries[other].1) = (two, one);
            if n.is_multiple_of(2) {
                renumber(entries);
            }
        }
        // Cuts off the end, and sometimes makes the head of it.
        3 => {
            entries.truncate(at);
            if n.is_multiple_of(2)
                && let Some((_, last)) = entries.last()
            {
                let last: AuditEntry = serde_json::from_slice(last).unwrap();
                let mut text: serde_json::Value = serde_json::from_slice(head).unwrap();
                (text["seq"], text["last"]) = (last.seq.into(), last.mac.into());
                *head = serde_json::to_vec(&text).unwrap();
            }
        }
        // Replaces the head.
        _ => {
            let mut text: serde_json::Value = serde_json::from_slice(head).unwrap();
            match n % 4 {
                0 => text["seq"] = (entries.len() - 1 - at).into(),
                1 => text["last"] = "0".repeat(64).into(),
                2 => text["chain"] = 2.into(),
                _ => text["mac"] = "0".repeat(64).into(),
            }
            *head = serde_json::to_vec(&text).unwrap();
        }
    }
}

#[test]
fn a_hundred_tamperings_are_found_and_none_is_healed_by_going_on() {
    let vault = vault();
    let audit = Audit::new(vault.clone());
    write(&audit, 1, 25);
    let whole = records(vault.store());
    let mut found = 0;
    for n in 0..100 {
        let mut changed = whole.clone();
        tamper(n, &mut changed);
        assert!(changed != whole, "{n}");
        put_back(vault.store(), &changed);
        found += usize::from(matches!(audit.verify(), Err(AuditError::Broken(_))));
        if n % 10 < 5 {
            // A restart, after which more is written.
            let audit = Audit::new(vault.clone());
            write(&audit, 26, 27);
            assert!(matches!(audit.verify(), Err(AuditError::Broken(_))), "{n}");
        }
        put_back(vault.store(), &whole);
        assert_eq!(audit.verify().unwrap(), 25, "{n}");
    }
    assert_eq!(found, 100);
}

#[test]
fn the_place_of_an_edit_is_told() {
    let vault = vault();
    let audit = Audit::new(vault.clone());
    write(&audit, 1, 9);
    let mut changed = records(vault.store());
    let text = String::from_utf8(changed.0[4].1.clone()).unwrap();
    changed.0[4].1 = text.replace("group 5", "group 6").into_bytes();
    put_back(vault.store(), &changed);
    assert!(matches!(audit.verify(), Err(AuditError::Broken(Broken { at: 5 }))));
}

#[test]
fn a_head_that_is_gone_is_no_way_to_shorten_the_log() {
    let vault = vault();
    write(&Audit::new(vault.clone()), 1, 9);
    let mut changes = Changes::default();
    changes.remove(META, HEAD);
    changes.remove(TABLE, &place(9));
    vault.store().apply(changes).unwrap();
    let audit = Audit::new(vault);
    assert!(audit.verify().is_err());
    write(&audit, 10, 11);
    assert!(matches!(audit.verify(), Err(AuditError::Broken(Broken { at: 9 }))));
    assert!(audit.tail(9).unwrap().iter().any(|entry| entry.action == END_LOST));
}

#[test]
fn a_key_that_was_removed_is_no_lost_key() {
    let vault = vault();
    write(&Audit::new(vault.clone()), 1, 5);
    vault.forget("audit:key:1").unwrap();
    let audit = Audit::new(vault);
    assert!(audit.verify().is_err());
    write(&audit, 6, 7);
    assert!(audit.verify().is_err());
}

#[test]
fn the_log_goes_on_after_a_restart_and_after_its_key_was_lost() {
    let old = vault();
    write(&Audit::new(old.clone()), 1, 3);
    let audit = Audit::new(old.clone());
    write(&audit, 4, 5);
    assert_eq!(audit.verify().unwrap(), 5);
    let new = Vault::new(old.store().clone(), Keys::temporary().unwrap());
    let audit = Audit::new(new.clone());
    write(&audit, 6, 8);
    assert_eq!(audit.verify().unwrap(), 9);
    let log = audit.tail(4).unwrap();
    assert_eq!((log[3].seq, log[3].action.as_str()), (6, KEY_LOST));
    assert!(log[3].object.starts_with("5 entries before, sha256:"), "{}", log[3].object);
    // What the lost key vouched for, the new chain does.
    for at in 0..9 {
        let whole = records(new.store());
        let mut changed = whole.clone();
        let text = String::from_utf8(changed.0[at].1.clone()).unwrap();
        changed.0[at].1 = text.replacen("at\":\"2027", "at\":\"2026", 1).into_bytes();
        assert_ne!(changed.0[at].1, whole.0[at].1);
        put_back(new.store(), &changed);
        assert!(audit.verify().is_err(), "entry {}", at + 1);
        put_back(new.store(), &whole);
    }
    assert_eq!(Audit::new(new).verify().unwrap(), 9);
}

#[test]
fn what_is_not_written_is_not_logged() {
    let vault = vault();
    let audit = Audit::new(vault.clone());
    write(&audit, 1, 2);
    let deeds: Vec<Deed> = (3..=7).map(deed).collect();
    let mut changes = Changes::default();
    changes.put("groups", "a", &1).unwrap();
    audit.commit(changes, &deeds, at(3)).unwrap();
    assert_eq!((audit.verify().unwrap(), audit.tail(100).unwrap().len()), (7, 7));
    assert_eq!(vault.store().get::<u8>("groups", "a").unwrap(), Some(1));
}
