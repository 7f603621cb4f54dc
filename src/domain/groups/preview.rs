//! Who would be in a group before it is kept.

use super::{Compiled, Groups, Id, Outline};
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::domain::units::Text;
use std::sync::Arc;

/// What would come of an outline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many subscribers its names and rules are true of.
    pub matching: usize,
    /// How many of them would be in another group all the same.
    pub elsewhere: usize,
    /// The first of the others.
    pub names: Vec<(RouterName, Text)>,
}

impl Groups {
    /// All names and rules as they would be with this outline, and its place among them: that of the group `own`, or
    /// the last one, as a new group's.
    fn would_be(&self, own: Option<Id>, outline: &Outline) -> (Compiled, usize) {
        let own = own.and_then(|id| self.index(id));
        let kept = self.all.iter().enumerate();
        let kept = kept.map(|(at, group)| if Some(at) == own { outline } else { &group.outline });
        let added = own.is_none().then_some(outline);
        (Compiled::new(kept.chain(added)), own.unwrap_or(self.all.len()))
    }

    /// Who would be in a group with this outline, with the first `most` of their names. Where groups overlap it is not
    /// enough to look at who is in which by now: a name takes somebody from another group's rule, and a rule of an older
    /// group from that of a newer one.
    pub fn preview(
        &self,
        own: Option<Id>,
        outline: &Outline,
        snapshots: &[Arc<Snapshot>],
        most: usize,
    ) -> Preview {
        let wanted = Compiled::new([outline]);
        let (would_be, own) = self.would_be(own, outline);
        let mut preview = Preview::default();
        for snapshot in snapshots {
            let (wanted, would_be) = (wanted.roster(snapshot), would_be.roster(snapshot));
            for (at, subscriber) in snapshot.subscribers.iter().enumerate() {
                if wanted.group(at).is_none() {
                    continue;
                }
                preview.matching += 1;
                if would_be.group(at) != Some(own) {
                    preview.elsewhere += 1;
                } else if preview.names.len() < most {
                    preview.names.push((snapshot.router.clone(), subscriber.name.clone()));
                }
            }
        }
        preview
    }
}
